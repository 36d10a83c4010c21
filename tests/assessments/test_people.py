"""Roles in units and cycles: given, taken back, logged, and never by oneself in one's own unit."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Assessment, Cycle, Unit
from assessments.people import (
    CycleRole,
    LastManager,
    OwnRole,
    UnitRole,
    allow_import,
    grant_cycle_role,
    grant_unit_role,
    revoke_cycle_role,
    revoke_unit_role,
)
from assessments.people_queries import Holder, people_of_cycle, people_of_unit, people_of_units
from par_index.accounts.models import User
from par_index.core.models import AuditEntry
from tests.factories import AssessmentFactory, BlockFactory, CycleFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


def log() -> list[tuple]:
    """The log without what the factories' criteria versions left there."""
    entries = AuditEntry.objects.exclude(action__startswith="criteria.")
    return list(entries.values_list("actor", "action", "target", "detail"))


@pytest.fixture
def manager() -> User:
    return UserFactory()


@pytest.fixture
def unit() -> Unit:
    return UnitFactory(name="Sở Xây dựng")


# --- roles in a unit --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "scores", "submits"), [(UnitRole.OFFICER, True, False), (UnitRole.LEADER, False, True)]
)
def test_unit_role_opens_the_unit_for_what_it_is_and_is_logged(manager, at, role, scores, submits):
    sheet, other = AssessmentFactory(), AssessmentFactory()
    user = UserFactory(username="canbo.y")

    assert grant_unit_role(user=user, unit=sheet.unit, role=role, by=manager, at=at)

    assert list(Assessment.objects.scorable_by(user)) == [sheet] * scores
    assert list(Assessment.objects.submittable_by(user)) == [sheet] * submits
    assert other not in Assessment.objects.visible_to(user)
    detail = {"user": "canbo.y", "role": role.value}
    assert log() == [(manager.pk, "role.granted", f"unit {sheet.unit_id}", detail)]


def test_unit_role_given_twice_is_there_and_logged_once(manager, unit, at):
    user = UserFactory()

    given = [
        grant_unit_role(user=user, unit=unit, role=UnitRole.OFFICER, by=manager, at=at) for _time in range(2)
    ]

    assert given == [True, False]
    assert len(log()) == 1


def test_unit_role_taken_back_closes_the_unit_and_leaves_the_other_role(manager, unit, at):
    user = UserFactory()
    for role in UnitRole:
        grant_unit_role(user=user, unit=unit, role=role, by=manager, at=at)

    taken = [
        revoke_unit_role(user=user, unit=unit, role=UnitRole.OFFICER, by=manager, at=at) for _time in range(2)
    ]

    assert taken == [True, False]
    assert list(Unit.objects.belonging_to(user)) == [unit]
    assert [action for _by, action, _target, _detail in log()] == [
        "role.granted",
        "role.granted",
        "role.revoked",
    ]


def test_nobody_gives_themselves_a_role_in_a_unit(manager, unit, at):
    with pytest.raises(OwnRole):
        grant_unit_role(user=manager, unit=unit, role=UnitRole.OFFICER, by=manager, at=at)

    assert not Unit.objects.belonging_to(manager).exists()
    assert log() == []


def test_nobody_takes_their_own_role_in_a_unit(manager, unit, at):
    """A manager who leaves their unit on paper could send back its sheet themselves."""
    grant_unit_role(user=manager, unit=unit, role=UnitRole.LEADER, by=None, at=at)

    with pytest.raises(OwnRole):
        revoke_unit_role(user=manager, unit=unit, role=UnitRole.LEADER, by=manager, at=at)

    assert list(Unit.objects.belonging_to(manager)) == [unit]


# --- roles in a cycle -------------------------------------------------------------------------------------------------


def test_cycle_roles_open_the_cycle_for_what_they_are(manager, at):
    cycle, other = CycleFactory(code="MAU2025"), CycleFactory()
    people = {role: UserFactory() for role in CycleRole}

    for role, user in people.items():
        assert grant_cycle_role(user=user, cycle=cycle, role=role, by=manager, at=at)

    assert [role for role in CycleRole if cycle in Cycle.objects.manageable_by(people[role])] == [
        CycleRole.MANAGER
    ]
    readable = [role for role in CycleRole if cycle in Cycle.objects.readable_by(people[role])]
    assert readable == [CycleRole.MANAGER, CycleRole.AUDITOR]
    assert not any(other in Cycle.objects.readable_by(user) for user in people.values())
    assert {target for _by, _action, target, _detail in log()} == {"cycle MAU2025"}


def test_cycle_role_given_twice_is_logged_once(manager, at):
    cycle, user = CycleFactory(), UserFactory()

    given = [
        grant_cycle_role(user=user, cycle=cycle, role=CycleRole.AUDITOR, by=manager, at=at)
        for _time in range(2)
    ]

    assert given == [True, False]
    assert len(log()) == 1


