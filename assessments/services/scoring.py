"""Recording what a unit declares for a leaf."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.models import Assessment, Exemption, LedgerEntry, Score
from assessments.services.common import NotAllowedNow, lock_for_writing
from criteria.models import Criterion
from criteria.queries import tree_of
from criteria.scoring.merging import Stage
from criteria.scoring.numbers import normalise, plain
from criteria.scoring.rules import Field, Rule, parse_number
from criteria.scoring.tree import Source


class StaleVersion(Exception):
    """Somebody else saved the leaf first; `score` is what they saved. Nothing was written."""

    def __init__(self, score: Score | None):
        super().__init__(_("Somebody else has saved this criterion in the meantime."))
        self.score = score


class NotSelfScored(Exception):
    """The criterion is not one that this unit scores itself."""

    def __init__(self):
        super().__init__(_("This criterion is not one that the unit scores itself."))


@transaction.atomic
def record_score(
    *,
    assessment_id: int,
    criterion_id: int,
    declared: Sequence[str] | None,
    account: str | None = None,
    not_applicable: bool = False,
    version: int,
    by,
    at: datetime,
) -> Score | None:
    """
    Set a unit's declared data for one leaf and the points that follow from its rule.

    Points are on the leaf's own scale (0..max_points), half up to 4 decimals. Each change is an entry of the ledger;
    a save that changes nothing writes nothing.

    :param declared: the figures in the order of the rule's fields; None empties the leaf
    :param account: the written reasoning; None leaves it as it is
    :param not_applicable: the unit asks for the leaf not to apply to it; its reason is the account, and the council
        decides. `declared` is then not looked at.
    :param version: of the score that the person saw; 0 when there was none
    :returns: the score, or None where there was none and nothing is declared
    :raises NotAllowedNow: the sheet is not open for writing, or the leaf was settled as not applicable
    :raises NotSelfScored: the criterion is no self-scored leaf of this sheet
    :raises InvalidDeclaration: the data do not fit the rule; one message per field
    :raises StaleVersion: someone else saved first; carries what they saved, for the merge view
    """
    assessment = lock_for_writing(assessment_id, at)
    leaf = self_scored_leaf(assessment, criterion_id)
    values = _values(
        tree_of(assessment.block.version).rule(leaf.code),
        None if not_applicable else declared,
        not_applicable,
    )
    score = Score.objects.select_related("updated_by").filter(assessment=assessment, criterion=leaf).first()
    before = _stored(score)
    wanted = values | {"account": before["account"] if account is None else account.strip()}
    if wanted == before:
        return score
    if version != (score.version if score else 0):
        raise StaleVersion(score)
    return _write(assessment, leaf, score, wanted, by, at)


def self_scored_leaf(assessment: Assessment, criterion_id: int) -> Criterion:
    """
    The leaf of this sheet that the unit scores itself.

    :raises NotSelfScored: there is none with this id
    :raises NotAllowedNow: it was settled as not applicable to the unit
    """
    leaf = Criterion.objects.filter(
        pk=criterion_id, version=assessment.block.version, source=Source.SELF, children__isnull=True
    ).first()
    if leaf is None:
        raise NotSelfScored
    if Exemption.objects.filter(assessment=assessment, criterion=leaf).exists():
        raise NotAllowedNow(_("This criterion does not apply to the unit; nothing is declared for it."))
    return leaf


def _values(rule: Rule, declared: Sequence[str] | None, not_applicable: bool) -> dict:
    """What the rule makes of the declared data, under the names of `Score`'s columns."""
    if declared is None:
        return {"declared": None, "points": None, "not_applicable": not_applicable}
    outcome = rule.score(declared)
    figures = [as_stored(field, text) for field, text in zip(rule.fields, declared, strict=True)]
    return {"declared": figures, "points": outcome.points, "not_applicable": outcome.not_applicable}


def as_stored(field: Field, text: str) -> str:
    """One spelling for each value: a choice as the rule writes it, a number in digits with a point."""
    if field.kind == "choice":
        return next(choice for choice in field.choices if normalise(choice) == normalise(text))
    return plain(parse_number(text))


def _stored(score: Score | None) -> dict:
    if score is None:
        return {"declared": None, "points": None, "not_applicable": False, "account": ""}
    return {
        "declared": score.declared,
        "points": score.points,
        "not_applicable": score.not_applicable,
        "account": score.account,
    }


def _write(
    assessment: Assessment, leaf: Criterion, score: Score | None, values: dict, by, at: datetime
) -> Score:
    if score is None:
        score = Score(assessment=assessment, criterion=leaf, version=0)
    for name, value in values.items():
        setattr(score, name, value)
    score.version += 1
    score.updated_by = by
    score.updated_at = at
    score.save()
    LedgerEntry.objects.create(
        assessment=assessment,
        criterion=leaf,
        stage=Stage.SELF.value,
        act=LedgerEntry.Act.DECLARE,
        declared=score.declared,
        points=score.points,
        not_applicable=score.not_applicable,
        reason=score.account,
        by=by,
        agency=assessment.unit.name,
        at=at,
    )
    return score
