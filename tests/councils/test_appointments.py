import pytest
from django.db import IntegrityError, transaction
from guardian.shortcuts import assign_perm

from assessments.models import AssessmentUserPermission
from assessments.services import NotAllowedNow
from councils import services
from councils.models import Assignment, Member
from councils.queries import appraisable_by, readable_by
from par_index.core.models import AuditEntry
from tests.factories import AT, AssessmentFactory, BlockFactory, CouncilFactory, MemberFactory, UserFactory


def opened_to(member: Member) -> set[str]:
    """Codes of the units whose sheets guardian opens to the member."""
    rows = AssessmentUserPermission.objects.filter(
        user=member.user, permission__codename="appraise_assessment"
    )
    return set(rows.values_list("content_object__unit__code", flat=True))


def test_appoint_gives_a_seat_and_says_so_in_the_log(room):
    member = room.seat(agency=room.first.unit)

    logged = AuditEntry.objects.filter(action="council.member_appointed").last()
    assert (logged.actor, logged.detail["member"], logged.detail["agency"]) == (
        room.manager,
        member.user.username,
        "SO07",
    )
    assert opened_to(member) == set()


def test_appoint_of_a_person_who_sits_already_is_refused(room):
    with pytest.raises(services.AlreadySeated):
        services.appoint(
            cycle_id=room.cycle.pk, user=room.chair.user, role="member", agency=None, by=room.manager, at=AT
        )


@pytest.mark.parametrize("role", ["chair", "secretary"])
def test_appoint_of_an_overseer_opens_every_sheet_but_their_own(room, role):
    assert opened_to(room.seat(role=role, agency=room.second.unit)) == {"SO02", "SO07"}


def test_appoint_after_publication_is_refused(room):
    room.cycle.published_at = AT
    room.cycle.save()

    with pytest.raises(NotAllowedNow):
        room.seat()


def test_assign_of_a_block_opens_all_its_sheets_but_the_members_agency(room):
    assert opened_to(room.member) == {"SO07", "SO08"}


def test_assign_of_a_unit_opens_that_one(room):
    assert opened_to(room.seat(unit=room.second.unit)) == {"SO08"}


def test_assign_never_opens_a_unit_that_the_member_scores(room):
    user = UserFactory()
    assign_perm("assessments.score_unit", user, room.first.unit)
    member = services.appoint(
        cycle_id=room.cycle.pk, user=user, role="member", agency=None, by=room.manager, at=AT
    )

    services.assign(member_id=member.pk, block=room.block, by=room.manager, at=AT)

    assert opened_to(member) == {"SO02", "SO08"}


def test_assign_twice_changes_nothing(room):
    for _ in range(2):
        services.assign(member_id=room.member.pk, block=room.block, by=room.manager, at=AT)

    assert room.member.assignments.count() == 1


def test_assign_refuses_what_does_not_belong_together(room):
    elsewhere = AssessmentFactory()

    for wrong in (
        {"block": elsewhere.block},
        {"block": room.block, "unit": elsewhere.unit},
        {"block": BlockFactory(cycle=room.cycle), "unit": room.first.unit},
    ):
        with pytest.raises(services.NothingToAssign):
            services.assign(member_id=room.member.pk, by=room.manager, at=AT, **wrong)


def test_assign_opens_many_sheets_in_a_fixed_number_of_queries(room, django_assert_num_queries):
    for position in range(20):
        AssessmentFactory(block=room.block, position=position)
    member = room.seat()

    with django_assert_num_queries(13):
        services.assign(member_id=member.pk, block=room.block, by=room.manager, at=AT)

    assert len(opened_to(member)) == 23


def test_assign_by_agency_gives_members_the_leaves_of_their_agency(room):
    room.member.assignments.all().delete()

    new = services.assign_by_agency(cycle_id=room.cycle.pk, by=room.manager, at=AT)

    # Area 1 names the agency throughout; of area 2 only leaf 2.1 is appraised at all.
    assert new == 2
    assert set(room.member.assignments.values_list("criterion__code", flat=True)) == {"1", "2"}
    assert opened_to(room.member) == {"SO07", "SO08"}


def test_assign_by_agency_again_adds_nothing(room):
    services.assign_by_agency(cycle_id=room.cycle.pk, by=room.manager, at=AT)

    assert services.assign_by_agency(cycle_id=room.cycle.pk, by=room.manager, at=AT) == 0


def test_assign_by_agency_without_any_match_is_refused(room):
    services.dismiss(member_id=room.member.pk, by=room.manager, at=AT)

    with pytest.raises(services.NothingToAssign):
        services.assign_by_agency(cycle_id=room.cycle.pk, by=room.manager, at=AT)


def test_unassign_closes_the_sheets_that_nothing_else_opens(room):
    services.assign(member_id=room.member.pk, block=room.block, unit=room.second.unit, by=room.manager, at=AT)

    services.unassign(assignment_id=room.member.assignments.get(unit=None).pk, by=room.manager, at=AT)

    assert opened_to(room.member) == {"SO08"}


def test_unassign_leaves_an_overseer_their_reading(room):
    services.assign(member_id=room.chair.pk, block=room.block, by=room.manager, at=AT)

    services.unassign(assignment_id=room.chair.assignments.get().pk, by=room.manager, at=AT)

    assert opened_to(room.chair) == {"SO02", "SO07", "SO08"}


def test_unassign_twice_is_refused(room):
    assignment = room.member.assignments.get()
    services.unassign(assignment_id=assignment.pk, by=room.manager, at=AT)

    with pytest.raises(services.NoSuchAssignment):
        services.unassign(assignment_id=assignment.pk, by=room.manager, at=AT)


def test_dismiss_closes_everything_and_keeps_the_decisions(room, decide):
    entry = decide("accept", "1.1")

    services.dismiss(member_id=room.member.pk, by=room.manager, at=AT)

    entry.refresh_from_db()
    assert entry.by == room.member.user
    assert opened_to(room.member) == set()
    assert not appraisable_by(room.member.user).exists()
    assert not readable_by(room.member.user).exists()


def test_one_person_holds_one_seat_in_a_council(db):
    seat = MemberFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        MemberFactory(council=seat.council, user=seat.user)


def test_a_cycle_has_one_council(db):
    council = CouncilFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        type(council).objects.create(cycle=council.cycle, name="Hội đồng thứ hai")


def test_an_assignment_with_unit_and_criterion_stands_once(room):
    row = {
        "member": room.member,
        "block": room.block,
        "unit": room.first.unit,
        "criterion": room.leaf("1.1"),
    }
    Assignment.objects.create(**row)

    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(**row)
