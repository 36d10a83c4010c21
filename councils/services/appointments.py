"""The council's seats and what each of them appraises. Assigning opens sheets in guardian, in bulk."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from assessments.models import Assessment, AssessmentUserPermission, Block, Cycle, Unit
from assessments.services import NotAllowedNow
from councils.models import Assignment, Council, Member
from councils.queries.access import OVERSEERS, without_conflicts_of
from councils.queries.progress import outlines_of
from criteria.models import Criterion
from criteria.scoring.numbers import normalise
from par_index.core import audit


class AlreadySeated(Exception):
    """The person holds a seat in this council; `member` is the seat."""

    def __init__(self, member: Member):
        self.member = member
        super().__init__(
            gettext("%(person)s already sits in this council as %(role)s.")
            % {"person": member.user, "role": member.get_role_display().lower()}
        )


class NothingToAssign(Exception):
    """The assignment holds no leaf: a criterion of another block's set, a unit outside of the block, or no match."""


class NoSuchAssignment(Exception):
    """The assignment is not (or no longer) there."""


@transaction.atomic
def appoint(*, cycle_id: int, user, role: str, agency: Unit | None, by, at: datetime) -> Member:
    """
    Give a person a seat in the cycle's council, which comes into being with its first seat.

    Chair and secretary may read every sheet of the cycle from then on, except where they have a conflict of interest.

    :raises AlreadySeated:
    :raises NotAllowedNow: the cycle is published
    """
    cycle = _lock_unpublished(cycle_id)
    council, _ = Council.objects.get_or_create(
        cycle=cycle, defaults={"name": gettext("Appraisal council of %(cycle)s") % {"cycle": cycle.name}}
    )
    seated = council.members.select_related("user").filter(user=user).first()
    if seated:
        raise AlreadySeated(seated)
    member = Member.objects.create(council=council, user=user, role=role, agency=agency)
    _grant(member)
    audit.record(
        action="council.member_appointed",
        by=by,
        at=at,
        target=f"cycle {cycle.code}",
        member=user.username,
        role=str(role),
        agency=agency.code if agency else "",
    )
    return member


@transaction.atomic
def dismiss(*, member_id: int, by, at: datetime) -> None:
    """Take a seat away with its assignments; the decisions that the person made stand in the ledger."""
    member = _member(member_id)
    _revoke(member, Assessment.objects.none())
    audit.record(
        action="council.member_dismissed",
        by=by,
        at=at,
        target=f"cycle {member.council.cycle.code}",
        member=member.user.username,
    )
    member.delete()


@transaction.atomic
def assign(
    *,
    member_id: int,
    block: Block,
    unit: Unit | None = None,
    criterion: Criterion | None = None,
    by,
    at: datetime,
) -> Assignment:
    """
    Let a member appraise the leaves under `criterion` (None: all) of `unit` (None: every unit of the block).

    Sheets with which the member has a conflict of interest are not opened to them. Assigning again changes nothing.

    :raises NothingToAssign: block, unit and criterion do not belong together
    """
    member = _member(member_id)
    _require_match(member, block, unit, criterion)
    assignment, created = Assignment.objects.get_or_create(
        member=member, block=block, unit=unit, criterion=criterion
    )
    if created:
        _grant(member)
        _record_assignment("council.assigned", assignment, by, at)
    return assignment


@transaction.atomic
def assign_by_agency(*, cycle_id: int, by, at: datetime) -> int:
    """
    Assign in one step to every member the leaves that the criteria give to the agency they come from.

    Names are compared without regard to case and spacing. A node whose leaves all go to one agency is assigned as a
    whole, so that the list stays short.

    :returns: how many assignments are new
    :raises NothingToAssign: no member comes from an agency that the criteria name
    """
    cycle = _lock_unpublished(cycle_id)
    members = list(
        Member.objects.filter(council__cycle=cycle, agency__isnull=False).select_related("agency", "user")
    )
    wanted = []
    for block_id, outline in outlines_of(cycle).items():
        tops = _nodes_by_agency(outline)
        wanted += [
            Assignment(member=member, block_id=block_id, criterion_id=criterion_id)
            for member in members
            for criterion_id in tops.get(normalise(member.agency.name), ())
        ]
    if not wanted:
        raise NothingToAssign(
            gettext(
                "No member comes from an agency that the criteria name. Check the members' agencies first."
            )
        )
    held = set(
        Assignment.objects.filter(member__in=members, unit=None).values_list("member", "block", "criterion")
    )
    new = [row for row in wanted if (row.member_id, row.block_id, row.criterion_id) not in held]
    Assignment.objects.bulk_create(new)
    for member in {row.member for row in wanted}:
        _grant(member)
    audit.record(
        action="council.assigned_by_agency", by=by, at=at, target=f"cycle {cycle.code}", assignments=len(new)
    )
    return len(new)


