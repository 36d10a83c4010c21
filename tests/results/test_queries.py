from decimal import Decimal

import pytest

from assessments.models import Block, Cycle, LedgerEntry, Unit
from criteria.scoring.merging import NoSurvey
from criteria.scoring.rollup import Settings
from par_index.results import queries
from par_index.results.queries import gather
from tests.factories import (
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    ScoreFactory,
    UnitFactory,
    complete_cycle,
    decide,
    decide_all,
    leaf,
    make_version,
    measure,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def cycle() -> Cycle:
    return complete_cycle()


def test_gather_asks_as_many_queries_for_six_units_as_for_three(cycle, django_assert_max_num_queries):
    larger = complete_cycle(code="LON")
    for code in ("D", "E", "F"):
        decide_all(AssessmentFactory(block=larger.blocks.get(), unit__code=code), {})
    gather(cycle)  # the trees of issued versions are read once in a process

    # Two of them are the savepoint that a test's own transaction makes of the snapshot.
    with django_assert_max_num_queries(10) as three_units:
        gather(cycle)
    with django_assert_max_num_queries(10) as six_units:
        gather(larger)

    assert len(six_units) == len(three_units)


def test_gather_starts_from_assessments_not_from_scores(cycle):
    AssessmentFactory(block=cycle.blocks.get(), unit__code="D", position=9)

    (block,) = gather(cycle).blocks

    assert {unit.code: len(unit.leaves) for unit in block.units} == {"A": 7, "B": 7, "C": 7, "D": 0}


def test_gather_leaves_other_cycles_alone(cycle):
    complete_cycle(code="KHAC")

    inputs = gather(cycle)

    assert sum(len(block.units) for block in inputs.blocks) == 3


def test_gather_keeps_a_decision_on_a_leaf_that_the_unit_left_blank(cycle):
    sheet = AssessmentFactory(block=cycle.blocks.get(), unit__code="D", position=9)
    decide(sheet, "1.4", 2)

    (block,) = gather(cycle).blocks

    found = next(unit for unit in block.units if unit.code == "D").leaves["1.4"]
    assert (found.self_points, [opinion.points for opinion in found.opinions]) == (None, [2])


def test_gather_takes_the_settings_of_the_block_before_those_of_the_cycle(cycle):
    Cycle.objects.update(bonus_cap=2, penalty_cap=3, no_survey="rescale", may_exceed=True)
    Block.objects.update(bonus_cap=0, no_survey="zero")

    (block,) = gather(cycle).blocks

    assert block.settings == Settings(bonus_cap=Decimal(0), penalty_cap=Decimal(3), may_exceed=True)
    assert block.no_survey == NoSurvey.ZERO


def test_gather_refuses_a_row_about_criteria_of_another_block(cycle):
    other = BlockFactory(cycle=cycle, version=make_version(code="KHAC"))
    sheet = AssessmentFactory(block=other, unit__code="D")
    ScoreFactory(assessment=sheet, criterion=leaf(cycle.assessments.first(), "1.4"))

    with pytest.raises(ValueError, match="none of its block's version"):
        gather(cycle)


# --- the digest ---------------------------------------------------------------------------------------------------


def test_digest_is_the_same_while_nothing_changes(cycle):
    assert gather(cycle).digest == gather(cycle).digest


CHANGES = {
    "decision": lambda cycle: decide(cycle.assessments.get(unit__code="A"), "1.4", 2),
    "reason": lambda cycle: decide(cycle.assessments.get(unit__code="A"), "1.4", 3, reason="Theo biên bản"),
    "measured": lambda cycle: measure(cycle.assessments.get(unit__code="A"), "2.2", 4),
    "bonus": lambda cycle: decide(cycle.assessments.get(unit__code="A"), "T", 1),
    "self-score": lambda cycle: (
        cycle.assessments.get(unit__code="A").scores.filter(criterion__code="1.4").update(points=1)
    ),
    "unit": lambda cycle: AssessmentFactory(block=cycle.blocks.get(), unit__code="D"),
    "name": lambda cycle: Unit.objects.filter(code="A").update(name="Sở khác"),
    "bands": lambda cycle: Block.objects.update(bands="A >= 85; B"),
    "ties": lambda cycle: Cycle.objects.update(ties="1-1-2"),
    "cap": lambda cycle: Cycle.objects.update(bonus_cap=1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_digest_changes_with_everything_that_the_result_is_made_of(cycle, name):
    before = gather(cycle).digest

    CHANGES[name](cycle)

    assert gather(cycle).digest != before


def test_digest_does_not_change_with_what_only_the_unit_reads(cycle):
    before = gather(cycle).digest

    sheet = cycle.assessments.get(unit__code="A")
    sheet.scores.update(account="Diễn giải mới", evidence_note="Văn bản khác")
    LedgerEntry.objects.create(
        assessment=sheet,
        criterion=leaf(sheet, "1.4"),
        stage="self",
        act="declare",
        points=3,
        at=cycle.created_at,
    )

    assert gather(cycle).digest == before


# --- publications -------------------------------------------------------------------------------------------------


def test_previous_publication_is_of_the_same_body_and_an_earlier_year(published):
    owner = UnitFactory(code="TINH")
    before = published(complete_cycle(owner=owner, code="Y2023", year=2023))
    last = published(complete_cycle(owner=owner, code="Y2024", year=2024))
    published(complete_cycle(code="KHAC", year=2024))

    assert queries.previous_publication(CycleFactory(owner=owner, year=2025)) == last
    assert queries.previous_publication(CycleFactory(owner=owner, year=2024)) == before
    assert queries.previous_publication(CycleFactory(owner=owner, year=2023)) is None
