"""Who may appraise what: guardian opens the sheet, an assignment narrows it, a conflict of interest closes it."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from assessments.models import Assessment, Unit
from councils.models import Assignment, Member
from criteria.models import Criterion
from criteria.scoring.tree import Source

REQUIRED = (Source.SELF.value, Source.APPRAISER.value)
"""Leaves that must be decided before a unit's appraisal can be finalised."""

APPRAISED = (*REQUIRED, Source.BONUS.value, Source.PENALTY.value)
"""Leaves that the council decides; bonus and penalty leaves count 0 without a decision."""

OVERSEERS = (Member.Role.CHAIR, Member.Role.SECRETARY)
"""They read every unit's appraisal and finalise it; they decide only the leaves assigned to them."""


def without_conflicts_of(user, assessments: QuerySet) -> QuerySet:
    """
    The assessments that the user may have anything to do with as a member of the council.

    Left out are the units too close to those they score or lead (`too_close_to`), and by the same measure to the
    agency of their seat in the same cycle.
    """
    unit = OuterRef("unit")
    seat = Member.objects.filter(
        Q(agency=unit)
        | Q(agency__parent=unit)
        | Q(agency__origins__predecessor=unit)
        | Q(agency__successions__successor=unit),
        user=user,
        council__cycle=OuterRef("cycle"),
    )
    return assessments.exclude(unit__in=Unit.objects.too_close_to(user)).exclude(Exists(seat))


def appraisable_by(user) -> QuerySet:
    """The assessments in which the user has leaves to appraise, in any cycle and whatever their state."""
    return _granted(user).filter(Exists(_assignments(user)))


def readable_by(user) -> QuerySet:
    """What the user sees at the desk: what they appraise, and as chair or secretary everything of the cycle."""
    return _granted(user).filter(Exists(_assignments(user)) | Exists(_oversight(user)))


def may_finalise(user, assessment: Assessment) -> bool:
    """Whether the user may finalise an assessment they read: the chair, the secretary, who appraises all of it."""
    if Member.objects.filter(user=user, role__in=OVERSEERS, council__cycle=assessment.cycle_id).exists():
        return True
    version = Criterion.objects.filter(version=assessment.block.version_id)
    required = frozenset(version.filter(source__in=REQUIRED).values_list("id", flat=True))
    return required <= leaves_for(user, assessment)


def _granted(user) -> QuerySet:
    return without_conflicts_of(user, Assessment.objects.granted_for_appraisal_to(user))


def _assignments(user) -> QuerySet:
    return Assignment.objects.filter(
        Q(unit__isnull=True) | Q(unit=OuterRef("unit")), member__user=user, block=OuterRef("block")
    )


def _oversight(user) -> QuerySet:
    return Member.objects.filter(user=user, role__in=OVERSEERS, council__cycle=OuterRef("cycle"))


def leaves_for(user, assessment: Assessment) -> frozenset[int]:
    """
    The ids of the leaves of an assessment that the user was assigned to appraise. Two queries.

    Whether the user may open the assessment at all is `appraisable_by`'s word.
    """
    outline = Outline(Criterion.objects.filter(version=assessment.block.version_id))
    assignments = Assignment.objects.filter(member__user=user, block=assessment.block_id)
    return Scopes(assignments, {assessment.block_id: outline}).leaves(assessment.block_id, assessment.unit_id)


_NONE: frozenset[int] = frozenset()


class Outline:
    """Which leaves stand at or below each node of a version, for the sources that the council decides."""

    def __init__(self, criteria: Iterable[Criterion]):
        self.rows = {row.id: row for row in sorted(criteria, key=lambda row: row.position)}
        self._under: dict[int | None, set[int]] = defaultdict(set)
        for row in self.rows.values():
            if row.source in APPRAISED:
                node = row
                while node is not None:
                    self._under[node.id].add(row.id)
                    node = self.rows.get(node.parent_id)
                self._under[None].add(row.id)

    def leaves_under(self, criterion_id: int | None) -> frozenset[int]:
        """None is the whole tree."""
        return frozenset(self._under.get(criterion_id, ()))

    @cached_property
    def leaves(self) -> list[Criterion]:
        """In document order."""
        return [row for row in self.rows.values() if row.id in self._under[None]]

    @cached_property
    def required(self) -> frozenset[int]:
        return frozenset(row.id for row in self.leaves if row.source in REQUIRED)

    def path(self, criterion: Criterion) -> list[Criterion]:
        """The nodes above a criterion, the area first."""
        above = []
        node = self.rows.get(criterion.parent_id)
        while node is not None:
            above.insert(0, node)
            node = self.rows.get(node.parent_id)
        return above


class Scopes:
    """A member's leaves per block and unit, from their assignments and the outlines of the blocks' versions."""

    def __init__(self, assignments: Iterable[Assignment], outlines: dict[int, Outline]):
        self._leaves: dict[tuple[int, int | None], frozenset[int]] = {}
        for assignment in assignments:
            outline = outlines.get(assignment.block_id)
            if outline:
                scope = (assignment.block_id, assignment.unit_id)
                found = outline.leaves_under(assignment.criterion_id)
                self._leaves[scope] = self._leaves.get(scope, _NONE) | found

    def leaves(self, block_id: int, unit_id: int) -> frozenset[int]:
        whole_block = self._leaves.get((block_id, None), _NONE)
        own = self._leaves.get((block_id, unit_id))
        return whole_block | own if own else whole_block

    def condition(self, among: frozenset[int]) -> Q | None:
        """Rows with an assessment and a criterion within the scope and `among` these leaves; None: there are none."""
        condition = None
        for (block_id, unit_id), leaves in self._leaves.items():
            part = Q(assessment__block=block_id, criterion__in=sorted(leaves & among))
            if unit_id is not None:
                part &= Q(assessment__unit=unit_id)
            condition = part if condition is None else condition | part
        return condition
