import pytest

from assessments.models import Assessment, Block
from criteria.scoring.merging import MissingKind
from par_index.results.checklist import Incomplete, check, compute
from par_index.results.queries import gather
from tests.factories import (
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    complete_cycle,
    decide_all,
    make_version,
)

pytestmark = pytest.mark.django_db


def test_check_finds_nothing_missing_in_a_complete_cycle():
    checklist = check(gather(complete_cycle()))
    assert checklist.ready
    assert (checklist.units, checklist.missing, checklist.lines()) == (3, 0, [])


def test_check_counts_what_is_missing_by_kind_and_unit():
    cycle = complete_cycle()
    AssessmentFactory(block=cycle.blocks.get(), unit__code="D", unit__name="Sở D", position=9)

    checklist = check(gather(cycle))

    assert not checklist.ready
    assert {gap.kind: gap.count for gap in checklist.gaps} == {
        MissingKind.UNDECIDED: 5,
        MissingKind.NO_SURVEY: 1,
        MissingKind.NO_EXTERNAL: 1,
    }
    assert checklist.missing == 7


def test_check_says_when_a_whole_block_has_no_survey():
    block = BlockFactory(code="SO")
    for code in ("A", "B"):
        sheet = AssessmentFactory(block=block, unit__code=code)
        decide_all(sheet, {})
    other = BlockFactory(cycle=block.cycle, code="XA")
    AssessmentFactory(block=other, unit__code="C")

    gaps = {gap.kind: [unit.unit_code for unit in gap.units] for gap in check(gather(block.cycle)).gaps}

    assert gaps[MissingKind.NO_SURVEY_IN_BLOCK] == ["C"]
    assert MissingKind.NO_SURVEY not in gaps


def test_units_that_are_not_finalised_are_a_notice_only():
    cycle = complete_cycle()
    cycle.assessments.filter(unit__code="B").update(status=Assessment.Status.IN_APPRAISAL)

    checklist = check(gather(cycle))

    assert checklist.ready
    assert checklist.open_units == ("Sở B",)


def test_criteria_that_are_not_issued_are_an_obstacle():
    cycle = complete_cycle()
    draft = make_version(code="NHAP", issued=False)
    Block.objects.create(
        cycle=cycle, code="XA", name="Khối xã", position=99, version=draft, bands=cycle.blocks.first().bands
    )

    with pytest.raises(Incomplete) as caught:
        compute(gather(cycle))

    (obstacle,) = caught.value.checklist.obstacles
    assert "Khối xã" in obstacle


def test_a_cycle_without_units_is_an_obstacle():
    assert not check(gather(CycleFactory())).ready


def test_incomplete_names_the_first_few_and_counts_the_rest():
    cycle = complete_cycle()
    for code in ("D", "E"):
        AssessmentFactory(block=cycle.blocks.get(), unit__code=code, unit__name=f"Sở {code}", position=9)

    with pytest.raises(Incomplete) as caught:
        compute(gather(cycle))

    assert "Sở D, 1.1" in str(caught.value)
    assert "4" in str(caught.value).rpartition(";")[2]
