"""The whole life of an assessment on one screen: which moves there are, and when a unit may still write."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models.assessment import Assessment, Status
from assessments.models.cycle import Step


@dataclass(frozen=True, slots=True)
class Transition:
    """A legal move; `name` is its audit action."""

    name: str
    sources: frozenset[Status]
    target: Status


OPEN = Transition("assessment.opened", frozenset({Status.PREPARING}), Status.DRAFT)
SUBMIT = Transition("assessment.submitted", frozenset({Status.DRAFT, Status.RETURNED}), Status.SUBMITTED)
SEND_BACK = Transition(
    "assessment.sent_back", frozenset({Status.SUBMITTED, Status.IN_APPRAISAL}), Status.RETURNED
)
BEGIN_APPRAISAL = Transition("assessment.appraisal_begun", frozenset({Status.SUBMITTED}), Status.IN_APPRAISAL)
FINALISE = Transition("assessment.finalised", frozenset({Status.IN_APPRAISAL}), Status.FINALISED)


def why_locked(assessment: Assessment, step: Step | None, at: datetime) -> str | None:
    """
    Why the unit cannot write into its sheet at this moment, as a sentence; None while it can.

    A sheet that was sent back stays open past the deadline: sending back is an act that reopens this one sheet.

    :param step: the self-assessment step of the assessment's cycle, if it has one
    """
    if assessment.cycle.published_at is not None:
        return _("The results of this cycle are published; the sheet no longer changes.")
    if assessment.status == Status.RETURNED:
        return None
    if assessment.status not in (Status.PREPARING, Status.DRAFT):
        return _("The sheet has been submitted. It changes again only when it is sent back.")
    if assessment.status == Status.PREPARING or step is None or step.opened_at is None or step.opened_at > at:
        return _("Self-scoring has not been opened yet.")
    if not step.is_open(at):
        ends = [moment for moment in (step.closed_at, step.ends_at) if moment is not None]
        moment = timezone.localtime(min(ends))
        return _("Self-scoring ended at %(time)s; the sheet is locked.") % {
            "time": f"{moment:%H:%M %d/%m/%Y}"
        }
    return None
