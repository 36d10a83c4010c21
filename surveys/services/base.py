"""What the survey's services share: their refusal, and the locks they look and write under."""

from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle
from surveys.models import Questionnaire


class SurveyRefused(Exception):
    """The act cannot be done now; the text is a sentence for the user that says why and what to do."""


def lock_cycle(cycle_id: int) -> Cycle:
    """
    The cycle's row, held to the transaction's end.

    :raises SurveyRefused: the cycle has been published
    """
    cycle = Cycle.objects.select_for_update().get(pk=cycle_id)
    refuse_published(cycle)
    return cycle


def lock_questionnaire(questionnaire_id: int) -> Questionnaire:
    """
    The questionnaire's row, held to the transaction's end, with its cycle, block and group.

    :raises SurveyRefused: the cycle has been published
    """
    questionnaire = (
        Questionnaire.objects.select_for_update(of=("self",))
        .select_related("cycle", "block", "group")
        .get(pk=questionnaire_id)
    )
    refuse_published(questionnaire.cycle)
    return questionnaire


def lock_draft(questionnaire_id: int) -> Questionnaire:
    """:raises SurveyRefused: the questionnaire has been opened, and its questions are frozen"""
    questionnaire = lock_questionnaire(questionnaire_id)
    if questionnaire.state != Questionnaire.State.DRAFT:
        raise SurveyRefused(_("The questionnaire has been opened: its questions are frozen."))
    return questionnaire


def refuse_published(cycle: Cycle) -> None:
    if cycle.published_at is not None:
        raise SurveyRefused(_("The cycle has been published: nothing of its survey can change any more."))


def target(questionnaire: Questionnaire) -> str:
    """The questionnaire's name in the log of acts."""
    return f"questionnaire {questionnaire.cycle.code}/{questionnaire.code}"
