from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation
from guardian.shortcuts import assign_perm

from assessments import worklist
from assessments.models import Assessment, Cycle, Step
from assessments.queries import completeness, read_sheet
from tests.assessments.conftest import DEADLINE
from tests.factories import AssessmentFactory, BlockFactory, CycleFactory, UserFactory, open_step

Status = Assessment.Status


def tasks(user, at):
    return [(task.count, task.url, task.due, task.overdue) for task in worklist.tasks(user, at)]


def url(desk, name="sheet"):
    return reverse(f"assessments:{name}", args=[desk.sheet.pk])


def test_officer_is_told_how_many_criteria_are_incomplete_and_until_when(desk, at):
    assert tasks(desk.officer, at) == [(4, url(desk), DEADLINE, False)]


def test_officer_with_a_complete_sheet_has_nothing_to_do(desk, at):
    desk.complete()
    assert tasks(desk.officer, at) == []


def test_leader_is_told_of_a_complete_sheet(desk, at):
    desk.complete()
    assert tasks(desk.leader, at) == [(1, url(desk, "submit"), DEADLINE, False)]


def test_sheet_past_its_deadline_is_overdue(desk):
    assert tasks(desk.officer, DEADLINE) == [(4, url(desk), DEADLINE, True)]


def test_returned_sheet_waits_without_a_deadline(desk, at):
    Assessment.objects.update(status=Status.RETURNED)
    assert tasks(desk.officer, at) == [(1, url(desk), None, False)]


@pytest.mark.parametrize(
    "status", [Status.PREPARING, Status.SUBMITTED, Status.IN_APPRAISAL, Status.FINALISED]
)
def test_sheet_that_is_not_with_the_unit_is_no_task(desk, at, status):
    Assessment.objects.update(status=status)
    assert tasks(desk.officer, at) == []


def test_sheet_of_a_step_not_opened_yet_is_no_task(desk, at):
    Step.objects.update(opened_at=None)
    assert tasks(desk.officer, at) == []


def test_strangers_have_no_tasks(desk, at):
    assert tasks(UserFactory(), at) == tasks(desk.manager, at) == []


def test_tasks_take_the_same_queries_for_many_units(desk, at, django_assert_num_queries):
    for _count in range(5):
        assign_perm("assessments.score_unit", desk.officer, AssessmentFactory(block=desk.sheet.block).unit)
    with django_assert_num_queries(8):
        assert len(tasks(desk.officer, at)) == 6


def test_task_of_a_leader_who_does_not_score_is_to_look(desk, at):
    with translation.override("en"):
        (officers,), (leaders,) = worklist.tasks(desk.officer, at), worklist.tasks(desk.leader, at)
    assert (officers.action, leaders.action) == ("Go on scoring", "See the sheet")


def test_panels_of_an_officer_are_the_steps_and_the_own_unit_alone(desk, at, rf):
    AssessmentFactory(block=desk.sheet.block)
    request = rf.get("/")
    request.user = desk.officer
    head, own = worklist.panels(request, at)
    assert (head.wide, head.context["cycle"]) == (True, desk.sheet.cycle)
    assert [sheet.assessment for sheet in own.context["sheets"]] == [desk.sheet]


def test_panels_leave_the_head_to_whoever_manages_the_cycle(desk, at, rf):
    assign_perm("assessments.manage_cycle", desk.officer, desk.sheet.cycle)
    request = rf.get("/")
    request.user = desk.officer
    assert [panel.wide for panel in worklist.panels(request, at)] == [False]


def test_panels_of_strangers_and_of_published_cycles_are_none(desk, at, rf):
    request = rf.get("/")
    request.user = UserFactory()
    assert list(worklist.panels(request, at)) == []
    request.user = desk.officer
    Cycle.objects.update(published_at=at)
    assert list(worklist.panels(request, at)) == []


def test_menu_leads_those_with_a_unit_to_their_sheet(desk, rf):
    request = rf.get("/")
    request.user = desk.officer
    assert [item.url for item in worklist.menu(request)] == [reverse("assessments:sheets")]
    request.user = desk.manager
    assert list(worklist.menu(request)) == []


def test_strip_names_the_open_step_and_its_deadline(desk, at):
    text, deadline = worklist.strip(desk.officer, at)
    assert text.startswith("1/5 – ")
    assert deadline == DEADLINE


def test_strip_of_somebody_without_a_unit_is_left_to_others(desk, at):
    assert worklist.strip(desk.manager, at) is None


def test_strip_of_a_cycle_between_steps_says_so(desk, at):
    Step.objects.update(closed_at=at)
    _text, deadline = worklist.strip(desk.officer, at)
    assert deadline is None


def test_strip_speaks_of_the_newest_unpublished_cycle(desk, at):
    newer = AssessmentFactory(
        unit=desk.sheet.unit, block=BlockFactory(cycle=CycleFactory(owner=desk.sheet.cycle.owner, year=2026))
    )
    open_step(newer.cycle, Step.Kind.APPRAISAL_1, ends_at=at + timedelta(days=1))
    assert worklist.strip(desk.officer, at)[1] == at + timedelta(days=1)
    Cycle.objects.filter(pk=newer.cycle_id).update(published_at=at)
    assert worklist.strip(desk.officer, at)[1] == DEADLINE


def test_strip_of_the_sheet_counts_what_this_sheet_lacks(desk, at):
    assert "4" in worklist.sheet_strip(read_sheet(desk.sheet), at).waiting
    desk.complete()
    assert "4" not in worklist.sheet_strip(read_sheet(desk.sheet), at).waiting


def test_strip_of_a_published_sheet_says_so_instead_of_a_step(desk, at):
    desk.sheet.cycle.published_at = at
    with translation.override("en"):
        strip = worklist.sheet_strip(read_sheet(desk.sheet), at)
    assert (strip.step, strip.waiting, strip.deadline) == ("published", "nothing", None)


def test_completeness_counts_each_sheet_by_itself(desk, django_assert_num_queries):
    other = AssessmentFactory(block=desk.sheet.block)
    desk.complete()
    with django_assert_num_queries(4):
        counts = completeness([desk.sheet, other])
    assert (counts[desk.sheet.pk].scored, counts[desk.sheet.pk].is_complete) == (4, True)
    assert (counts[other.pk].total, counts[other.pk].incomplete, counts[other.pk].is_untouched) == (
        4,
        4,
        True,
    )
