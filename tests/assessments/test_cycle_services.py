"""Steps open and close by acts; a deadline submits what is complete and locks what is not."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from assessments import cycle_services
from assessments.cycle_services import AppliesAlready, DeadlineInPast, OwnUnit
from assessments.models import Assessment, Exemption, Score, Step
from assessments.services import NotAllowedNow, ReasonMissing, record_score
from par_index.core.models import AuditEntry
from tests.factories import AT, AssessmentFactory, CycleFactory, ScoreFactory, UserFactory, leaf, open_step

pytestmark = pytest.mark.django_db
SELF = Step.Kind.SELF_ASSESSMENT
DEADLINE = AT + timedelta(days=3)


def complete(assessment: Assessment) -> Assessment:
    for code in ("1.1", "1.2", "1.3", "1.4"):
        ScoreFactory(assessment=assessment, criterion=leaf(assessment, code), points=1)
    return assessment


def test_open_step_moves_sheets_in_preparation_to_being_scored():
    preparing = AssessmentFactory(status=Assessment.Status.PREPARING)
    other_cycle = AssessmentFactory(status=Assessment.Status.PREPARING)

    step = cycle_services.open_step(
        cycle_id=preparing.cycle_id, kind=SELF, ends_at=DEADLINE, by=UserFactory(), at=AT
    )

    preparing.refresh_from_db()
    other_cycle.refresh_from_db()
    assert step.is_open(AT)
    assert preparing.status == Assessment.Status.DRAFT
    assert other_cycle.status == Assessment.Status.PREPARING
    assert AuditEntry.objects.get(action="step.opened").detail["opened"] == 1


def test_open_step_with_a_deadline_in_the_past_is_refused():
    cycle = CycleFactory()

    with pytest.raises(DeadlineInPast):
        cycle_services.open_step(cycle_id=cycle.pk, kind=SELF, ends_at=AT, by=None, at=AT)

    assert not cycle.steps.exists()


def test_open_step_twice_is_refused():
    cycle = CycleFactory()
    open_step(cycle, SELF)

    with pytest.raises(NotAllowedNow):
        cycle_services.open_step(cycle_id=cycle.pk, kind=SELF, ends_at=None, by=None, at=AT)


def test_open_step_again_after_its_deadline_extends_it():
    assessment = AssessmentFactory()
    open_step(assessment.cycle, SELF, ends_at=AT + timedelta(hours=1))
    late = AT + timedelta(hours=2)

    cycle_services.open_step(cycle_id=assessment.cycle_id, kind=SELF, ends_at=DEADLINE, by=None, at=late)

    record_score(
        assessment_id=assessment.pk,
        criterion_id=leaf(assessment, "1.4").pk,
        declared=["2"],
        version=0,
        by=UserFactory(),
        at=late,
    )
    assert Score.objects.get(assessment=assessment).points == 2


def test_open_step_of_a_published_cycle_is_refused():
    cycle = CycleFactory(published_at=AT)

    with pytest.raises(NotAllowedNow):
        cycle_services.open_step(cycle_id=cycle.pk, kind=SELF, ends_at=None, by=None, at=AT)


def test_close_step_submits_complete_drafts_and_locks_incomplete_ones():
    ready = complete(AssessmentFactory())
    unfinished = AssessmentFactory(block=ready.block)
    open_step(ready.cycle, SELF, ends_at=DEADLINE)

    cycle_services.close_step(cycle_id=ready.cycle_id, kind=SELF, by=UserFactory(), at=AT)

    ready.refresh_from_db()
    unfinished.refresh_from_db()
    assert (ready.status, ready.submitted_automatically) == (Assessment.Status.SUBMITTED, True)
    assert unfinished.status == Assessment.Status.DRAFT
    with pytest.raises(NotAllowedNow):
        record_score(
            assessment_id=unfinished.pk,
            criterion_id=leaf(unfinished, "1.4").pk,
            declared=["2"],
            version=0,
            by=UserFactory(),
            at=AT + timedelta(minutes=1),
        )


def test_close_step_past_its_deadline_still_submits_complete_drafts():
    ready = complete(AssessmentFactory())
    open_step(ready.cycle, SELF, ends_at=DEADLINE)

    cycle_services.close_step(cycle_id=ready.cycle_id, kind=SELF, by=None, at=DEADLINE + timedelta(days=1))

    ready.refresh_from_db()
    assert ready.status == Assessment.Status.SUBMITTED


def test_close_step_twice_is_refused():
    cycle = CycleFactory()
    open_step(cycle, SELF)
    cycle_services.close_step(cycle_id=cycle.pk, kind=SELF, by=None, at=AT)

    with pytest.raises(NotAllowedNow):
        cycle_services.close_step(cycle_id=cycle.pk, kind=SELF, by=None, at=AT)


@pytest.mark.parametrize("permission", ["assessments.score_unit", "assessments.lead_unit"])
def test_send_back_sheet_of_the_managers_own_unit_is_refused(permission):
    submitted = AssessmentFactory(status=Assessment.Status.SUBMITTED)
    manager = UserFactory()
    assign_perm(permission, manager, submitted.unit)

    with pytest.raises(OwnUnit, match=submitted.unit.name):
        cycle_services.send_back_sheet(assessment_id=submitted.pk, reason="Thiếu", by=manager, at=AT)

    submitted.refresh_from_db()
    assert submitted.status == Assessment.Status.SUBMITTED


def test_send_back_sheet_of_another_unit_returns_it():
    submitted = AssessmentFactory(status=Assessment.Status.SUBMITTED)

    cycle_services.send_back_sheet(
        assessment_id=submitted.pk, reason="Thiếu phụ lục", by=UserFactory(), at=AT
    )

    submitted.refresh_from_db()
    assert submitted.status == Assessment.Status.RETURNED
    assert submitted.status_changes.get().reason == "Thiếu phụ lục"


def test_exempt_leaf_leaves_the_units_sheet():
    preparing = AssessmentFactory(status=Assessment.Status.PREPARING)

    cycle_services.exempt(
        assessment_id=preparing.pk,
        criterion_id=leaf(preparing, "1.1").pk,
        reason="Không có thủ tục hành chính",
        by=UserFactory(),
        at=AT,
    )

    assert Exemption.objects.get().reason == "Không có thủ tục hành chính"


def test_exempt_without_reason_is_refused():
    preparing = AssessmentFactory(status=Assessment.Status.PREPARING)

    with pytest.raises(ReasonMissing):
        cycle_services.exempt(
            assessment_id=preparing.pk,
            criterion_id=leaf(preparing, "1.1").pk,
            reason=" ",
            by=UserFactory(),
            at=AT,
        )


def test_exempt_once_self_scoring_has_begun_is_refused():
    draft = AssessmentFactory()

    with pytest.raises(NotAllowedNow):
        cycle_services.exempt(
            assessment_id=draft.pk, criterion_id=leaf(draft, "1.1").pk, reason="x", by=UserFactory(), at=AT
        )


def test_withdraw_exemption_makes_the_leaf_apply_again():
    preparing = AssessmentFactory(status=Assessment.Status.PREPARING)
    criterion = leaf(preparing, "1.1")
    by = UserFactory()
    cycle_services.exempt(assessment_id=preparing.pk, criterion_id=criterion.pk, reason="x", by=by, at=AT)

    cycle_services.withdraw_exemption(assessment_id=preparing.pk, criterion_id=criterion.pk, by=by, at=AT)

    assert not Exemption.objects.exists()
    with pytest.raises(AppliesAlready):
        cycle_services.withdraw_exemption(assessment_id=preparing.pk, criterion_id=criterion.pk, by=by, at=AT)
