"""A leaf as one card of the sheet: its form, the rule's lines, what applies, what is wrong."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from assessments.forms import LeafForm, label_of, shown
from assessments.models import EvidenceLink, Score
from assessments.queries import Leaf
from criteria.scoring.rules import InvalidDeclaration, Outcome
from criteria.wording import localise


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved this leaf while the reader typed: `theirs` is stored, `mine` is not."""

    mine: str
    my_outcome: Outcome | None
    theirs: str
    score: Score
    typed_at: datetime


@dataclass
class Card:
    """
    `outcome` is what the figures in the form give (None while they give nothing); `editable` whether this reader may
    write now; `saved` whether the form shows what is stored.
    """

    leaf: Leaf
    form: LeafForm
    editable: bool
    outcome: Outcome | None = None
    conflict: Conflict | None = None
    saved: bool = True
    late_evidence: list[EvidenceLink] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.leaf.criterion.pk

    @property
    def state(self) -> str:
        """`invalid`, `conflict`, `exempt`, `asked` (the unit says it does not apply), `unbacked` or nothing."""
        if self.form.errors:
            return "invalid"
        if self.conflict:
            return "conflict"
        if self.leaf.exemption:
            return "exempt"
        if self.outcome is None and self.leaf.is_not_applicable:
            return "asked"
        return "unbacked" if self.leaf.is_scored and self.leaf.lacks_backing else ""

    @property
    def points(self):
        """What stands at the card's head: unknown while the figures give nothing."""
        return self.outcome.points if self.outcome else None

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """The rule for reading; the line that applies is marked."""
        hit = self.outcome.line if self.outcome else None
        return [(localise(line), index == hit) for index, line in enumerate(self.leaf.rule.lines)]

    @property
    def because(self) -> str:
        if self.form.errors:
            return _("No points: the data are not right.")
        # A choice's sentence is its line once more.
        if self.outcome is None or self.outcome.because in self.leaf.rule.lines:
            return ""
        return localise(self.outcome.because)

    @property
    def shown_figures(self) -> str:
        """The stored figures as the page shows them, a JSON list for the script."""
        return json.dumps([bound.initial or "" for bound in self.form.figures])

    @property
    def field_errors(self) -> list[tuple[str, str, str]]:
        """(id of the control, label, sentence) of each wrong figure."""
        return [
            (bound.auto_id, bound.label, error) for bound in self.form.figures for error in bound.errors
        ] + [("", "", error) for error in self.form.non_field_errors()]


def card_of(leaf: Leaf, *, editable: bool, period: tuple) -> Card:
    """The card of what is stored. `period`: first and last day of the assessed year."""
    form = LeafForm(rule=leaf.rule, leaf_id=leaf.criterion.pk, score=leaf.score)
    editable = editable and leaf.counts
    for bound in form:
        bound.field.disabled = not editable
    outcome = outcome_of(leaf, leaf.score.declared) if leaf.score else None
    return Card(leaf, form, editable, outcome, late_evidence=outside(leaf, period))


def outcome_of(leaf: Leaf, declared: list[str] | None) -> Outcome | None:
    """What the figures give; None when they give nothing (also when an import stored what does not fit the rule)."""
    if not declared:
        return None
    try:
        return leaf.rule.score(declared)
    except InvalidDeclaration:
        return None


def outside(leaf: Leaf, period: tuple) -> list[EvidenceLink]:
    """Documents issued outside of the assessed year: a warning, since some of them are right all the same."""
    first, last = period
    return [
        link
        for link in leaf.links
        if link.evidence.issued_on and not first <= link.evidence.issued_on <= last
    ]


def declared_text(leaf: Leaf, declared: list[str] | None, *, not_applicable: bool) -> str:
    """Declared data on one line: “Đúng hạn 129, Tổng số 137”."""
    if declared is None:
        return _("not applicable") if not_applicable else _("nothing declared")
    fields = leaf.rule.fields
    values = [shown(one, text) for one, text in zip(fields, declared, strict=False)]
    if len(fields) == 1:
        return values[0]
    return "; ".join(f"{label_of(one)}: {value}" for one, value in zip(fields, values, strict=False))
