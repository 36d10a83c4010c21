from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import translation
from guardian.shortcuts import assign_perm

from assessments.models import Step
from councils import services, worklist
from tests.factories import AT, UserFactory

DEADLINE = AT + timedelta(days=9)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def tasks(user, at=AT) -> list[tuple[int, str]]:
    return [(task.count, task.action) for task in worklist.tasks(user, at)]


def test_tasks_of_a_member_count_what_is_left_in_submitted_sheets(room, decide):
    decide("accept", "1.1")

    (task,) = worklist.tasks(room.member.user, AT)

    assert (task.count, task.text) == (9, "criteria of 2 units to appraise")


def test_tasks_of_the_chair_are_units_to_finalise(room, decide_all):
    assert tasks(room.chair.user) == []

    decide_all()

    assert tasks(room.chair.user) == [(1, "Finalise")]


def test_tasks_of_the_manager_are_criteria_without_appraiser(room):
    assign_perm("assessments.manage_cycle", room.manager, room.cycle)

    assert tasks(room.manager) == [(5, "Assign")]

    room.seat(agency=room.second.unit, unit=room.home.unit)
    assert tasks(room.manager) == []


def test_tasks_have_the_deadline_of_the_step_and_are_overdue_from_then_on(room):
    Step.objects.filter(cycle=room.cycle).update(ends_at=DEADLINE)

    (before,) = worklist.tasks(room.member.user, DEADLINE - timedelta(seconds=1))
    (after,) = worklist.tasks(room.member.user, DEADLINE)

    assert (before.due, before.overdue, after.overdue) == (DEADLINE, False, True)


@pytest.mark.parametrize("values", [{"opened_at": None}, {"closed_at": AT}])
def test_tasks_are_none_while_the_step_is_not_open(room, values):
    Step.objects.filter(cycle=room.cycle).update(**values)

    assert tasks(room.member.user) == []


def test_tasks_are_none_for_a_stranger(room):
    assert tasks(UserFactory()) == []


def test_menu_leads_members_to_the_desk_and_managers_to_the_council(room):
    assign_perm("assessments.manage_cycle", room.manager, room.cycle)

    assert labels(room.member.user) == ["Appraisal"]
    assert labels(room.manager) == ["Council"]
    assert labels(UserFactory()) == []


def labels(user) -> list[str]:
    request = RequestFactory().get("/")
    request.user = user
    return [item.label for item in worklist.menu(request)]


def panels(user) -> list:
    request = RequestFactory().get("/")
    request.user = user
    return list(worklist.panels(request, AT))


def test_panels_of_a_member_are_the_steps_and_their_own_criteria(room, decide):
    decide("accept", "1.1")

    head, appraisal = panels(room.member.user)

    (block,) = appraisal.context["blocks"]
    assert head.wide
    assert (block.decided.done, block.decided.left) == (1, 9)


def test_panels_of_the_chair_count_whole_units(room, decide_all):
    decide_all()

    _head, appraisal = panels(room.chair.user)

    (block,) = appraisal.context["blocks"]
    wholes = [unit.whole for unit in block.units if unit.is_handed_in]
    assert block.decided.done == sum(whole.done for whole in wholes) > 0


def test_panels_are_none_for_a_stranger(room):
    assert panels(UserFactory()) == []


def test_strip_is_the_appraisal_step_of_the_running_cycle(room):
    Step.objects.filter(cycle=room.cycle).update(ends_at=DEADLINE)

    assert worklist.strip(room.member.user, AT) == ("2/5 – Appraisal round 1", DEADLINE)
    assert worklist.strip(UserFactory(), AT) is None


def test_strip_is_silent_after_publication(room):
    room.cycle.published_at = AT
    room.cycle.save()

    assert worklist.strip(room.member.user, AT) is None


def test_menu_forgets_a_member_who_was_dismissed(room):
    services.dismiss(member_id=room.member.pk, by=room.manager, at=AT)

    assert labels(room.member.user) == []
