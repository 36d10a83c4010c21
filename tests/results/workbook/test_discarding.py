import pytest
from django.db import IntegrityError, transaction
from guardian.shortcuts import assign_perm

from assessments import cycle_services
from assessments.models import Assessment, Cycle, Evidence, Exemption, LedgerEntry, Score, StatusChange, Step
from councils.models import Assignment, Council, Member
from par_index.core import audit
from par_index.core.models import AuditEntry
from par_index.results import services
from par_index.results.models import Consolidation
from par_index.results.workbook import importer
from par_index.results.workbook.discarding import CannotReplace
from surveys.models import Form, Invitation, MeasuredResult, Questionnaire, RespondentGroup, SealedForm
from tests.factories import CycleFactory, LedgerEntryFactory, UnitFactory, UserFactory, leaf
from tests.workbooks import CYCLE, UNITS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def cycle(store) -> Cycle:
    return store()


@pytest.fixture
def is_replaced(store):
    def attempt(**options) -> bool:
        try:
            store(replace=True, **options)
        except CannotReplace:
            return False
        return True

    return attempt


def test_untouched_cycle_is_replaced_whole(book, cycle, store, at):
    book.sheets[CYCLE][1][1] = "Tên mới"
    book.sheets[UNITS].remove(book.row(UNITS, "A2"))
    new = store(replace=True)
    assert list(Cycle.objects.values_list("pk", "name")) == [(new.pk, "Tên mới")]
    assert Assessment.objects.count() == 1
    assert LedgerEntry.objects.filter(assessment__cycle=new).count() == LedgerEntry.objects.count()
    acts = list(AuditEntry.objects.filter(target="cycle KY").values_list("action", flat=True))
    assert acts == ["cycle.imported", "cycle.discarded", "cycle.imported"]


def test_cycle_may_be_replaced_again_and_again(cycle, is_replaced):
    assert is_replaced()
    assert is_replaced()


def test_new_code_with_replace_is_simply_imported(is_replaced):
    assert is_replaced()


def test_cycle_of_another_body_is_never_replaced(cycle, store):
    with pytest.raises(importer.CycleExists):
        store(replace=True, owner=UnitFactory(code="KHAC"))


def test_cycle_is_replaced_by_nobody_who_does_not_manage_it(cycle, store, is_replaced):
    stranger, manager = UserFactory(), UserFactory()
    assign_perm("assessments.manage_cycle", manager, cycle)
    with pytest.raises(importer.CycleExists):
        store(replace=True, by=stranger)
    assert is_replaced(by=manager)


def test_cycle_that_was_not_imported_is_kept(store):
    cycle = CycleFactory(code="KY")
    with pytest.raises(CannotReplace):
        store(replace=True, owner=cycle.owner)


def test_importer_s_own_work_goes_with_the_cycle(book, store, is_replaced, at):
    person = UserFactory()
    book.sheets[UNITS].remove(book.row(UNITS, "A2"))
    cycle = store(by=person)
    cycle_services.open_step(cycle_id=cycle.pk, kind=Step.Kind.MEETING, ends_at=None, by=person, at=at)
    services.consolidate(cycle_id=cycle.pk, by=person, at=at)
    assert is_replaced(by=person)
    assert not Consolidation.objects.exists()


def test_published_cycle_is_kept(cycle, is_replaced, at):
    Cycle.objects.filter(pk=cycle.pk).update(published_at=at)
    assert not is_replaced()


def written_by_others(cycle: Cycle, other, at) -> dict:
    """One thing that somebody else may have done in the cycle, by name."""
    assessment = cycle.assessments.get(unit__code="A2")
    sheet = {"assessment": assessment, "criterion": leaf(assessment, "1.4")}

    def questionnaire() -> Questionnaire:
        group = RespondentGroup.objects.create(cycle=cycle, code="N", name="Người dân")
        return Questionnaire.objects.create(
            cycle=cycle, block=cycle.blocks.get(), group=group, code="P", title="Phiếu"
        )

    def assignment() -> None:
        council = Council.objects.create(cycle=cycle, name="Hội đồng")
        member = Member.objects.create(council=council, user=other)
        Assignment.objects.create(member=member, block=cycle.blocks.get())

    return {
        "score": lambda: Score.objects.create(**sheet, updated_by=other, updated_at=at),
        "decision": lambda: LedgerEntryFactory(**sheet, by=other),
        "exemption": lambda: Exemption.objects.create(**sheet, by=other, at=at),
        "survey points": lambda: MeasuredResult.objects.create(
            assessment=assessment,
            criterion=leaf(assessment, "2.2"),
            origin="entered",
            points=1,
            by=other,
            at=at,
        ),
        "status": lambda: StatusChange.objects.create(
            assessment=assessment, source="draft", target="submitted", by=other, at=at
        ),
        "evidence": lambda: Evidence.objects.create(assessment=assessment, created_by=other, created_at=at),
        "consolidation": lambda: Consolidation.objects.create(
            cycle=cycle, inputs_digest="0" * 64, computed_by=other, computed_at=at
        ),
        "confirmation": lambda: Consolidation.objects.create(
            cycle=cycle,
            inputs_digest="0" * 64,
            computed_at=at,
            confirmed_by=other,
            confirmed_at=at,
            state="confirmed",
        ),
        "form": lambda: Form.objects.create(questionnaire=questionnaire(), channel="link"),
        "sealed form": lambda: SealedForm.objects.create(
            questionnaire=questionnaire(), unit=assessment.unit, answers=[]
        ),
        "invitation": lambda: Invitation.objects.create(
            questionnaire=questionnaire(), unit=assessment.unit, token_digest="0" * 64
        ),
        "assignment": assignment,
        "step": lambda: audit.record(action="step.opened", by=other, at=at, target=f"cycle {cycle.pk}"),
        "council": lambda: audit.record(
            action="council.appointed", by=other, at=at, target=f"cycle {cycle.code}"
        ),
        "sheet": lambda: audit.record(action="x", by=other, at=at, target=f"assessment {assessment.pk}"),
        "questionnaire": lambda: audit.record(
            action="x", by=other, at=at, target=f"questionnaire {cycle.code}/P"
        ),
        "group": lambda: audit.record(action="x", by=other, at=at, target=f"group {cycle.code}/N"),
    }


WORK = [
    "score",
    "decision",
    "exemption",
    "survey points",
    "status",
    "evidence",
    "consolidation",
    "confirmation",
    "form",
    "sealed form",
    "invitation",
    "assignment",
    "step",
    "council",
    "sheet",
    "questionnaire",
    "group",
]


@pytest.mark.parametrize("work", WORK)
def test_work_of_somebody_else_keeps_the_cycle(cycle, is_replaced, at, work):
    written_by_others(cycle, UserFactory(), at)[work]()
    assert not is_replaced()
    assert Cycle.objects.filter(pk=cycle.pk, discarded_at=None).exists()


def test_operator_may_replace_what_a_person_imported_and_left_untouched(store, is_replaced):
    store(by=UserFactory())
    assert is_replaced()


def test_ledger_lets_no_row_go_while_its_cycle_is_not_discarded(cycle):
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.filter(assessment__cycle=cycle).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        MeasuredResult.objects.filter(assessment__cycle=cycle).delete()
