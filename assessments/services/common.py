"""What every change of an assessment begins with: the lock, and the question whether it is allowed now."""

from datetime import datetime

from django.utils.translation import gettext as _

from assessments.models import Assessment, Step
from assessments.states import why_locked


class NotAllowedNow(Exception):
    """The person may, but the state of things does not allow it now. The text is a sentence for the user."""


def lock_assessment(assessment_id: int) -> Assessment:
    """
    The assessment, locked until the transaction ends, with its cycle, unit, block and criteria version.

    Whoever changes its scores, evidence, decisions or status takes this lock first.

    :raises Assessment.DoesNotExist: there is none
    :raises NotAllowedNow: its cycle is published
    """
    assessment = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("cycle", "unit", "block__version")
        .get(pk=assessment_id)
    )
    if assessment.cycle.published_at is not None:
        raise NotAllowedNow(_("The results of this cycle are published; the sheet no longer changes."))
    return assessment


def self_step(assessment: Assessment) -> Step | None:
    """The self-assessment step of the assessment's cycle."""
    return Step.objects.filter(cycle=assessment.cycle_id, kind=Step.Kind.SELF_ASSESSMENT).first()


def lock_for_writing(assessment_id: int, at: datetime) -> Assessment:
    """
    `lock_assessment`, for what the unit itself writes.

    :raises NotAllowedNow: the sheet is submitted, its deadline has passed, or self-scoring is not open yet
    """
    assessment = lock_assessment(assessment_id)
    reason = why_locked(assessment, self_step(assessment), at)
    if reason is not None:
        raise NotAllowedNow(reason)
    return assessment
