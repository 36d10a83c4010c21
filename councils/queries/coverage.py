"""The council as its cycle's manager sees it: seats, assignments, and the leaves that nobody appraises."""

from collections.abc import Iterable
from dataclasses import dataclass

from assessments.models import Assessment, AssessmentUserPermission, Block, Cycle, Exemption
from assessments.models.assessment import Status
from councils.models import Assignment, Member
from councils.queries.access import Outline, Scopes
from councils.queries.progress import outlines_of
from criteria.models import Criterion


@dataclass(frozen=True, slots=True)
class Gap:
    """Leaves of a block that nobody appraises: in how many of its units, and an example of a unit."""

    block: Block
    leaves: tuple[Criterion, ...]
    units: int
    example: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    `total` counts pairs of a unit that is not finalised and a leaf that must be decided, `covered` those with at
    least one appraiser.
    """

    total: int
    covered: int
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> int:
        return self.total - self.covered


def coverage(cycle: Cycle) -> Coverage:
    """
    Whether every leaf of every unit has an appraiser who is free of conflicts. Seven queries.

    A member counts for a unit only where guardian opens its sheet to them, as at the desk.
    """
    outlines = outlines_of(cycle)
    scopes = _scopes_by_user(Assignment.objects.filter(block__cycle=cycle).select_related("member"), outlines)
    opened: dict[int, list[int]] = {}
    grants = AssessmentUserPermission.objects.filter(
        content_object__cycle=cycle, permission__codename="appraise_assessment", user__in=list(scopes)
    )
    for assessment_id, user_id in grants.values_list("content_object", "user"):
        opened.setdefault(assessment_id, []).append(user_id)

    exempt: dict[int, set[int]] = {}
    for assessment_id, leaf in Exemption.objects.filter(assessment__cycle=cycle).values_list(
        "assessment", "criterion"
    ):
        exempt.setdefault(assessment_id, set()).add(leaf)

    total = lacking = 0
    uncovered: dict[tuple[int, frozenset[int]], list[str]] = {}
    # A finalised unit is decided: it waits for nobody, also where its decisions came with a workbook.
    to_decide = Assessment.objects.filter(cycle=cycle).exclude(status=Status.FINALISED)
    assessments = to_decide.select_related("unit").order_by("block", "position")
    for assessment in assessments:
        missing = outlines[assessment.block_id].required - exempt.get(assessment.id, set())
        total += len(missing)
        for user in opened.get(assessment.id, ()):
            missing -= scopes[user].leaves(assessment.block_id, assessment.unit_id)
        lacking += len(missing)
        if missing:
            uncovered.setdefault((assessment.block_id, missing), []).append(assessment.unit.name)
    return Coverage(total, total - lacking, _gaps(cycle, outlines, uncovered))


def _scopes_by_user(assignments: Iterable[Assignment], outlines: dict[int, Outline]) -> dict[int, Scopes]:
    by_user: dict[int, list[Assignment]] = {}
    for assignment in assignments:
        by_user.setdefault(assignment.member.user_id, []).append(assignment)
    return {user: Scopes(rows, outlines) for user, rows in by_user.items()}


def _gaps(
    cycle: Cycle, outlines: dict[int, Outline], uncovered: dict[tuple[int, frozenset[int]], list[str]]
) -> tuple[Gap, ...]:
    blocks = {block.id: block for block in cycle.blocks.all()}
    return tuple(
        Gap(
            block=blocks[block_id],
            leaves=tuple(leaf for leaf in outlines[block_id].leaves if leaf.id in leaves),
            units=len(units),
            example=units[0],
        )
        for (block_id, leaves), units in uncovered.items()
    )


def seats(cycle: Cycle) -> list[Member]:
    """The council's members with their assignments, the chair first. Two queries."""
    order = {role: place for place, role in enumerate(Member.Role.values)}
    members = (
        Member.objects.filter(council__cycle=cycle)
        .select_related("user", "agency")
        .prefetch_related("assignments__block", "assignments__unit", "assignments__criterion")
    )
    return sorted(members, key=lambda member: (order[member.role], member.user.full_name, member.pk))
