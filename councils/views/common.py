"""What the desk's pages share: the unit as its reader may see it, and the strip above it."""

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext

from assessments.models import Step
from assessments.worklist import step_text
from councils import queries
from councils.queries.desk import UnitDesk
from par_index.core.worklist import Strip

MOST_DIGITS = 18  # of what fits a key of the database


def number_in(text: str) -> int | None:
    """The number that a page of ours wrote into a field, None where somebody else wrote something else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def unit_desk_for(request: HttpRequest, assessment_id: int, at: datetime) -> UnitDesk:
    readable = queries.readable_by(request.user).select_related("cycle", "unit", "block__version")
    return queries.unit_desk(request.user, get_object_or_404(readable, pk=assessment_id), at)


def unit_context(desk: UnitDesk) -> dict:
    return {
        "desk": desk,
        "assessment": desk.assessment,
        "cycle": desk.assessment.cycle,
        "strip": strip_of(desk.step, _waiting_at(desk)),
    }


def _waiting_at(desk: UnitDesk) -> str:
    count = len(desk.waiting) if desk.closed is None else 0
    return ngettext("%(count)d criterion of this unit", "%(count)d criteria of this unit", count) % {
        "count": count
    }


def strip_of(step: Step | None, waiting: str) -> Strip:
    """The strip of the desk's own pages: it counts criteria where the portal's counts kinds of work."""
    if step is None:
        return Strip(gettext("Appraisal not planned yet"), waiting)
    return Strip(step_text(step), waiting, step.ends_at)
