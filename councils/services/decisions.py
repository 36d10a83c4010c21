"""
The council's decisions on leaves, each a new entry of the ledger under a lock of the assessment.

`seen_entry_id` is the newest ledger entry of the leaf (of any stage) that the member had before their eyes, 0 for
none: a decision on an older view is refused and shown, never applied.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext, ngettext

from assessments import services as assessment_services
from assessments.models import Assessment, Exemption, LedgerEntry, Score
from assessments.models.assessment import Status
from assessments.services import NotAllowedNow
from assessments.services.scoring import as_stored
from councils.models import Member
from councils.opening import appraisal_step, why_closed
from councils.queries.access import REQUIRED, appraisable_by, leaves_for, may_finalise, readable_by
from councils.queries.decisions import standing
from criteria.models import CriteriaVersion, Criterion
from criteria.queries import tree_of
from criteria.scoring.merging import Stage
from criteria.scoring.numbers import plain, round_points
from criteria.scoring.rules import Rule
from criteria.scoring.tree import Source


class NotYours(Exception):
    """The leaf or the unit is not, or no longer, the person's to decide; to them it does not exist."""


class StaleView(Exception):
    """Somebody wrote on these leaves meanwhile; `entries` are their newest ledger entries."""

    def __init__(self, entries: Sequence[LedgerEntry]):
        self.entries = tuple(entries)
        codes = ", ".join(entry.criterion.code for entry in entries)
        super().__init__(
            gettext("Criterion %(codes)s has changed since you opened it. Look at it again, then decide.")
            % {"codes": codes}
        )


class ReasonMissing(Exception):
    """Points that differ from what the unit may expect need a reason: the unit will read it."""


class PointsOutOfRange(Exception):
    """Points must lie between 0 and the leaf's maximum, with at most 4 decimals."""


class NothingToAccept(Exception):
    """No leaf was named, or the unit gave no points to these: there is nothing to accept."""


