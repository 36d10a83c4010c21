"""Groups of respondents, questionnaires and their questions: drafted, opened (frozen), closed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from assessments.models import Block
from criteria.models import Criterion
from criteria.scoring.tree import Source
from par_index.core import audit
from surveys import ballot_box
from surveys.models import Option, Question, Questionnaire, RespondentGroup
from surveys.services.base import SurveyRefused, lock_cycle, lock_draft, lock_questionnaire, target


@dataclass(frozen=True, slots=True)
class Choice:
    """An option to be made: `weight` as in `Option`."""

    code: str
    text: str
    weight: Decimal | None


DO_NOT_KNOW = Choice("KB", gettext_noop("Don't know"), None)
SCALES = {
    # docs/domain.md §6: 100/60/20/0 % by default
    "quality": (
        Choice("A", gettext_noop("Good"), Decimal(1)),
        Choice("B", gettext_noop("Fair"), Decimal("0.6")),
        Choice("C", gettext_noop("Average"), Decimal("0.2")),
        Choice("D", gettext_noop("Poor"), Decimal(0)),
        DO_NOT_KNOW,
    ),
    # Likert 5…1, evenly from 100 % to 0
    "satisfaction": (
        Choice("5", gettext_noop("Very satisfied"), Decimal(1)),
        Choice("4", gettext_noop("Satisfied"), Decimal("0.75")),
        Choice("3", gettext_noop("Neutral"), Decimal("0.5")),
        Choice("2", gettext_noop("Dissatisfied"), Decimal("0.25")),
        Choice("1", gettext_noop("Very dissatisfied"), Decimal(0)),
        DO_NOT_KNOW,
    ),
    "yes_no": (
        Choice("C", gettext_noop("Yes"), Decimal(1)),
        Choice("K", gettext_noop("No"), Decimal(0)),
        DO_NOT_KNOW,
    ),
}


@transaction.atomic
def add_group(
    *, cycle_id: int, code: str, name: str, weight: Decimal, minimum: int, by, at: datetime
) -> RespondentGroup:
    """
    Add a group of respondents to the cycle.

    :raises SurveyRefused: the cycle is published, or has a group with this code
    """
    cycle = lock_cycle(cycle_id)
    if cycle.respondent_groups.filter(code=code).exists():
        raise SurveyRefused(_("The cycle has a group with the code %(code)s already.") % {"code": code})
    group = RespondentGroup.objects.create(cycle=cycle, code=code, name=name, weight=weight, minimum=minimum)
    audit.record(
        action="survey.group_added",
        by=by,
        at=at,
        target=f"group {cycle.code}/{code}",
        weight=str(weight),
        minimum=minimum,
    )
    return group


@transaction.atomic
def change_group(*, group_id: int, name: str, weight: Decimal, minimum: int, by, at: datetime) -> None:
    """
    Change a group's name, weight or minimum; results follow with the next tally.

    :raises SurveyRefused: the cycle is published
    """
    group = RespondentGroup.objects.select_related("cycle").get(pk=group_id)
    lock_cycle(group.cycle_id)
    before = {"name": group.name, "weight": str(group.weight), "minimum": group.minimum}
    group.name, group.weight, group.minimum = name, weight, minimum
    group.save(update_fields=["name", "weight", "minimum"])
    audit.record(
        action="survey.group_changed",
        by=by,
        at=at,
        target=f"group {group.cycle.code}/{group.code}",
        before=before,
        after={"name": name, "weight": str(weight), "minimum": minimum},
    )


@transaction.atomic
def create_questionnaire(
    *,
    cycle_id: int,
    block_id: int,
    group_id: int,
    code: str,
    title: str,
    introduction: str = "",
    by,
    at: datetime,
) -> Questionnaire:
    """
    Draft a questionnaire for one group about the units of one block, both of this cycle.

    :raises SurveyRefused: the cycle is published, or has a questionnaire with this code
    """
    cycle = lock_cycle(cycle_id)
    if cycle.questionnaires.filter(code=code).exists():
        raise SurveyRefused(
            _("The cycle has a questionnaire with the code %(code)s already.") % {"code": code}
        )
    questionnaire = Questionnaire.objects.create(
        cycle=cycle,
        block=cycle.blocks.get(pk=block_id),
        group=cycle.respondent_groups.get(pk=group_id),
        code=code,
        title=title,
        introduction=introduction,
    )
    audit.record(action="survey.questionnaire_created", by=by, at=at, target=target(questionnaire))
    return questionnaire


@transaction.atomic
def change_questionnaire(*, questionnaire_id: int, title: str, introduction: str, by, at: datetime) -> None:
    """:raises SurveyRefused: the questionnaire has been opened"""
    questionnaire = lock_draft(questionnaire_id)
    questionnaire.title, questionnaire.introduction = title, introduction
    questionnaire.save(update_fields=["title", "introduction"])
    audit.record(action="survey.questionnaire_changed", by=by, at=at, target=target(questionnaire))


@transaction.atomic
def delete_questionnaire(*, questionnaire_id: int, by, at: datetime) -> None:
    """:raises SurveyRefused: the questionnaire has been opened, so people may have answered it"""
    questionnaire = lock_draft(questionnaire_id)
    audit.record(
        action="survey.questionnaire_deleted",
        by=by,
        at=at,
        target=target(questionnaire),
        title=questionnaire.title,
    )
    questionnaire.delete()


@transaction.atomic
def add_questions_for_leaves(*, questionnaire_id: int, scale: str = "quality", by, at: datetime) -> int:
    """
    Add one question for each survey leaf of the block that has none in this questionnaire; returns how many.

    :raises SurveyRefused: the questionnaire has been opened, or each survey leaf has its question
    """
    questionnaire = lock_draft(questionnaire_id)
    asked = questionnaire.questions.values("criterion")
    leaves = list(survey_leaves(questionnaire.block).exclude(pk__in=asked))
    if not leaves:
        raise SurveyRefused(_("Each survey criterion of the block has a question here already."))
    for leaf in leaves:
        with override(settings.LANGUAGE_CODE):  # what respondents read is data in the portal's own language
            text = gettext("How do you rate this: %(criterion)s?") % {"criterion": leaf.name}
        _append(questionnaire, leaf, text[:1000], scale)
    audit.record(
        action="survey.questions_added", by=by, at=at, target=target(questionnaire), number=len(leaves)
    )
    return len(leaves)


@transaction.atomic
def add_question(
    *, questionnaire_id: int, criterion_id: int, text: str, scale: str, by, at: datetime
) -> Question:
    """
    Add a question on one survey leaf of the block, with the options of a scale of `SCALES`.

    :raises SurveyRefused: the questionnaire has been opened
    """
    questionnaire = lock_draft(questionnaire_id)
    leaf = survey_leaves(questionnaire.block).get(pk=criterion_id)
    question = _append(questionnaire, leaf, text, scale)
    audit.record(
        action="survey.question_added", by=by, at=at, target=target(questionnaire), question=question.code
    )
    return question


@transaction.atomic
def change_question(*, question_id: int, criterion_id: int, text: str, by, at: datetime) -> None:
    """:raises SurveyRefused: the questionnaire has been opened"""
    question = Question.objects.get(pk=question_id)
    questionnaire = lock_draft(question.questionnaire_id)
    question.criterion = survey_leaves(questionnaire.block).get(pk=criterion_id)
    question.text = text
    question.save(update_fields=["criterion", "text"])
    audit.record(
        action="survey.question_changed", by=by, at=at, target=target(questionnaire), question=question.code
    )


@transaction.atomic
def remove_question(*, question_id: int, by, at: datetime) -> None:
    """:raises SurveyRefused: the questionnaire has been opened"""
    question = Question.objects.get(pk=question_id)
    questionnaire = lock_draft(question.questionnaire_id)
    question.delete()
    audit.record(
        action="survey.question_removed", by=by, at=at, target=target(questionnaire), question=question.code
    )


@transaction.atomic
def open_questionnaire(*, questionnaire_id: int, by, at: datetime) -> None:
    """
    Open it for answers; from now on its questions are frozen, in the database too.

    :raises SurveyRefused: it is not a draft, or has no question
    """
    questionnaire = lock_draft(questionnaire_id)
    if not questionnaire.questions.exists():
        raise SurveyRefused(_("Add at least one question before opening the questionnaire."))
    _move(questionnaire, Questionnaire.State.OPEN, "survey.questionnaire_opened", by, at)


@transaction.atomic
def close_questionnaire(*, questionnaire_id: int, by, at: datetime) -> None:
    """
    Close it for good: the box is emptied, and which links were used is forgotten.

    :raises SurveyRefused: it is not open
    """
    questionnaire = lock_questionnaire(questionnaire_id)
    if questionnaire.state != Questionnaire.State.OPEN:
        raise SurveyRefused(_("Only an open questionnaire can be closed."))
    ballot_box.release_all(questionnaire)
    _move(questionnaire, Questionnaire.State.CLOSED, "survey.questionnaire_closed", by, at)


def survey_leaves(block: Block):
    """The leaves of the block whose points come from the survey, in document order."""
    return Criterion.objects.filter(version=block.version_id, source=Source.SURVEY).order_by("position")


def _move(questionnaire: Questionnaire, state: str, action: str, by, at: datetime) -> None:
    questionnaire.state = state
    questionnaire.save(update_fields=["state"])
    audit.record(action=action, by=by, at=at, target=target(questionnaire))


def _append(questionnaire: Questionnaire, leaf: Criterion, text: str, scale: str) -> Question:
    last = questionnaire.questions.aggregate(last=Max("position"))["last"] or 0
    codes = set(questionnaire.questions.values_list("code", flat=True))
    number = next(n for n in range(last + 1, last + len(codes) + 2) if f"C{n}" not in codes)
    question = Question.objects.create(
        questionnaire=questionnaire, code=f"C{number}", position=last + 1, text=text, criterion=leaf
    )
    with override(settings.LANGUAGE_CODE):
        Option.objects.bulk_create(
            Option(
                question=question,
                code=choice.code,
                position=position,
                text=gettext(choice.text),
                weight=choice.weight,
            )
            for position, choice in enumerate(SCALES[scale], start=1)
        )
    return question
