"""Declared data, rules and hints in words, as the desk shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext

from assessments.forms import label_of, shown
from assessments.models import Assessment, LedgerEntry
from councils.queries.desk import LeafDesk
from criteria.scoring.rules import Outcome, Rule
from criteria.wording import localise
from par_index.core.templatetags.portal import points, signed, vndate


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a rule; `is_hit` marks the one that gave the points."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at, computed from the sheet; it decides nothing. `state` is "ok" or "att"."""

    state: str
    title: str
    text: str = ""


def declared_pairs(rule: Rule, declared: Sequence[str] | None) -> list[tuple[str, str]]:
    """Label and value of each declared figure; empty when nothing is declared."""
    return [
        (label_of(field), shown(field, value))
        for field, value in zip(rule.fields, declared or (), strict=False)
    ]


def rule_lines(rule: Rule, outcome: Outcome | None) -> list[Line]:
    hit = outcome.line if outcome else None
    return [Line(localise(message), position == hit) for position, message in enumerate(rule.lines)]


def hints(leaf: LeafDesk, assessment: Assessment) -> list[Hint]:
    """What deserves a look before deciding: from the rule, the evidence and the year before."""
    if not leaf.row.is_self_scored:
        return []
    return [*_rule_hints(leaf), *_evidence_hints(leaf, assessment), *_past_hints(leaf)]


def _rule_hints(leaf: LeafDesk) -> list[Hint]:
    row = leaf.row
    if row.claims_not_applicable:
        return [Hint("att", gettext("The unit says that this criterion does not apply to it."))]
    if row.self_points is None:
        return [Hint("att", gettext("The unit gave no points."), gettext("Decide with a reason."))]
    if leaf.difference is not None:
        return [
            Hint(
                "att",
                gettext("The typed points differ from the rule."),
                gettext("The declared data give %(computed)s points, %(difference)s against those typed.")
                % {"computed": points(leaf.computed.points), "difference": signed(leaf.difference)},
            )
        ]
    if row.score.declared is not None and leaf.computed is None:
        return [Hint("att", gettext("The declared data do not fit the rule."))]
    return []


def _evidence_hints(leaf: LeafDesk, assessment: Assessment) -> list[Hint]:
    row, cycle = leaf.row, assessment.cycle
    found = []
    if not row.has_evidence:
        if row.has_account_only:
            found.append(Hint("att", gettext("No evidence, only an account.")))
        elif row.score is not None:
            found.append(Hint("att", gettext("Neither evidence nor account.")))
    dated = [link.evidence for link in leaf.evidence if link.evidence.issued_on]
    outside = [one for one in dated if not cycle.period_from <= one.issued_on <= cycle.period_to]
    found += [
        Hint(
            "att",
            gettext("A document lies outside the assessed period."),
            gettext("%(document)s was issued on %(date)s; the period runs from %(from)s to %(to)s.")
            % {
                "document": one,
                "date": vndate(one.issued_on),
                "from": vndate(cycle.period_from),
                "to": vndate(cycle.period_to),
            },
        )
        for one in outside
    ]
    if dated and not outside:
        found.append(Hint("ok", gettext("All dated documents lie within the assessed period.")))
    return found


def _past_hints(leaf: LeafDesk) -> list[Hint]:
    before, row = leaf.before, leaf.row
    if before is None or before.cut <= 0 or row.self_points is None:
        return []
    if row.self_points < row.criterion.max_points:
        return []
    text = gettext("In %(year)s the council took off %(cut)s points.") % {
        "year": before.year,
        "cut": points(before.cut),
    }
    if before.reason:
        text += " " + gettext("Reason: %(reason)s") % {"reason": before.reason}
    return [Hint("att", gettext("Full points after a cut last year."), text)]


def trial_text(outcome: Outcome, expected: Decimal | None) -> str:
    """What a figure would give, against the points that need no reason."""
    text = localise(outcome.because)
    if outcome.points is None or expected is None or outcome.points == expected:
        return text
    return gettext("%(calculation)s; %(difference)s against the unit's own points.") % {
        "calculation": text,
        "difference": signed(outcome.points - expected),
    }


def because(leaf: LeafDesk) -> str:
    """How the rule comes to its points for the declared data; empty where nothing is computed."""
    return localise(leaf.computed.because) if leaf.computed else ""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One ledger entry in words; `figures` only where the entry names its declared data."""

    entry: LedgerEntry
    figures: str


def history(leaf: LeafDesk) -> list[HistoryLine]:
    """The leaf's entries, oldest first."""
    return [
        HistoryLine(
            entry,
            "; ".join(f"{label}: {value}" for label, value in declared_pairs(leaf.rule, entry.declared)),
        )
        for entry in leaf.history
    ]


def decided_text(code: str, entry: LedgerEntry) -> str:
    if entry.not_applicable:
        return gettext("%(code)s: recorded as not applicable.") % {"code": code}
    if entry.act == LedgerEntry.Act.ACCEPT:
        return gettext("%(code)s: accepted at %(points)s points.") % {
            "code": code,
            "points": points(entry.points),
        }
    return gettext("%(code)s: recorded at %(points)s points.") % {
        "code": code,
        "points": points(entry.points),
    }
