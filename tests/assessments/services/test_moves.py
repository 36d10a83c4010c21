from datetime import timedelta

import pytest
from django.db import transaction

from assessments.models import Assessment, Exemption, Score, StatusChange
from assessments.services import (
    Incomplete,
    NotAllowedNow,
    ReasonMissing,
    begin_appraisal,
    finalise,
    lock_assessment,
    move_all,
    send_back,
    submit,
)
from assessments.states import OPEN
from par_index.core.models import AuditEntry
from tests.assessments.conftest import DEADLINE
from tests.factories import AssessmentFactory

Status = Assessment.Status


def changes(desk):
    return list(
        StatusChange.objects.filter(assessment=desk.sheet).values_list(
            "source", "target", "reason", "by", "at"
        )
    )


def test_submit_hands_a_complete_sheet_in(desk, at):
    desk.complete()
    sheet = submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    sheet.refresh_from_db()
    assert (sheet.status, sheet.submitted_at, sheet.submitted_automatically) == (Status.SUBMITTED, at, False)
    assert changes(desk) == [("draft", "submitted", "", desk.leader.pk, at)]
    audited = AuditEntry.objects.filter(target=f"assessment {sheet.pk}").values_list("action", "actor")
    assert list(audited) == [("assessment.submitted", desk.leader.pk)]


def test_submit_refuses_an_untouched_sheet_and_names_every_leaf(desk, at):
    with pytest.raises(Incomplete) as refused:
        submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    codes = ["1.1", "1.2", "1.3", "1.4"]
    assert [leaf.code for leaf in refused.value.missing.points] == codes
    assert [leaf.code for leaf in refused.value.missing.backing] == codes
    assert refused.value.missing.leaf_count == 4
    desk.sheet.refresh_from_db()
    assert desk.sheet.status == Status.DRAFT


def test_submit_refuses_a_leaf_with_neither_evidence_nor_account(desk, at):
    desk.complete()
    Score.objects.filter(criterion__code="1.2").update(evidence_note="")
    with pytest.raises(Incomplete) as refused:
        submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    assert (refused.value.missing.points, refused.value.missing.backing) == ((), (desk.leaf("1.2"),))


def test_submit_takes_an_account_in_place_of_evidence(desk, at):
    desk.complete()
    Score.objects.update(evidence_note="", account="Tính theo sổ theo dõi")
    assert submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at).status == Status.SUBMITTED


def test_submit_wants_the_reason_of_a_leaf_that_the_unit_says_does_not_apply(desk, at):
    desk.complete()
    Score.objects.filter(criterion__code="1.4").update(not_applicable=True, points=None, declared=None)
    with pytest.raises(Incomplete) as refused:
        submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    assert refused.value.missing.backing == (desk.leaf("1.4"),)


def test_submit_asks_nothing_of_an_exempt_leaf(desk, at):
    desk.complete()
    Score.objects.get(criterion__code="1.3").delete()
    Exemption.objects.create(assessment=desk.sheet, criterion=desk.leaf("1.3"), at=at)
    assert submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at).status == Status.SUBMITTED


def test_submit_refuses_a_draft_after_the_deadline(desk):
    desk.complete()
    with pytest.raises(NotAllowedNow):
        submit(assessment_id=desk.sheet.pk, by=desk.leader, at=DEADLINE)


def test_submit_by_the_portal_at_the_deadline_is_marked(desk):
    desk.complete()
    sheet = submit(assessment_id=desk.sheet.pk, by=None, at=DEADLINE, automatic=True)
    assert sheet.submitted_automatically is True


def test_submit_twice_is_refused(desk, at):
    desk.complete()
    submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    with pytest.raises(NotAllowedNow):
        submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    assert len(changes(desk)) == 1


def test_send_back_returns_the_sheet_with_its_reason(desk, at):
    desk.complete()
    submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    sheet = send_back(assessment_id=desk.sheet.pk, reason=" Thiếu biểu quý IV ", by=desk.manager, at=at)
    assert sheet.status == Status.RETURNED
    assert changes(desk)[-1] == ("submitted", "returned", "Thiếu biểu quý IV", desk.manager.pk, at)


def test_send_back_needs_a_reason(desk, at):
    with pytest.raises(ReasonMissing):
        send_back(assessment_id=desk.sheet.pk, reason="  ", by=desk.manager, at=at)


@pytest.mark.parametrize("status", [Status.PREPARING, Status.DRAFT, Status.RETURNED, Status.FINALISED])
def test_send_back_refuses_a_sheet_that_is_not_submitted(desk, at, status):
    Assessment.objects.update(status=status)
    with pytest.raises(NotAllowedNow):
        send_back(assessment_id=desk.sheet.pk, reason="Thiếu biểu", by=desk.manager, at=at)
    assert changes(desk) == []


def test_returned_sheet_is_submitted_again_after_the_deadline(desk):
    desk.complete()
    Assessment.objects.update(status=Status.RETURNED)
    sheet = submit(assessment_id=desk.sheet.pk, by=desk.leader, at=DEADLINE + timedelta(days=2))
    assert sheet.status == Status.SUBMITTED


def test_appraisal_begins_once_and_ends_finalised(desk, at):
    Assessment.objects.update(status=Status.SUBMITTED)
    with transaction.atomic():
        begin_appraisal(assessment=lock_assessment(desk.sheet.pk), by=desk.manager, at=at)
    with pytest.raises(NotAllowedNow), transaction.atomic():
        begin_appraisal(assessment=lock_assessment(desk.sheet.pk), by=desk.manager, at=at)
    with transaction.atomic():
        finalise(assessment=lock_assessment(desk.sheet.pk), by=desk.manager, at=at)
    desk.sheet.refresh_from_db()
    assert (desk.sheet.status, desk.sheet.finalised_at) == (Status.FINALISED, at)
    assert [change[:2] for change in changes(desk)] == [
        ("submitted", "in_appraisal"),
        ("in_appraisal", "finalised"),
    ]


def test_finalise_refuses_a_sheet_whose_appraisal_has_not_begun(desk, at):
    Assessment.objects.update(status=Status.SUBMITTED)
    with pytest.raises(NotAllowedNow), transaction.atomic():
        finalise(assessment=lock_assessment(desk.sheet.pk), by=desk.manager, at=at)


@pytest.mark.parametrize("count", [1, 7])
def test_move_all_takes_the_same_queries_for_many_sheets(desk, at, count, django_assert_num_queries):
    sheets = AssessmentFactory.create_batch(count, block=desk.sheet.block, status=Status.PREPARING)
    with django_assert_num_queries(2):
        moved = move_all(sheets, OPEN, by=desk.manager, at=at)
    assert moved == count
    assert Assessment.objects.filter(status=Status.DRAFT).count() == count + 1
    assert StatusChange.objects.filter(target=Status.DRAFT).count() == count


def test_move_all_changes_nothing_when_one_sheet_is_elsewhere(desk, at):
    ready = AssessmentFactory(block=desk.sheet.block, status=Status.PREPARING)
    with pytest.raises(NotAllowedNow):
        move_all([ready, desk.sheet], OPEN, by=desk.manager, at=at)
    ready.refresh_from_db()
    assert (ready.status, StatusChange.objects.count()) == (Status.PREPARING, 0)


def test_lock_assessment_refuses_a_published_cycle(desk, at):
    desk.sheet.cycle.published_at = at
    desk.sheet.cycle.save()
    with pytest.raises(NotAllowedNow), transaction.atomic():
        lock_assessment(desk.sheet.pk)
