"""
The ballot box: a form comes in through a one-time link and leaves nothing that joins the two.

The link's row and the answers share no key, but on a shelf of rows much else can tell them apart: the order in which
they were written, the transaction that wrote them, a time. So, per questionnaire and unit (the answers name the unit
anyway):

* one UPDATE writes all invitations anew, the used one and the others alike;
* the answers wait sealed, and all sealed forms are written anew in random order, under new random keys, whenever one
  is added; no row carries a time;
* only when `MIXED_TOGETHER` of them wait do they become forms and answers, in random order under random keys, all in
  one transaction; closing the questionnaire releases the rest and forgets which links were used.

docs/adr/0009-the-ballot-box.md says what this protects against and what not.
"""

import random

from django.db import transaction
from django.db.models import BooleanField, Case, Count, F, Value, When
from django.utils.translation import gettext_lazy as _

from surveys import links
from surveys.models import Answer, Form, Invitation, Questionnaire, SealedForm, Turnout

MIXED_TOGETHER = 5
"""How many forms about one unit must wait before they are taken out together."""

_random = random.SystemRandom()


class BallotRefused(Exception):
    """The link opens no form; the text says why, for the respondent."""


class UnknownLink(BallotRefused):
    def __init__(self):
        super().__init__(_("This link opens no form. Check that it was copied whole."))


class LinkUsed(BallotRefused):
    def __init__(self):
        super().__init__(_("This link has been used. Each link takes one form, and yours has been counted."))


class NotOpen(BallotRefused):
    def __init__(self):
        super().__init__(_("This survey has ended and takes no more forms."))


class IncompleteForm(Exception):
    """Answers are missing or are none of the choices; `questions` holds the ids of those questions, in order."""

    def __init__(self, questions: list[int]):
        super().__init__(questions)
        self.questions = questions


def invitation_of(token: str) -> Invitation:
    """
    The open invitation behind a token, with its questionnaire, cycle and unit. One query.

    :raises UnknownLink: no invitation has this token
    :raises NotOpen: its questionnaire takes no forms, or the results of its cycle are published
    :raises LinkUsed: it has been used
    """
    if not links.TOKEN.fullmatch(token):
        raise UnknownLink
    found = (
        Invitation.objects.select_related("questionnaire__cycle", "unit")
        .filter(token_digest=links.digest(token))
        .first()
    )
    if found is None:
        raise UnknownLink
    questionnaire = found.questionnaire
    if questionnaire.state != Questionnaire.State.OPEN or questionnaire.cycle.published_at is not None:
        raise NotOpen
    if found.used:
        raise LinkUsed
    return found


@transaction.atomic
def cast(*, token: str, choices: dict[int, int]) -> None:
    """
    Take one form: `choices` maps questions to options, by their ids. Of two forms with one token, one wins.

    Nothing is logged, and no time is kept: neither belongs to a secret ballot.

    :raises BallotRefused: the link opens no form (any more)
    :raises IncompleteForm: a required answer is missing, or an option is none of its question's
    """
    invitation = invitation_of(token)
    # The questionnaire's row is the lock: forms come in one after another, and none while it is being closed.
    questionnaire = Questionnaire.objects.select_for_update().get(pk=invitation.questionnaire_id)
    invitation = invitation_of(token)
    answers = _checked(questionnaire, choices)
    _mark_used(invitation)
    _seal(invitation, answers)
    waiting = SealedForm.objects.filter(questionnaire=questionnaire, unit=invitation.unit_id)
    if waiting.count() >= MIXED_TOGETHER:
        _release(waiting)


def _checked(questionnaire: Questionnaire, choices: dict[int, int]) -> dict[str, int]:
    answers, faulty = {}, []
    for question in questionnaire.questions.prefetch_related("options"):
        chosen = choices.get(question.pk)
        if chosen is None:
            if question.required:
                faulty.append(question.pk)
        elif any(option.pk == chosen for option in question.options.all()):
            answers[str(question.pk)] = chosen
        else:
            faulty.append(question.pk)
    if faulty:
        raise IncompleteForm(faulty)
    return answers


def _mark_used(invitation: Invitation) -> None:
    Invitation.objects.filter(questionnaire=invitation.questionnaire_id, unit=invitation.unit_id).update(
        used=Case(
            When(token_digest=invitation.token_digest, then=Value(True)),
            default=F("used"),
            output_field=BooleanField(),
        )
    )


def _seal(invitation: Invitation, answers: dict[str, int]) -> None:
    waiting = SealedForm.objects.filter(questionnaire=invitation.questionnaire_id, unit=invitation.unit_id)
    contents = [*waiting.values_list("answers", flat=True), answers]
    waiting.delete()
    _random.shuffle(contents)
    SealedForm.objects.bulk_create(
        SealedForm(questionnaire_id=invitation.questionnaire_id, unit_id=invitation.unit_id, answers=content)
        for content in contents
    )


def _release(waiting) -> int:
    """Turn sealed forms into forms and answers, in random order; returns how many."""
    sealed = list(waiting)
    _random.shuffle(sealed)
    forms = [Form(questionnaire_id=each.questionnaire_id, channel=Form.Channel.LINK) for each in sealed]
    Form.objects.bulk_create(forms)
    Answer.objects.bulk_create(
        (
            Answer(form=form, unit_id=each.unit_id, question_id=int(question), option_id=option)
            for form, each in zip(forms, sealed, strict=True)
            for question, option in each.answers.items()
        ),
        batch_size=5000,
    )
    waiting.delete()
    return len(sealed)


def release_all(questionnaire: Questionnaire) -> int:
    """
    Empty the box of a questionnaire that is being closed and forget which links were used; returns the number of
    forms released. The caller holds the questionnaire's lock.
    """
    used = (
        Invitation.objects.filter(questionnaire=questionnaire, used=True)
        .order_by("unit_id")
        .values_list("unit_id")
        .annotate(number=Count("pk"))
    )
    Turnout.objects.bulk_create(
        Turnout(questionnaire=questionnaire, unit_id=unit, used=number) for unit, number in used
    )
    Invitation.objects.filter(questionnaire=questionnaire).update(used=True)
    return _release(SealedForm.objects.filter(questionnaire=questionnaire))