class Undecided(Exception):
    """The unit's appraisal cannot be finalised yet; `leaves` are the criteria without a decision."""

    def __init__(self, leaves: Sequence[Criterion]):
        self.leaves = tuple(leaves)
        super().__init__(
            ngettext(
                "%(count)d criterion is not decided yet: %(codes)s.",
                "%(count)d criteria are not decided yet: %(codes)s.",
                len(leaves),
            )
            % {"count": len(leaves), "codes": ", ".join(leaf.code for leaf in leaves)}
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be written on one leaf."""

    act: LedgerEntry.Act
    points: Decimal | None
    declared: list[str] | None = None
    not_applicable: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf as it stands under the lock."""

    criterion: Criterion
    score: Score | None
    version: CriteriaVersion

    @property
    def rule(self) -> Rule:
        return tree_of(self.version).rule(self.criterion.code)

    @property
    def expected(self) -> Decimal | None:
        """
        The points that need no reason: what the unit claims, the maximum of a leaf that only the appraiser scores,
        nothing for bonus and penalty. None: any points need one.
        """
        if self.criterion.source == Source.APPRAISER:
            return self.criterion.max_points
        if self.criterion.source == Source.SELF:
            return self.score.points if self.score else None
        return Decimal(0)


def accept(*, assessment_id: int, criterion_id: int, seen_entry_id: int, by, at: datetime) -> LedgerEntry:
    """
    Take the unit's own points of a leaf, or its claim that the leaf does not apply.

    :raises NothingToAccept: the unit left the leaf blank, or does not score it itself
    """
    seen = {criterion_id: seen_entry_id}
    (entry,) = accept_many(assessment_id=assessment_id, seen=seen, by=by, at=at)
    return entry


@transaction.atomic
def accept_many(*, assessment_id: int, seen: Mapping[int, int], by, at: datetime) -> list[LedgerEntry]:
    """
    Accept exactly these leaves of a unit, all or none of them.

    :param seen: by criterion id the newest entry that the member saw
    :raises NothingToAccept: there is no leaf, or names those that hold nothing to accept
    """

    def verdicts(leaves: list[Leaf]) -> list[Verdict]:
        if not leaves:
            raise NothingToAccept(gettext("Tick the criteria to accept first."))
        blank = [leaf.criterion.code for leaf in leaves if not _is_acceptable(leaf)]
        if blank:
            raise NothingToAccept(
                gettext("The unit gave no points to criterion %(codes)s: adjust it with a reason instead.")
                % {"codes": ", ".join(blank)}
            )
        return [
            Verdict(
                LedgerEntry.Act.ACCEPT,
                leaf.score.points,
                declared=leaf.score.declared,
                not_applicable=leaf.score.not_applicable,
            )
            for leaf in leaves
        ]

    return _decide(assessment_id, seen, verdicts, by=by, at=at)


@transaction.atomic
def adjust(
    *,
    assessment_id: int,
    criterion_id: int,
    points: Decimal | None = None,
    declared: Sequence[str] | None = None,
    reason: str,
    seen_entry_id: int,
    by,
    at: datetime,
) -> LedgerEntry:
    """
    Decide a self-scored leaf otherwise than the unit: by the figures that hold (the rule then gives the points), or
    by points. Exactly one of the two is given. What changes nothing is recorded as accepted.

    :raises InvalidDeclaration: the figures do not fit the rule (`criteria.scoring.rules`)
    :raises PointsOutOfRange:
    :raises ReasonMissing: the points or the figures differ from the unit's own
    """

    def verdicts(leaves: list[Leaf]) -> list[Verdict]:
        return [_weighed(leaves[0], LedgerEntry.Act.ADJUST, points, declared, reason)]

    return _decide(
        assessment_id, {criterion_id: seen_entry_id}, verdicts, sources=(Source.SELF,), by=by, at=at
    )[0]


@transaction.atomic
def enter(
    *,
    assessment_id: int,
    criterion_id: int,
    points: Decimal | None = None,
    declared: Sequence[str] | None = None,
    reason: str,
    seen_entry_id: int,
    by,
    at: datetime,
) -> LedgerEntry:
    """
    Score a leaf that the unit does not score itself: appraiser's, bonus or penalty (both as positive points).

    :raises InvalidDeclaration: the figures do not fit the rule
    :raises PointsOutOfRange:
    :raises ReasonMissing: an appraiser's leaf below its maximum, any bonus, any penalty
    """

    def verdicts(leaves: list[Leaf]) -> list[Verdict]:
        return [_weighed(leaves[0], LedgerEntry.Act.ENTER, points, declared, reason)]

    entered = (Source.APPRAISER, Source.BONUS, Source.PENALTY)
    return _decide(assessment_id, {criterion_id: seen_entry_id}, verdicts, sources=entered, by=by, at=at)[0]


@transaction.atomic
def decide_not_applicable(
    *, assessment_id: int, criterion_id: int, reason: str, seen_entry_id: int, by, at: datetime
) -> LedgerEntry:
    """
    Decide that a leaf does not apply to the unit: it leaves the unit's own maximum.

    :raises ReasonMissing: always without a reason, since it changes the unit's denominator
    """

    def verdicts(leaves: list[Leaf]) -> list[Verdict]:
        if not reason.strip():
            raise ReasonMissing(gettext("Say why the criterion does not apply: the unit will read it."))
        return [Verdict(LedgerEntry.Act.ADJUST, None, not_applicable=True, reason=reason.strip())]

    seen = {criterion_id: seen_entry_id}
    return _decide(assessment_id, seen, verdicts, sources=(Source.SELF, Source.APPRAISER), by=by, at=at)[0]


@transaction.atomic
def finalise(*, assessment_id: int, by, at: datetime) -> Assessment:
    """
    Close a unit's appraisal (chốt): nothing changes afterwards.

    :raises NotYours: neither chair nor secretary nor appraiser of the whole unit, or a conflict of interest
    :raises NotAllowedNow: not under appraisal, or the step is not open
    :raises Undecided: names the leaves without a decision
    """
    assessment = assessment_services.lock_assessment(assessment_id)
    if not readable_by(by).filter(pk=assessment.pk).exists() or not may_finalise(by, assessment):
        raise NotYours
    _require_open(assessment, at)
    undecided = undecided_leaves(assessment)
    if undecided:
        raise Undecided(undecided)
    assessment_services.finalise(assessment=assessment, by=by, at=at)
    return assessment


def undecided_leaves(assessment: Assessment) -> list[Criterion]:
    """Leaves that must be decided and are not, in document order. Two queries."""
    decided = standing().filter(assessment=assessment).values("criterion")
    exempt = Exemption.objects.filter(assessment=assessment).values("criterion")
    required = Criterion.objects.filter(version=assessment.block.version_id, source__in=REQUIRED)
    return list(required.exclude(pk__in=decided).exclude(pk__in=exempt).order_by("position"))


# --- under the lock -------------------------------------------------------------------------------------------------


def _decide(
    assessment_id: int,
    seen: Mapping[int, int],
    verdicts: Callable[[list[Leaf]], list[Verdict]],
    *,
    by,
    at: datetime,
    sources: Sequence[str] = (Source.SELF,),
) -> list[LedgerEntry]:
    assessment = assessment_services.lock_assessment(assessment_id)
    _require_yours(assessment, seen, by)
    _require_open(assessment, at)
    leaves = _leaves(assessment, seen, sources)
    _require_fresh(assessment, seen)
    written = verdicts(leaves)
    if assessment.status == Status.SUBMITTED:
        assessment_services.begin_appraisal(assessment=assessment, by=by, at=at)
    agency = _agency(by, assessment)
    return LedgerEntry.objects.bulk_create(
        LedgerEntry(
            assessment=assessment,
            criterion=leaf.criterion,
            stage=Stage.ROUND_1,
            act=verdict.act,
            declared=verdict.declared,
            points=verdict.points,
            not_applicable=verdict.not_applicable,
            reason=verdict.reason,
            by=by,
            agency=agency,
            at=at,
        )
        for leaf, verdict in zip(leaves, written, strict=True)
    )


def _require_yours(assessment: Assessment, seen: Mapping[int, int], by) -> None:
    """The view has found the leaf for this person; since then the assignment may have been taken back."""
    if not appraisable_by(by).filter(pk=assessment.pk).exists() or not seen.keys() <= leaves_for(
        by, assessment
    ):
        raise NotYours


def _require_open(assessment: Assessment, at: datetime) -> None:
    closed = why_closed(assessment, appraisal_step(assessment.cycle_id), at)
    if closed is not None:
        raise NotAllowedNow(closed)


def _leaves(assessment: Assessment, seen: Mapping[int, int], sources: Sequence[str]) -> list[Leaf]:
    version = assessment.block.version
    criteria = list(Criterion.objects.filter(pk__in=seen).order_by("position"))
    if any(criterion.source not in sources for criterion in criteria):
        raise NotYours
    settled = Exemption.objects.filter(assessment=assessment, criterion__in=seen).select_related("criterion")
    if settled:
        raise NotAllowedNow(
            gettext("Criterion %(codes)s was settled as not applicable before self-scoring.")
            % {"codes": ", ".join(exemption.criterion.code for exemption in settled)}
        )
    scores = {score.criterion_id: score for score in assessment.scores.filter(criterion__in=seen)}
    return [Leaf(criterion, scores.get(criterion.id), version) for criterion in criteria]


def _require_fresh(assessment: Assessment, seen: Mapping[int, int]) -> None:
    entries = LedgerEntry.objects.filter(assessment=assessment, criterion__in=seen).order_by()
    newest = dict(entries.values_list("criterion").annotate(Max("id")))
    stale = [newest[leaf] for leaf, entry_id in seen.items() if newest.get(leaf, 0) > entry_id]
    if stale:
        raise StaleView(
            LedgerEntry.objects.filter(pk__in=stale)
            .select_related("criterion", "by")
            .order_by("criterion__position")
        )


def _is_acceptable(leaf: Leaf) -> bool:
    return leaf.score is not None and (leaf.score.points is not None or leaf.score.not_applicable)


def _weighed(
    leaf: Leaf,
    act: LedgerEntry.Act,
    points: Decimal | None,
    declared: Sequence[str] | None,
    reason: str,
) -> Verdict:
    if (points is None) == (declared is None):
        raise TypeError("Either points or declared figures are decided, not both and not neither.")
    not_applicable = False
    if declared is not None:
        outcome = leaf.rule.score(declared)
        points, not_applicable = outcome.points, outcome.not_applicable
        declared = [
            as_stored(field, figure) for field, figure in zip(leaf.rule.fields, declared, strict=True)
        ]
    else:
        _require_in_range(points, leaf.criterion)
    as_expected = points == leaf.expected and not not_applicable
    if not as_expected and not reason.strip():
        raise ReasonMissing(_why_a_reason(leaf))
    if act == LedgerEntry.Act.ADJUST and as_expected:
        if declared is None or declared == leaf.score.declared:
            # Nothing differs from what the unit wrote, and so its ledger says.
            act, declared = LedgerEntry.Act.ACCEPT, leaf.score.declared
        elif not reason.strip():
            raise ReasonMissing(
                gettext("The figures differ from the unit's own: give a reason, the unit will read it.")
            )
    return Verdict(act, points, declared=declared, not_applicable=not_applicable, reason=reason.strip())


def _require_in_range(points: Decimal, criterion: Criterion) -> None:
    if not 0 <= points <= criterion.max_points:
        raise PointsOutOfRange(
            gettext("%(found)s was typed; points from 0 to %(max)s are expected.")
            % {"found": plain(points, ","), "max": plain(criterion.max_points, ",")}
        )
    if points != round_points(points):
        raise PointsOutOfRange(gettext("Points have at most 4 decimals."))


def _why_a_reason(leaf: Leaf) -> str:
    if leaf.criterion.source == Source.SELF:
        return gettext("The points differ from the unit's own: give a reason, the unit will read it.")
    if leaf.criterion.source == Source.APPRAISER:
        return gettext("The points are below the maximum: give a reason, the unit will read it.")
    return gettext("Bonus and penalty points need a reason: the unit will read it.")


def _agency(by, assessment: Assessment) -> str:
    """The name that the unit will see in the person's place."""
    member = Member.objects.filter(user=by, council__cycle=assessment.cycle_id).select_related("agency").get()
    return member.agency.name if member.agency else ""
