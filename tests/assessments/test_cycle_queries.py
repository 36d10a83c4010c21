"""How far units are: the same answers as the sheet itself gives, in a fixed number of queries."""

from datetime import timedelta
from decimal import Decimal

import pytest

from assessments.cycle_presenting import FILTERS, matching
from assessments.cycle_queries import State, closing_of, progress_of, rows_of, summaries_of
from assessments.models import Assessment, Evidence, EvidenceLink, Exemption, Step
from assessments.models.assessment import Status
from assessments.queries import completeness, read_sheet
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    ScoreFactory,
    UserFactory,
    leaf,
    open_step,
)

pytestmark = pytest.mark.django_db
SELF = Step.Kind.SELF_ASSESSMENT


@pytest.fixture
def block():
    block = BlockFactory()
    open_step(block.cycle, SELF, ends_at=AT + timedelta(days=3))
    return block


def score(sheet: Assessment, *codes: str, **fields) -> None:
    for code in codes:
        ScoreFactory(assessment=sheet, criterion=leaf(sheet, code), **{"points": Decimal(1)} | fields)


def only(block, at=AT):
    (progress,) = progress_of(block.cycle, at)
    return progress


def varied(block) -> dict[str, Assessment]:
    """Sheets that lack nothing, points, evidence, the reason of a claim, or have a leaf settled."""
    sheets = {
        name: AssessmentFactory(block=block)
        for name in (
            "complete",
            "empty",
            "half",
            "unbacked",
            "claimed",
            "reasoned",
            "exempt",
            "evidenced",
            "emptied",
        )
    }
    score(sheets["complete"], "1.1", "1.2", "1.3", "1.4")
    score(sheets["half"], "1.1", "1.2")
    score(sheets["unbacked"], "1.1", "1.2", "1.3", "1.4", evidence_note="")
    claim = {"points": None, "declared": None, "not_applicable": True}
    score(sheets["claimed"], "1.1", **claim)
    score(sheets["claimed"], "1.2", "1.3", "1.4")
    score(sheets["reasoned"], "1.1", **claim, account="Không có thủ tục")
    score(sheets["reasoned"], "1.2", "1.3", "1.4")
    for code in ("1.1", "1.2"):
        Exemption.objects.create(assessment=sheets["exempt"], criterion=leaf(sheets["exempt"], code), at=AT)
    score(sheets["exempt"], "1.2", "1.3", "1.4")  # 1.2 was scored before it was settled
    score(sheets["evidenced"], "1.1", "1.2", "1.3", "1.4", evidence_note="")
    document = Evidence.objects.create(
        assessment=sheets["evidenced"], created_by=UserFactory(), created_at=AT
    )
    for code in ("1.1", "1.2", "1.3"):
        EvidenceLink.objects.create(evidence=document, criterion=leaf(sheets["evidenced"], code))
    score(sheets["emptied"], "1.1", points=None)
    return sheets


def test_progress_agrees_with_the_completeness_of_each_sheet(block):
    sheets = varied(block)

    found = {progress.assessment.pk: progress for progress in progress_of(block.cycle, AT)}

    expected = completeness(list(Assessment.objects.select_related("block")))
    assert {
        name: (found[sheet.pk].total, found[sheet.pk].scored, found[sheet.pk].is_complete)
        for name, sheet in sheets.items()
    } == {
        name: (expected[sheet.pk].total, expected[sheet.pk].scored, expected[sheet.pk].is_complete)
        for name, sheet in sheets.items()
    }


def test_progress_counts_scored_leaves_without_evidence(block):
    sheets = varied(block)

    found = {progress.assessment.pk: progress.unbacked for progress in progress_of(block.cycle, AT)}

    assert {name: found[sheet.pk] for name, sheet in sheets.items()} == {
        "complete": 0,
        "empty": 0,
        "half": 0,
        "unbacked": 4,
        "claimed": 1,
        "reasoned": 0,
        "exempt": 0,
        "evidenced": 1,
        "emptied": 0,
    }


def test_rows_agree_with_the_total_of_each_sheet(block):
    sheets = varied(block)

    rows = {row.progress.assessment.pk: row for row in rows_of(progress_of(block.cycle, AT))}

    for name, sheet in sheets.items():
        row, whole = rows[sheet.pk], read_sheet(sheet)
        assert (name, row.points, row.max_points) == (name, whole.points, whole.max_points)
        assert [(area.area.code, area.done, area.total) for area in row.areas] == [
            ("1", whole.scored_count, len(whole.counting))
        ]


