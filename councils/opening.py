"""When the council may decide at all."""

from datetime import datetime

from django.utils.translation import gettext

from assessments.models import Assessment, Step
from assessments.models.assessment import Status

APPRAISABLE = (Status.SUBMITTED, Status.IN_APPRAISAL)
"""States of an assessment in which the council decides."""


def appraisal_step(cycle_id: int) -> Step | None:
    return Step.objects.filter(cycle=cycle_id, kind=Step.Kind.APPRAISAL_1).first()


def why_closed(assessment: Assessment, step: Step | None, at: datetime) -> str | None:
    """
    Why nothing can be decided on this assessment at this moment, as a sentence; None while it can.

    :param step: the appraisal step of the assessment's cycle, if it has one
    """
    if assessment.cycle.published_at is not None:
        return gettext("The results of this cycle are published; nothing changes any more.")
    if assessment.status == Status.FINALISED:
        return gettext("The appraisal of this unit is finalised; nothing changes any more.")
    if assessment.status not in APPRAISABLE:
        return gettext("The unit has not submitted its sheet; it cannot be appraised yet.")
    if step is None or not step.is_open(at):
        return gettext("Appraisal round 1 is not open now; no decision can be recorded.")
    return None
