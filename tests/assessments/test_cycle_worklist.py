"""What waits for a cycle's manager, and what the home page shows of the cycle."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from assessments import cycle_worklist
from assessments.models import Step
from assessments.models.assessment import Status
from par_index.core.worklist import Task
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    ScoreFactory,
    UserFactory,
    open_step,
)

pytestmark = pytest.mark.django_db
SELF = Step.Kind.SELF_ASSESSMENT
DEADLINE = AT + timedelta(days=3)
PAGE = "/ky/MAU2025/"


@pytest.fixture
def block():
    return BlockFactory(cycle__code="MAU2025")


@pytest.fixture
def manager(block):
    user = UserFactory()
    assign_perm("assessments.manage_cycle", user, block.cycle)
    return user


def tasks(user, at=AT) -> list[Task]:
    return list(cycle_worklist.tasks(user, at))


def test_prepared_cycle_asks_to_open_self_scoring(block, manager):
    (task,) = tasks(manager)

    assert task.url == f"{PAGE}buoc/tu-danh-gia/mo/"


def test_step_whose_planned_day_has_come_is_overdue(block, manager):
    Step.objects.create(cycle=block.cycle, kind=SELF, starts_at=AT - timedelta(days=1), ends_at=DEADLINE)

    (task,) = tasks(manager)

    assert (task.url, task.due, task.overdue) == (f"{PAGE}buoc/tu-danh-gia/mo/", AT - timedelta(days=1), True)


@pytest.mark.parametrize(
    ("after", "url", "overdue"),
    [
        (timedelta(seconds=-1), PAGE, False),
        (timedelta(0), f"{PAGE}buoc/tu-danh-gia/dong/", True),
    ],
)
def test_open_step_is_to_be_closed_and_overdue_from_its_deadline_on(block, manager, after, url, overdue):
    open_step(block.cycle, SELF, ends_at=DEADLINE)

    (task,) = tasks(manager, DEADLINE + after)

    assert (task.url, task.due, task.overdue) == (url, DEADLINE, overdue)


def test_units_that_have_not_begun_wait_until_the_deadline(block, manager):
    open_step(block.cycle, SELF, ends_at=DEADLINE)
    AssessmentFactory(block=block)
    AssessmentFactory(block=BlockFactory(cycle=block.cycle))
    ScoreFactory(assessment=AssessmentFactory(block=block))

    _close, idle = tasks(manager)

    assert (idle.count, idle.url, idle.due) == (2, f"{PAGE}?loc=chua-bat-dau#don-vi", DEADLINE)


def test_submitted_and_returned_sheets_wait(block, manager):
    open_step(block.cycle, SELF)
    AssessmentFactory(block=block, status=Status.RETURNED)
    for status in (Status.SUBMITTED, Status.SUBMITTED, Status.IN_APPRAISAL):
        AssessmentFactory(block=block, status=status)

    found = tasks(manager)

    assert [(task.count, task.url) for task in found] == [
        (1, f"{PAGE}?loc=tra-lai#don-vi"),
        (2, f"{PAGE}?loc=da-nop#don-vi"),
    ]


def test_published_cycle_asks_for_nothing(block, manager):
    block.cycle.published_at = AT
    block.cycle.save()
    AssessmentFactory(block=block, status=Status.SUBMITTED)

    assert tasks(manager) == []


@pytest.mark.parametrize("permission", [None, "assessments.audit_cycle"])
def test_nobody_but_the_manager_has_tasks(block, permission):
    user = UserFactory()
    if permission:
        assign_perm(permission, user, block.cycle)
    AssessmentFactory(block=block, status=Status.SUBMITTED)

    assert tasks(user) == []


def test_tasks_of_a_cycle_take_four_queries_whatever_the_number_of_units(
    block, manager, django_assert_num_queries
):
    open_step(block.cycle, SELF, ends_at=DEADLINE)
    for _unit in range(20):
        AssessmentFactory(block=block)

    with django_assert_num_queries(4):
        tasks(manager)


def test_home_shows_the_newest_cycle_under_way(client, block, manager):
    for year, published_at in ((2024, AT), (2026, AT)):
        past = CycleFactory(year=year, published_at=published_at)
        assign_perm("assessments.manage_cycle", manager, past)
    AssessmentFactory(block=block, status=Status.SUBMITTED)
    client.force_login(manager)

    page = client.get("/").content.decode()

    assert f"<h1>{block.cycle.name}</h1>" in page
    assert f'href="{PAGE}tien-do.xlsx"' in page
    assert "1 đơn vị, 1 khối" in page


def test_home_of_an_officer_shows_no_cycle(client, block):
    sheet = AssessmentFactory(block=block)
    officer = UserFactory()
    assign_perm("assessments.score_unit", officer, sheet.unit)
    client.force_login(officer)

    page = client.get("/").content.decode()

    assert PAGE not in page


def test_home_is_about_the_cycle_with_an_open_step_before_others_under_way(block, manager):
    open_step(block.cycle, SELF, ends_at=DEADLINE)
    later = CycleFactory(code="A-SAU", year=block.cycle.year + 1)
    assign_perm("assessments.manage_cycle", manager, later)

    assert cycle_worklist.current_cycle(manager) == block.cycle


def test_home_is_about_a_cycle_under_way_before_newer_ones_that_are_published(block, manager):
    published = CycleFactory(code="A-SAU", year=block.cycle.year + 1, published_at=AT)
    assign_perm("assessments.manage_cycle", manager, published)

    assert cycle_worklist.current_cycle(manager) == block.cycle


def test_strip_names_the_open_step_and_its_deadline(block, manager):
    open_step(block.cycle, SELF, ends_at=DEADLINE)

    assert cycle_worklist.strip(manager, AT) == ("1/5 – Tự đánh giá, chấm điểm", DEADLINE)
