"""Each rule that the database keeps by itself."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from assessments.models import Assessment, EvidenceLink, Exemption, Score, Step, UnitSuccession
from tests.factories import (
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    EvidenceLinkFactory,
    LedgerEntryFactory,
    ScoreFactory,
    UnitFactory,
    leaf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def sheet():
    return AssessmentFactory()


def refused(make) -> bool:
    try:
        with transaction.atomic():
            make()
    except IntegrityError:
        return True
    return False


def test_unit_code_is_given_once_below_a_parent():
    body = UnitFactory(code="GOC")
    UnitFactory(code="SO01", parent=body)
    assert refused(lambda: UnitFactory(code="SO01", parent=body))
    assert not refused(lambda: UnitFactory(code="SO01", parent=UnitFactory()))


def test_unit_code_is_given_once_among_top_bodies():
    UnitFactory(code="GOC")
    assert refused(lambda: UnitFactory(code="GOC"))


def test_unit_is_not_valid_backwards():
    assert refused(lambda: UnitFactory(valid_from=date(2025, 7, 1), valid_to=date(2025, 6, 30)))
    assert not refused(lambda: UnitFactory(valid_from=date(2025, 7, 1), valid_to=date(2025, 7, 1)))


def test_succession_is_named_once_and_never_of_itself():
    old, new = UnitFactory(), UnitFactory()
    UnitSuccession.objects.create(predecessor=old, successor=new)
    assert refused(lambda: UnitSuccession.objects.create(predecessor=old, successor=new))
    assert refused(lambda: UnitSuccession.objects.create(predecessor=old, successor=old))


def test_cycle_period_does_not_end_before_it_begins():
    assert refused(lambda: CycleFactory(period_from=date(2025, 1, 2), period_to=date(2025, 1, 1)))


@pytest.mark.parametrize("cap", ["bonus_cap", "penalty_cap"])
def test_cycle_caps_are_not_negative(cap):
    assert refused(lambda: CycleFactory(**{cap: "-1"}))
    assert not refused(lambda: CycleFactory(**{cap: "0"}))


def test_cycle_code_is_given_once():
    CycleFactory(code="MAU2025")
    assert refused(lambda: CycleFactory(code="MAU2025"))


def test_block_code_is_given_once_in_a_cycle():
    block = BlockFactory(code="SO")
    assert refused(lambda: BlockFactory(code="SO", cycle=block.cycle))
    assert not refused(lambda: BlockFactory(code="SO"))


def test_step_is_once_in_a_cycle_ends_after_its_start_and_closes_only_when_open(at):
    cycle = CycleFactory()
    kind = Step.Kind.SELF_ASSESSMENT
    assert refused(lambda: Step.objects.create(cycle=cycle, kind=kind, starts_at=at, ends_at=at))
    assert refused(lambda: Step.objects.create(cycle=cycle, kind=kind, closed_at=at))
    Step.objects.create(cycle=cycle, kind=kind, starts_at=at, ends_at=at + timedelta(days=1))
    assert refused(lambda: Step.objects.create(cycle=cycle, kind=kind))


def test_unit_has_one_assessment_in_a_cycle(sheet):
    other = BlockFactory(cycle=sheet.cycle)
    assert refused(lambda: AssessmentFactory(block=other, unit=sheet.unit))


def test_leaf_has_one_score(sheet):
    ScoreFactory(assessment=sheet)
    assert refused(lambda: ScoreFactory(assessment=sheet))


def test_score_is_not_negative(sheet):
    assert refused(lambda: ScoreFactory(assessment=sheet, points="-0.0001", declared=None))


def test_score_is_either_points_or_not_applicable(sheet):
    assert refused(lambda: ScoreFactory(assessment=sheet, points="1", not_applicable=True))
    assert not refused(lambda: ScoreFactory(assessment=sheet, points=None, not_applicable=True))


def test_leaf_is_exempt_once(sheet, at):
    def exempt():
        Exemption.objects.create(assessment=sheet, criterion=leaf(sheet, "1.4"), at=at)

    exempt()
    assert refused(exempt)


def test_document_backs_a_leaf_once(sheet):
    link = EvidenceLinkFactory(evidence__assessment=sheet)
    assert refused(lambda: EvidenceLink.objects.create(evidence=link.evidence, criterion=link.criterion))


def test_ledger_holds_no_negative_points(sheet):
    assert refused(lambda: LedgerEntryFactory(assessment=sheet, points="-1"))


def test_unit_with_an_assessment_is_kept(sheet):
    with pytest.raises(Exception, match="protected"):
        sheet.unit.delete()
    assert Assessment.objects.count() == 1


def test_objects_name_themselves_for_people(sheet, at):
    link = EvidenceLinkFactory(evidence__assessment=sheet, evidence__number="402/BC")
    assert str(link.evidence) == "402/BC"
    assert str(sheet) == f"{sheet.unit.name} 2025"
    assert str(Score(assessment=sheet, criterion=leaf(sheet, "1.4"), points=1)).endswith(": 1")
