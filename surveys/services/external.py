"""Figures from outside: an index such as SIPAS, or statistics, entered by the cycle manager with their source."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment
from criteria.models import Criterion
from criteria.queries import tree_of
from criteria.scoring.numbers import round_points
from criteria.scoring.rules import InvalidDeclaration
from criteria.scoring.tree import Source
from criteria.wording import localise
from par_index.core import audit
from surveys.models import MeasuredResult
from surveys.services.base import SurveyRefused, lock_cycle


class InvalidFigure(Exception):
    """A figure that the leaf does not take; `errors` has a sentence per field position, None for the whole."""

    def __init__(self, errors: dict[int | None, str]):
        super().__init__("; ".join(str(message) for message in errors.values()))
        self.errors = errors


@transaction.atomic
def enter_external(
    *,
    assessment_id: int,
    criterion_id: int,
    points: Decimal | None = None,
    percent: Decimal | None = None,
    declared: Sequence[str] | None = None,
    reason: str,
    by,
    at: datetime,
) -> MeasuredResult:
    """
    Enter the result of one external leaf of one unit; exactly one of three is given: `points` on the leaf's scale,
    `percent` (0..100) of its maximum, or the `declared` figures of its rule. `reason` names the source document.

    :raises SurveyRefused: a published cycle, a leaf that is not external, no source document
    :raises InvalidFigure: the figure does not fit the leaf
    """
    assessment = Assessment.objects.select_related("unit", "block__version").get(pk=assessment_id)
    cycle = lock_cycle(assessment.cycle_id)
    leaf = Criterion.objects.get(pk=criterion_id, version=assessment.block.version_id)
    if leaf.source != Source.EXTERNAL:
        raise SurveyRefused(_("Only criteria with an external index take figures here."))
    if not reason.strip():
        raise SurveyRefused(_("Name the source document of the figures."))
    given = [value for value in (points, percent, declared) if value is not None]
    if len(given) != 1:
        raise TypeError("Give one of points, percent and declared.")
    if declared is not None:
        result, kept = _by_rule(assessment, leaf, declared), list(declared)
    elif percent is not None:
        # as it is written in the source document
        result, kept = _share_of_maximum(leaf, percent), [f"{percent} %".replace(".", ",")]
    else:
        result, kept = _within_maximum(leaf, points), None
    row = MeasuredResult.objects.create(
        assessment=assessment,
        criterion=leaf,
        origin=MeasuredResult.Origin.ENTERED,
        points=result,
        declared=kept,
        reason=reason.strip(),
        by=by,
        at=at,
    )
    audit.record(
        action="survey.external_entered",
        by=by,
        at=at,
        target=f"cycle {cycle.code}",
        unit=assessment.unit.code,
        criterion=leaf.code,
        points=str(result),
        reason=reason.strip(),
    )
    return row


def _by_rule(assessment: Assessment, leaf: Criterion, declared: Sequence[str]) -> Decimal:
    if not leaf.rule_kind:
        raise InvalidFigure({None: _("The criterion has no rule: enter points or a percentage.")})
    rule = tree_of(assessment.block.version).rule(leaf.code)
    try:
        outcome = rule.score(declared)
    except InvalidDeclaration as error:
        raise InvalidFigure({place: localise(message) for place, message in error.errors.items()}) from error
    if outcome.points is None:
        raise InvalidFigure(
            {None: _("These figures make the criterion not applicable; have the unit exempted from it.")}
        )
    return outcome.points


def _share_of_maximum(leaf: Criterion, percent: Decimal) -> Decimal:
    if not 0 <= percent <= 100:
        raise InvalidFigure({None: _("A percentage from 0 to 100 is expected.")})
    return round_points(Fraction(percent) / 100 * Fraction(leaf.max_points))


def _within_maximum(leaf: Criterion, points: Decimal) -> Decimal:
    if not 0 <= points <= leaf.max_points:
        raise InvalidFigure(
            {None: _("Points from 0 to %(max)s are expected.") % {"max": leaf.max_points.normalize()}}
        )
    return round_points(points)
