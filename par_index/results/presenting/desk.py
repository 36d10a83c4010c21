"""What the desk of a consolidation shows: what is missing, with links; runs beside each other."""

import itertools
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import Assessment, Cycle
from councils.queries import readable_by
from criteria.scoring.merging import MissingKind
from par_index.results.checklist import Checklist, Gap, UnitGap
from par_index.results.models import Consolidation, UnitResult


@dataclass(frozen=True, slots=True)
class LinkedUnit:
    """A unit that lacks something, and the page on which this reader can look into it; "" when there is none."""

    gap: UnitGap
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of gap: what to do about it, and on which page of the cycle; "" where the reader may not open it."""

    gap: Gap
    what_next: str
    url: str
    units: tuple[LinkedUnit, ...]


def checklist_groups(checklist: Checklist, cycle: Cycle, user) -> list[Group]:
    """The checklist's gaps with links, each only where the reader may follow it. Three queries."""
    if not checklist.gaps:
        return []
    ids = {unit.assessment_id for gap in checklist.gaps for unit in gap.units}
    at_desk = set(readable_by(user).filter(pk__in=ids).values_list("pk", flat=True))
    reads_all = Cycle.objects.readable_by(user).filter(pk=cycle.pk).exists()
    as_sheet = set(Assessment.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))

    def url(gap: Gap, unit: UnitGap) -> str:
        if gap.kind == MissingKind.UNDECIDED and unit.assessment_id in at_desk:
            return reverse("councils:unit", args=[unit.assessment_id])
        if unit.assessment_id in as_sheet:
            return reverse("assessments:sheet", args=[unit.assessment_id])
        return ""

    return [
        Group(
            gap,
            _what_next(gap.kind),
            _page(gap.kind, cycle) if reads_all else "",
            tuple(LinkedUnit(unit, url(gap, unit)) for unit in gap.units),
        )
        for gap in checklist.gaps
    ]


def _page(kind: MissingKind, cycle: Cycle) -> str:
    """Where the manager deals with what is missing: who appraises what, the survey, the measured results."""
    match kind:
        case MissingKind.UNDECIDED:
            return reverse("councils:council", args=[cycle.code])
        case MissingKind.NO_SURVEY_IN_BLOCK:
            return reverse("surveys:desk", args=[cycle.code])
        case MissingKind.NO_SURVEY | MissingKind.NO_EXTERNAL:
            return reverse("surveys:results", args=[cycle.code])


def _what_next(kind: MissingKind) -> str:
    match kind:
        case MissingKind.UNDECIDED:
            return _("The council decides these criteria at the appraisal desk.")
        case MissingKind.NO_SURVEY:
            return _("Others in the block have a survey result: tally the survey, or enter what is missing.")
        case MissingKind.NO_EXTERNAL:
            return _("The cycle's manager enters these figures.")
        case MissingKind.NO_SURVEY_IN_BLOCK:
            return _("Tally the survey; a cycle may also be set to rescale or to count 0 points.")


@dataclass(frozen=True, slots=True)
class Change:
    """How one unit's line differs between two runs; None where the unit stands in one of them only."""

    code: str
    name: str
    before: UnitResult | None
    after: UnitResult | None


def changes_between(before: Consolidation, after: Consolidation) -> list[Change]:
    """Units whose total, index, rank or band differ, in the newer run's order. Two queries."""
    old = {unit.unit_code: unit for unit in before.units.all()}
    new = {unit.unit_code: unit for unit in after.units.all()}
    return [
        Change(code, (new.get(code) or old[code]).unit_name, old.get(code), new.get(code))
        for code in [*new, *(code for code in old if code not in new)]
        if _line(old.get(code)) != _line(new.get(code))
    ]


def _line(unit: UnitResult | None) -> tuple | None:
    return unit and (unit.total_points, unit.max_points, unit.index_unrounded, unit.rank, unit.band)


@dataclass(frozen=True, slots=True)
class BlockTable:
    code: str
    name: str
    units: list[UnitResult]


def block_tables(run: Consolidation) -> list[BlockTable]:
    """Every unit's line by block, in printed order. One query."""
    grouped = itertools.groupby(run.units.all(), key=lambda unit: (unit.block_code, unit.block_name))
    return [BlockTable(code, name, list(units)) for (code, name), units in grouped]
