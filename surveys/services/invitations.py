"""One-time links for the units of a questionnaire."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments.models import Unit
from par_index.core import audit
from surveys import links
from surveys.models import Invitation, Questionnaire
from surveys.services.base import SurveyRefused, lock_questionnaire, target

MOST_AT_ONCE = 2000
"""Links made in one act: more is a sheet nobody prints, and a page that no browser likes."""


@transaction.atomic
def invite(
    *, questionnaire_id: int, unit_ids: list[int], per_unit: int, by, at: datetime
) -> list[links.Link]:
    """
    Make `per_unit` one-time links about each of the units. The tokens exist in the returned value alone; what is kept
    are their digests.

    :raises SurveyRefused: the questionnaire is not open, a unit is not of its block, or too many at once
    """
    questionnaire = lock_questionnaire(questionnaire_id)
    if questionnaire.state != Questionnaire.State.OPEN:
        raise SurveyRefused(_("Links can be made while the questionnaire is open."))
    units = units_of(questionnaire).filter(pk__in=unit_ids)
    if not units or len(units) != len(set(unit_ids)):
        raise SurveyRefused(_("Choose units of the questionnaire's block."))
    if per_unit < 1 or per_unit * len(units) > MOST_AT_ONCE:
        raise SurveyRefused(_("From 1 to %(most)s links can be made at once.") % {"most": MOST_AT_ONCE})
    made = [links.Link(unit=unit, token=links.new_token()) for unit in units for _number in range(per_unit)]
    Invitation.objects.bulk_create(
        Invitation(questionnaire=questionnaire, unit=link.unit, token_digest=links.digest(link.token))
        for link in made
    )
    audit.record(
        action="survey.links_made",
        by=by,
        at=at,
        target=target(questionnaire),
        units=len(units),
        per_unit=per_unit,
    )
    return made


def units_of(questionnaire: Questionnaire):
    """The units that the questionnaire may be about, in the block's order."""
    return Unit.objects.filter(assessments__block=questionnaire.block_id).order_by(
        "assessments__position", "code"
    )