@transaction.atomic
def unassign(*, assignment_id: int, by, at: datetime) -> None:
    """
    Take an assignment back, and close the sheets in which the member has nothing left to appraise.

    :raises NoSuchAssignment: somebody took it back already
    """
    assignment = (
        Assignment.objects.filter(pk=assignment_id).select_related("block", "unit", "criterion").first()
    )
    if assignment is None:
        raise NoSuchAssignment(gettext("This assignment has been taken back already."))
    member = _member(assignment.member_id)
    _record_assignment("council.unassigned", assignment, by, at)
    assignment.delete()
    _revoke(member, _covered(member))


def _lock_unpublished(cycle_id: int) -> Cycle:
    cycle = Cycle.objects.select_for_update().get(pk=cycle_id)
    if cycle.published_at:
        raise NotAllowedNow(gettext("The cycle is published; its council no longer changes."))
    return cycle


def _member(member_id: int) -> Member:
    member = Member.objects.select_related("user", "agency", "council__cycle").get(pk=member_id)
    _lock_unpublished(member.council.cycle_id)
    return member


def _require_match(member: Member, block: Block, unit: Unit | None, criterion: Criterion | None) -> None:
    if block.cycle_id != member.council.cycle_id:
        raise NothingToAssign(gettext("The block belongs to another cycle."))
    if unit and not Assessment.objects.filter(block=block, unit=unit).exists():
        raise NothingToAssign(
            gettext("%(unit)s is not in the block “%(block)s”.") % {"unit": unit, "block": block}
        )
    if criterion and criterion.version_id != block.version_id:
        raise NothingToAssign(
            gettext("Criterion %(code)s is not in the criteria of the block “%(block)s”.")
            % {"code": criterion.code, "block": block}
        )


def _record_assignment(action: str, assignment: Assignment, by, at: datetime) -> None:
    member = assignment.member
    audit.record(
        action=action,
        by=by,
        at=at,
        target=f"cycle {member.council.cycle.code}",
        member=member.user.username,
        block=assignment.block.code,
        unit=assignment.unit.code if assignment.unit else "",
        criterion=assignment.criterion.code if assignment.criterion else "",
    )


def _nodes_by_agency(outline) -> dict[str, list[int]]:
    """By normalised agency name the highest nodes whose appraised leaves all name that agency."""
    agencies = {
        node_id: {normalise(outline.rows[leaf].appraising_agency) for leaf in outline.leaves_under(node_id)}
        for node_id in outline.rows
    }
    tops: dict[str, list[int]] = {}
    for row in outline.rows.values():
        above = agencies.get(row.parent_id, set())
        if len(agencies[row.id]) == 1 and len(above) != 1:
            (agency,) = agencies[row.id]
            if agency:
                tops.setdefault(agency, []).append(row.id)
    return tops


# --- guardian -------------------------------------------------------------------------------------------------------


def _covered(member: Member) -> QuerySet:
    """The assessments that the member's seat and assignments open to them."""
    assessments = Assessment.objects.filter(cycle=member.council.cycle_id)
    if member.role not in OVERSEERS:
        opened = Q(pk__in=())
        for block_id, unit_id in set(member.assignments.values_list("block_id", "unit_id")):
            opened |= Q(block=block_id) if unit_id is None else Q(block=block_id, unit=unit_id)
        assessments = assessments.filter(opened)
    return without_conflicts_of(member.user, assessments)


def _grant(member: Member) -> None:
    """Write the missing guardian rows at once: one by one it is six queries a sheet, and there may be 3,321."""
    permission = _permission()
    held = _grants(member, permission).values("content_object")
    missing: Iterable[int] = _covered(member).exclude(pk__in=held).values_list("pk", flat=True)
    AssessmentUserPermission.objects.bulk_create(
        [
            AssessmentUserPermission(permission=permission, user=member.user, content_object_id=assessment_id)
            for assessment_id in missing
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )


def _revoke(member: Member, keep: QuerySet) -> None:
    _grants(member, _permission()).exclude(content_object__in=keep.values("pk")).delete()


def _grants(member: Member, permission: Permission) -> QuerySet:
    return AssessmentUserPermission.objects.filter(
        permission=permission, user=member.user, content_object__cycle=member.council.cycle_id
    )


def _permission() -> Permission:
    content_type = ContentType.objects.get_for_model(Assessment)
    return Permission.objects.get(content_type=content_type, codename="appraise_assessment")