def test_progress_knows_the_last_save(block):
    sheet = AssessmentFactory(block=block)
    score(sheet, "1.1")
    score(sheet, "1.2", updated_at=AT + timedelta(hours=5))

    assert only(block).saved_at == AT + timedelta(hours=5)


def test_progress_leaves_other_cycles_out(block):
    own = AssessmentFactory(block=block)
    score(AssessmentFactory(), "1.1")

    assert [progress.assessment for progress in progress_of(block.cycle, AT)] == [own]


@pytest.mark.parametrize(
    ("status", "codes", "state"),
    [
        (Status.PREPARING, (), State.PREPARING),
        (Status.DRAFT, (), State.NOT_STARTED),
        (Status.DRAFT, ("1.1",), State.SCORING),
        (Status.DRAFT, ("1.1", "1.2", "1.3", "1.4"), State.COMPLETE),
        (Status.RETURNED, ("1.1",), State.RETURNED),
        (Status.SUBMITTED, (), State.SUBMITTED),
        (Status.IN_APPRAISAL, (), State.IN_APPRAISAL),
        (Status.FINALISED, (), State.FINALISED),
    ],
)
def test_state_follows_status_and_scores(block, status, codes, state):
    score(AssessmentFactory(block=block, status=status), *codes)

    assert only(block).state == state


@pytest.mark.parametrize(
    ("after", "state"), [(timedelta(seconds=-1), State.SCORING), (timedelta(0), State.LOCKED)]
)
def test_state_of_a_draft_is_locked_from_the_deadline_on(block, after, state):
    score(AssessmentFactory(block=block), "1.1")

    assert only(block, AT + timedelta(days=3) + after).state == state


def test_summaries_count_units_by_block(block):
    other = BlockFactory(cycle=block.cycle, position=block.position + 1)
    for status in Status:
        AssessmentFactory(block=block, status=status)
    score(AssessmentFactory(block=block), "1.1")
    AssessmentFactory(block=other, status=Status.FINALISED)
    AssessmentFactory()

    first, second = summaries_of(block.cycle)

    assert (first.block, first.total, first.submitted, first.waiting) == (block, 7, 3, 1)
    assert (first.returned, first.scoring, first.begun, first.not_started) == (1, 1, 2, 2)
    assert (second.block, second.total, second.submitted) == (other, 1, 1)


def test_closing_counts_what_would_happen_to_each_sheet(block):
    varied(block)
    AssessmentFactory(block=block, status=Status.RETURNED)
    AssessmentFactory(block=block, status=Status.SUBMITTED)

    would = closing_of(block.cycle, AT)

    assert (would.complete, would.incomplete, would.returned) == (3, 6, 1)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("", "abcdef"),
        ("chua-bat-dau", "a"),
        ("dang-cham", "bc"),
        ("thieu-minh-chung", "c"),
        ("tra-lai", "d"),
        ("da-nop", "ef"),
    ],
)
def test_filters_pick_units(block, word, names):
    units = {name: AssessmentFactory(block=block, unit__code=name) for name in "abc"}
    score(units["b"], "1.1")
    score(units["c"], "1.1", evidence_note="")
    for name, status in {"d": Status.RETURNED, "e": Status.SUBMITTED, "f": Status.FINALISED}.items():
        AssessmentFactory(block=block, unit__code=name, status=status)
    AssessmentFactory(block=BlockFactory(cycle=block.cycle))

    found = matching(progress_of(block.cycle, AT), block_id=block.pk, word=word)

    assert "".join(sorted(progress.assessment.unit.code for progress in found)) == names


def test_filters_have_an_address_of_their_own_for_everything():
    assert next(iter(FILTERS)) == ""


@pytest.mark.parametrize("units", [1, 40])
def test_progress_and_rows_take_eight_queries_whatever_the_number_of_units(
    block, units, django_assert_num_queries
):
    for _unit in range(units):
        score(AssessmentFactory(block=block), "1.1")

    with django_assert_num_queries(8):
        assert len(rows_of(progress_of(block.cycle, AT))) == units


def test_summaries_take_two_queries(django_assert_num_queries):
    cycle = CycleFactory()
    for _block in range(3):
        AssessmentFactory(block=BlockFactory(cycle=cycle))

    with django_assert_num_queries(2):
        assert len(summaries_of(cycle)) == 3
