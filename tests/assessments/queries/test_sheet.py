from decimal import Decimal

import pytest

from assessments.models import Assessment, Exemption, Score, Step
from assessments.queries import read_sheet
from assessments.queries.sheet import previous_assessment
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    EvidenceLinkFactory,
    LedgerEntryFactory,
    ScoreFactory,
    leaf,
    open_step,
)


def codes(leaves) -> list[str]:
    return [one.criterion.code for one in leaves]


def test_sheet_follows_the_tree(desk):
    sheet = read_sheet(desk.sheet)
    assert [area.node.code for area in sheet.areas] == ["1", "2", "T", "P"]
    assert codes(sheet.areas[0].leaves) == ["1.1", "1.2", "1.3", "1.4"]
    assert codes(sheet.counting) == ["1.1", "1.2", "1.3", "1.4"]


def test_sheet_adds_up_the_units_own_points_and_maximum(desk):
    ScoreFactory(assessment=desk.sheet, criterion=desk.leaf("1.4"), points="2.5")
    ScoreFactory(assessment=desk.sheet, criterion=desk.leaf("1.3"), points="1")
    sheet = read_sheet(desk.sheet)
    assert (sheet.points, sheet.max_points, sheet.scored_count) == (Decimal("3.5"), 10, 2)
    assert (sheet.areas[0].points, sheet.areas[0].max_points) == (Decimal("3.5"), 10)
    assert (sheet.areas[1].points, sheet.areas[1].max_points) == (None, 0)


def test_sheet_without_any_score_has_no_points(desk):
    assert read_sheet(desk.sheet).points is None


def test_leaves_that_do_not_apply_leave_the_maximum(desk, at):
    Exemption.objects.create(assessment=desk.sheet, criterion=desk.leaf("1.1"), at=at)
    ScoreFactory(assessment=desk.sheet, criterion=desk.leaf("1.4"), points=None, not_applicable=True)
    assert read_sheet(desk.sheet).max_points == 3


@pytest.mark.parametrize(
    ("scored", "noted", "state"),
    [
        ((), True, "none"),
        (("1.1",), True, "now"),
        (("1.1",), False, "att"),
        (("1.1", "1.2", "1.3", "1.4"), True, "ok"),
        (("1.1", "1.2", "1.3", "1.4"), False, "att"),
    ],
)
def test_state_of_an_area(desk, scored, noted, state):
    for code in scored:
        ScoreFactory(
            assessment=desk.sheet,
            criterion=desk.leaf(code),
            points="0.5",
            evidence_note="có" if noted else "",
        )
    assert read_sheet(desk.sheet).areas[0].state == state


def test_area_that_the_unit_does_not_score_is_locked(desk):
    assert [area.state for area in read_sheet(desk.sheet).areas[1:]] == ["lock", "lock", "lock"]


def test_evidence_backs_its_own_leaf_alone(desk):
    desk.complete()
    Score.objects.update(evidence_note="")
    EvidenceLinkFactory(evidence__assessment=desk.sheet)
    elsewhere = AssessmentFactory(block=desk.sheet.block)
    EvidenceLinkFactory(evidence__assessment=elsewhere, criterion=desk.leaf("1.1"))
    assert codes(read_sheet(desk.sheet).lacking_backing) == ["1.1", "1.2", "1.3"]


@pytest.fixture
def earlier(desk):
    """The same unit's finished sheet of the year before, whose results are published."""
    cycle = CycleFactory(owner=desk.sheet.cycle.owner, year=2024, published_at=AT)
    return AssessmentFactory(
        block=BlockFactory(cycle=cycle), unit=desk.sheet.unit, status=Assessment.Status.FINALISED
    )


def before(desk, code="1.4"):
    return read_sheet(desk.sheet, reader=desk.officer).leaf(desk.leaf(code).pk).before


def test_year_before_shows_the_newest_decision_of_the_highest_stage(desk, earlier):
    ScoreFactory(assessment=earlier, criterion=leaf(earlier, "1.4"), points="3")
    LedgerEntryFactory(assessment=earlier, stage="meeting", points="2.5", reason="Họp Hội đồng")
    LedgerEntryFactory(assessment=earlier, stage="round_1", points="1")
    found = before(desk)
    assert (found.year, found.self_points, found.decided_points, found.cut) == (
        2024,
        3,
        Decimal("2.5"),
        Decimal("0.5"),
    )
    assert found.reason == "Họp Hội đồng"


def test_year_before_without_a_sheet_is_unknown(desk):
    assert before(desk) is None


@pytest.mark.parametrize(
    "change", [{"year": 2023}, {"year": 2025}], ids=["two years ago", "a second cycle of this year"]
)
def test_year_before_is_the_year_before_alone(desk, earlier, change):
    ScoreFactory(assessment=earlier, criterion=leaf(earlier, "1.4"))
    type(earlier.cycle).objects.filter(pk=earlier.cycle_id).update(**change)
    assert before(desk) is None


def test_year_before_of_another_body_is_not_compared(desk, earlier):
    type(earlier.cycle).objects.filter(pk=earlier.cycle_id).update(owner=desk.sheet.unit)
    assert previous_assessment(desk.sheet) is None


def test_year_before_counts_once_its_appraisal_is_finished(desk, earlier):
    Assessment.objects.filter(pk=earlier.pk).update(status=Assessment.Status.IN_APPRAISAL)
    assert previous_assessment(desk.sheet) is None


def test_year_before_is_shown_once_its_decisions_are_released(desk, earlier):
    earlier.cycle.published_at = None
    earlier.cycle.save()
    step = open_step(earlier.cycle, Step.Kind.APPRAISAL_1)
    assert previous_assessment(desk.sheet) is None
    step.closed_at = AT
    step.save()
    assert previous_assessment(desk.sheet) == earlier


def test_sheet_takes_a_fixed_number_of_queries(desk, earlier, django_assert_num_queries):
    desk.complete()
    ScoreFactory(assessment=earlier, criterion=leaf(earlier, "1.4"))
    EvidenceLinkFactory(evidence__assessment=desk.sheet)
    read_sheet(desk.sheet)
    with django_assert_num_queries(5):
        read_sheet(desk.sheet)
    with django_assert_num_queries(10):
        read_sheet(desk.sheet, reader=desk.officer)
