"""Who sees which entries, and that nobody changes them."""

import pytest
from django.db import IntegrityError, transaction
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Cycle, LedgerEntry, StatusChange, Step
from assessments.services import send_back
from tests.factories import AssessmentFactory, LedgerEntryFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def entries(desk):
    """One of each stage of the unit's sheet, and one of another unit."""
    return {
        "self": LedgerEntryFactory(assessment=desk.sheet, stage="self", act="declare"),
        "round_1": LedgerEntryFactory(assessment=desk.sheet),
        "meeting": LedgerEntryFactory(assessment=desk.sheet, stage="meeting"),
        "neighbour": LedgerEntryFactory(assessment=AssessmentFactory(block=desk.sheet.block)),
    }


def seen(user, entries) -> set[str]:
    visible = set(LedgerEntry.objects.visible_to(user))
    return {name for name, entry in entries.items() if entry in visible}


def close_appraisal(desk, at):
    Step.objects.create(cycle=desk.sheet.cycle, kind=Step.Kind.APPRAISAL_1, opened_at=at, closed_at=at)


def test_unit_sees_its_own_entries_alone_until_the_appraisal_is_closed(desk, entries, at):
    assert seen(desk.officer, entries) == {"self"}
    Step.objects.create(cycle=desk.sheet.cycle, kind=Step.Kind.APPRAISAL_1, opened_at=at)
    assert seen(desk.officer, entries) == {"self"}


def test_unit_sees_the_councils_entries_once_the_appraisal_is_closed(desk, entries, at):
    close_appraisal(desk, at)
    assert seen(desk.officer, entries) == {"self", "round_1", "meeting"}


def test_unit_sees_the_councils_entries_once_the_cycle_is_published(desk, entries, at):
    Cycle.objects.update(published_at=at)
    assert seen(desk.leader, entries) == {"self", "round_1", "meeting"}


def test_manager_and_auditor_see_every_entry_of_the_cycle(desk, entries):
    auditor = UserFactory()
    assign_perm("assessments.audit_cycle", auditor, desk.sheet.cycle)
    assert seen(desk.manager, entries) == seen(auditor, entries) == set(entries)


def test_manager_sees_their_own_unit_as_the_unit_does(desk, entries):
    assign_perm("assessments.score_unit", desk.manager, desk.sheet.unit)
    assert seen(desk.manager, entries) == {"self", "neighbour"}


def test_appraiser_sees_the_sheets_given_to_them(desk, entries):
    appraiser = UserFactory()
    assign_perm("assessments.appraise_assessment", appraiser, desk.sheet)
    assert seen(appraiser, entries) == {"self", "round_1", "meeting"}


def test_appraiser_sees_their_own_unit_as_the_unit_does(desk, entries):
    assign_perm("assessments.appraise_assessment", desk.officer, desk.sheet)
    assert seen(desk.officer, entries) == {"self"}


def test_strangers_see_nothing(desk, entries, at):
    close_appraisal(desk, at)
    assert seen(UserFactory(), entries) == seen(UserFactory(is_superuser=True), entries) == set()


@pytest.fixture
def change(desk, at):
    Assessment.objects.update(status=Assessment.Status.SUBMITTED)
    send_back(assessment_id=desk.sheet.pk, reason="Thiếu biểu", by=desk.manager, at=at)
    return StatusChange.objects.get()


@pytest.mark.parametrize("model", [LedgerEntry, StatusChange])
def test_rows_cannot_be_changed_or_deleted(desk, entries, change, model):
    count = model.objects.count()
    with pytest.raises(IntegrityError, match="UPDATE refused"), transaction.atomic():
        model.objects.update(reason="khác")
    with pytest.raises(IntegrityError, match="DELETE refused"), transaction.atomic():
        model.objects.all()[:1].get().delete()
    assert model.objects.count() == count


def test_sheet_with_a_ledger_cannot_be_deleted_either(desk, entries):
    with pytest.raises(IntegrityError), transaction.atomic():
        desk.sheet.delete()


def test_rows_go_with_the_sheets_of_a_discarded_cycle(desk, entries, change, at):
    Cycle.objects.filter(pk=desk.sheet.cycle_id).update(discarded_at=at)
    Assessment.objects.filter(cycle=desk.sheet.cycle_id).delete()
    assert (LedgerEntry.objects.count(), StatusChange.objects.count(), Assessment.objects.count()) == (
        0,
        0,
        0,
    )


def test_rows_of_a_discarded_cycle_still_cannot_be_changed(desk, entries, at):
    Cycle.objects.update(discarded_at=at)
    with pytest.raises(IntegrityError, match="UPDATE refused"), transaction.atomic():
        LedgerEntry.objects.update(points=1)