def test_last_manager_of_a_cycle_stays(manager, at):
    cycle, switched_off = CycleFactory(), UserFactory(is_active=False)
    for user in (manager, switched_off):
        grant_cycle_role(user=user, cycle=cycle, role=CycleRole.MANAGER, by=None, at=at)

    with pytest.raises(LastManager):
        revoke_cycle_role(user=manager, cycle=cycle, role=CycleRole.MANAGER, by=manager, at=at)

    assert list(Cycle.objects.manageable_by(manager)) == [cycle]


def test_one_of_two_managers_may_go(manager, at):
    cycle, second = CycleFactory(), UserFactory()
    for user in (manager, second):
        grant_cycle_role(user=user, cycle=cycle, role=CycleRole.MANAGER, by=None, at=at)

    assert revoke_cycle_role(user=manager, cycle=cycle, role=CycleRole.MANAGER, by=second, at=at)

    assert not Cycle.objects.manageable_by(manager).exists()
    assert log()[-1] == (
        second.pk,
        "role.revoked",
        f"cycle {cycle.code}",
        {"user": manager.username, "role": "manage_cycle"},
    )


def test_only_auditor_may_go_although_nobody_is_left(manager, at):
    cycle, auditor = CycleFactory(), UserFactory()
    grant_cycle_role(user=auditor, cycle=cycle, role=CycleRole.AUDITOR, by=manager, at=at)

    assert revoke_cycle_role(user=auditor, cycle=cycle, role=CycleRole.AUDITOR, by=manager, at=at)
    assert not revoke_cycle_role(user=auditor, cycle=cycle, role=CycleRole.AUDITOR, by=manager, at=at)

    assert not Cycle.objects.readable_by(auditor).exists()


def test_import_allowed_is_the_right_to_add_cycles_alone(at):
    user = UserFactory(username="quanly")

    allow_import(user=user, by=None, at=at)

    assert User.objects.get(pk=user.pk).get_all_permissions() == {"assessments.add_cycle"}
    assert log() == [(None, "import.allowed", "user quanly", {})]


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def block():
    return BlockFactory(name="Khối sở")


def test_people_of_units_stand_in_the_books_order_with_their_roles(block, manager, at):
    second = AssessmentFactory(block=block, position=2)
    first = AssessmentFactory(block=block, position=1)
    elsewhere = AssessmentFactory()
    officers = [UserFactory(full_name=name) for name in ("Bình", "An")]
    leader = UserFactory()
    for user in officers:
        grant_unit_role(user=user, unit=first.unit, role=UnitRole.OFFICER, by=manager, at=at)
    grant_unit_role(user=leader, unit=second.unit, role=UnitRole.LEADER, by=manager, at=at)
    grant_unit_role(user=leader, unit=elsewhere.unit, role=UnitRole.OFFICER, by=manager, at=at)

    found = people_of_units(block.cycle)

    assert [(row.unit, row.block_name, row.officers, row.leaders) for row in found] == [
        (first.unit, "Khối sở", (officers[1], officers[0]), ()),
        (second.unit, "Khối sở", (), (leader,)),
    ]
    assert [(row.lacks_officer, row.lacks_leader) for row in found] == [(False, True), (True, False)]
    assert people_of_unit(block.cycle, second.unit) == found[1]


def test_unit_whose_only_officer_is_switched_off_lacks_one(block, manager, at):
    sheet = AssessmentFactory(block=block)
    gone = UserFactory(is_active=False)
    grant_unit_role(user=gone, unit=sheet.unit, role=UnitRole.OFFICER, by=manager, at=at)

    (row,) = people_of_units(block.cycle)

    assert (row.officers, row.lacks_officer) == ((gone,), True)


def test_people_of_many_units_take_two_queries(block, manager, at):
    for _number in range(4):
        sheet = AssessmentFactory(block=block)
        for role in UnitRole:
            grant_unit_role(user=UserFactory(), unit=sheet.unit, role=role, by=manager, at=at)

    with CaptureQueriesContext(connection) as captured:
        found = [(row.unit.name, *row.officers, *row.leaders) for row in people_of_units(block.cycle)]

    assert len(captured) == 2
    assert [len(row) for row in found] == [3, 3, 3, 3]


def test_people_of_the_cycle_stand_by_role_then_name(manager, at, django_assert_num_queries):
    cycle = CycleFactory()
    auditor, first, second = (UserFactory(full_name=name) for name in ("An", "Bình", "Cúc"))
    for user, role in ((auditor, CycleRole.AUDITOR), (second, CycleRole.MANAGER), (first, CycleRole.MANAGER)):
        grant_cycle_role(user=user, cycle=cycle, role=role, by=manager, at=at)
    grant_cycle_role(user=auditor, cycle=CycleFactory(), role=CycleRole.MANAGER, by=manager, at=at)

    with django_assert_num_queries(1):
        found = people_of_cycle(cycle)

    assert found == [
        Holder(first, CycleRole.MANAGER),
        Holder(second, CycleRole.MANAGER),
        Holder(auditor, CycleRole.AUDITOR),
    ]
