"""Every change of the survey: one function for each act, in the cycle manager's name."""

from surveys.services.base import SurveyRefused
from surveys.services.external import InvalidFigure, enter_external
from surveys.services.invitations import invite
from surveys.services.questionnaires import (
    SCALES,
    add_group,
    add_question,
    add_questions_for_leaves,
    change_group,
    change_question,
    change_questionnaire,
    close_questionnaire,
    create_questionnaire,
    delete_questionnaire,
    open_questionnaire,
    remove_question,
)
from surveys.services.responses import import_responses
from surveys.services.results import TallySummary, tally

__all__ = [
    "SCALES",
    "InvalidFigure",
    "SurveyRefused",
    "TallySummary",
    "add_group",
    "add_question",
    "add_questions_for_leaves",
    "change_group",
    "change_question",
    "change_questionnaire",
    "close_questionnaire",
    "create_questionnaire",
    "delete_questionnaire",
    "enter_external",
    "import_responses",
    "invite",
    "open_questionnaire",
    "remove_question",
    "tally",
]
