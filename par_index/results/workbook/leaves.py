"""The sheet `Điểm` against the criteria: which points may stand where, and what the rules make of declared data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext

from assessments.services.scoring import as_stored
from criteria.scoring.numbers import plain, round_points
from criteria.scoring.rules import (
    InvalidDeclaration,
    Outcome,
    Rule,
    RuleError,
    RuleKind,
    parse_rule,
    split_declared,
)
from criteria.scoring.tree import Node, Source
from criteria.wording import localise
from criteria.workbook.sheets import SOURCE_WORDS, SetBook
from criteria.workbook.tables import Problem, Row, Table
from par_index.results.workbook.book import LeafBook

# The column in which the points of each source stand; a unit's own score beside it for what it scores itself.
POINT_FIELDS = {
    Source.SELF: ("self_points", "appraised_points"),
    Source.APPRAISER: ("appraised_points",),
    Source.SURVEY: ("measured_points",),
    Source.EXTERNAL: ("measured_points",),
    Source.BONUS: ("appraised_points",),
    Source.PENALTY: ("appraised_points",),
}
ALL_POINT_FIELDS = ("self_points", "appraised_points", "measured_points")


@dataclass
class Criteria:
    """The nodes of one set for looking up; of an unsound set as far as it goes."""

    book: SetBook
    _rules: dict[str, Rule | None] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> dict[str, Node]:
        return {content.node.code: content.node for content in reversed(self.book.contents)}

    @cached_property
    def children(self) -> dict[str, list[str]]:
        below: dict[str, list[str]] = {}
        for content in self.book.contents:
            if content.node.parent is not None:
                below.setdefault(content.node.parent, []).append(content.node.code)
        return below

    @cached_property
    def leaves(self) -> list[Node]:
        return [node for code, node in self.nodes.items() if code not in self.children]

    def leaves_under(self, code: str) -> list[str]:
        """The leaves at or below a node."""
        found: dict[str, None] = {}
        seen = {code}
        waiting = [code]
        while waiting:
            below = self.children.get(waiting[-1])
            current = waiting.pop()
            if below is None:
                found[current] = None
            else:
                new = [child for child in below if child not in seen]
                seen.update(new)
                waiting += new[::-1]
        return list(found)

    def rule(self, node: Node) -> Rule | None:
        """The leaf's own rule; None where it has none, or an unreadable one that is reported elsewhere."""
        if node.code not in self._rules:
            rule = None
            if node.rule_kind is not None:
                try:
                    rule = parse_rule(
                        node.rule_kind, node.parameters, max_points=node.max_points, labels=node.labels
                    )
                except RuleError:
                    rule = None
            self._rules[node.code] = rule
        return self._rules[node.code]


class LeafReader:
    """Goes through the sheet `Điểm` row by row; `leaves` holds the result by unit and leaf."""

    def __init__(self, table: Table, criteria_of_unit: Mapping[str, Criteria | None]):
        self.leaves: dict[tuple[str, str], LeafBook] = {}
        self.warnings: list[Problem] = []
        self._table = table
        self._criteria_of_unit = criteria_of_unit
        self._rows: dict[tuple[str, str], Row] = {}

    def read(self) -> None:
        rows = [row for row in self._table.rows if self._is_new_pair(row)]
        exempting = [row for row in rows if row["exempt"]]
        for row in exempting:
            self._exempt(row)
        for row in rows:
            if not row["exempt"]:
                self._score(row)

    def _is_new_pair(self, row: Row) -> bool:
        unit, criterion = row["unit"], row["criterion"]
        if unit is None or criterion is None:
            return False
        if unit not in self._criteria_of_unit:
            self._problem(row, "unit", gettext("The sheet “Đơn vị” holds no unit %(code)s.") % {"code": unit})
            return False
        if (unit, criterion) in self._rows:
            message = gettext("Unit %(unit)s and criterion %(criterion)s stand in row %(row)s already.")
            first = self._rows[unit, criterion].number
            self._problem(row, "criterion", message % {"unit": unit, "criterion": criterion, "row": first})
            return False
        self._rows[unit, criterion] = row
        criteria = self._criteria_of_unit[unit]
        if criteria is None:
            return False
        if criterion not in criteria.nodes:
            message = gettext("The set %(set)s of the unit's block holds no criterion %(code)s.")
            self._problem(row, "criterion", message % {"set": criteria.book.code, "code": criterion})
            return False
        return True

    def _exempt(self, row: Row) -> None:
        """A row marked `x`: the leaf, or every leaf below the node."""
        for name in ALL_POINT_FIELDS:
            if row[name] is not None:
                self._problem(row, name, gettext("Points in a row that is marked as not applicable."))
        unit, criterion = row["unit"], row["criterion"]
        criteria = self._criteria_of_unit[unit]
        if criterion in criteria.children and row["declared"] is not None:
            message = gettext("%(code)s has criteria below it; data are declared for those.")
            self._problem(row, "declared", message % {"code": criterion})
        if not row["reason"]:
            self._warn(row, "reason", gettext("Not applicable without a reason."))
        for code in criteria.leaves_under(criterion):
            own = self.leaves.get((unit, code))
            # The leaf's own row says more than a row on a node above it, whichever comes first.
            if own is None or code == criterion:
                declared = row["declared"] if code == criterion else None
                self.leaves[unit, code] = LeafBook(
                    unit_code=unit,
                    criterion_code=code,
                    exempt=True,
                    declared=_lenient(declared, criteria.rule(criteria.nodes[code])),
                    reason=row["reason"] or "",
                    account=row["account"] or "",
                    evidence=row["evidence"] or "",
                )

    def _score(self, row: Row) -> None:
        unit, code = row["unit"], row["criterion"]
        criteria = self._criteria_of_unit[unit]
        if code in criteria.children:
            message = gettext("%(code)s has criteria below it; points belong to those.")
            self._problem(row, "criterion", message % {"code": code})
            return
        node = criteria.nodes[code]
        covered = self.leaves.get((unit, code))
        if covered is not None:
            self._keep_beside_exemption(row, covered, criteria.rule(node))
            return
        points = self._points(row, node)
        declared, outcome = self._declared(row, criteria.rule(node), node)
        leaf = LeafBook(
            unit_code=unit,
            criterion_code=code,
            declared=declared,
            reason=row["reason"] or "",
            account=row["account"] or "",
            evidence=row["evidence"] or "",
            **points | _computed(node, points, outcome),
        )
        self.leaves[unit, code] = leaf
        if node.source == Source.SELF:
            self._warn_of_self_score(row, leaf, outcome)

    def _keep_beside_exemption(self, row: Row, covered: LeafBook, rule: Rule | None) -> None:
        """A row of its own for a leaf that a node above exempts: texts are kept, points contradict it."""
        for name in ALL_POINT_FIELDS:
            if row[name] is not None:
                message = gettext(
                    "Points for a criterion that is marked as not applicable further up its tree."
                )
                self._problem(row, name, message)
        self.leaves[row["unit"], row["criterion"]] = LeafBook(
            unit_code=covered.unit_code,
            criterion_code=covered.criterion_code,
            exempt=True,
            declared=_lenient(row["declared"], rule),
            reason=row["reason"] or covered.reason,
            account=row["account"] or covered.account,
            evidence=row["evidence"] or covered.evidence,
        )

    def _points(self, row: Row, node: Node) -> dict[str, Decimal]:
        """The points of the row by field, checked against source and maximum, to 4 decimals."""
        found: dict[str, Decimal] = {}
        for name in ALL_POINT_FIELDS:
            value = row[name]
            if value is None or node.source is None:
                continue
            if name not in POINT_FIELDS[node.source]:
                message = gettext(
                    "Criterion %(code)s is of the source “%(source)s”; its points do not stand here."
                )
                self._problem(row, name, message % {"code": node.code, "source": SOURCE_WORDS[node.source]})
            elif not 0 <= value <= node.max_points:
                message = gettext("%(found)s is out of range; 0 to %(max)s points are expected.")
                values = {"found": plain(value, ","), "max": plain(node.max_points, ",")}
                self._problem(row, name, message % values)
            else:
                found[name] = round_points(value)
                if found[name] != value:
                    message = gettext("%(found)s was rounded to %(points)s.")
                    values = {"found": plain(value, ","), "points": plain(found[name], ",")}
                    self._warn(row, name, message % values)
        return found

    def _declared(
        self, row: Row, rule: Rule | None, node: Node
    ) -> tuple[tuple[str, ...] | None, Outcome | None]:
        """The declared figures as they are kept, and what the rule makes of them."""
        text = row["declared"]
        if text is None:
            # Points entered directly are the declared figure.
            points = row["self_points"]
            if points is not None and node.source == Source.SELF and node.rule_kind == RuleKind.DIRECT:
                return (plain(round_points(points)),), None
            return None, None
        if rule is None:
            return _lenient(text, None), None
        pieces = split_declared(text, rule)
        try:
            outcome = rule.score(pieces)
        except InvalidDeclaration as error:
            self._problem(row, "declared", _sentences(error, rule))
            return None, None
        return _stored(pieces, rule), outcome

    def _warn_of_self_score(self, row: Row, leaf: LeafBook, outcome: Outcome | None) -> None:
        typed = leaf.self_points
        if outcome is not None and typed is not None and outcome.points != typed:
            if outcome.not_applicable:
                message = gettext("%(points)s points, but by the rule the criterion does not apply.")
                self._warn(row, "self_points", message % {"points": plain(typed, ",")})
            else:
                message = gettext("%(points)s points, but the rule gives %(computed)s for the declared data.")
                values = {"points": plain(typed, ","), "computed": plain(outcome.points, ",")}
                self._warn(row, "self_points", message % values)
        appraised = leaf.appraised_points
        if appraised is not None and appraised != typed and not leaf.reason:
            self._warn(row, "reason", gettext("The appraisal differs from the self-score without a reason."))
        if (typed is not None or leaf.not_applicable) and not leaf.account and not leaf.evidence:
            self._warn(row, "evidence", gettext("The self-score has neither evidence nor an account."))

    def _problem(self, row: Row, name: str, message: str) -> None:
        self._table.problem(row, name, message)

    def _warn(self, row: Row, name: str, message: str) -> None:
        self.warnings.append(Problem(self._table.place(row, name), message))


def _stored(pieces: Iterable[str], rule: Rule) -> tuple[str, ...]:
    """Figures that fit the rule, in the one spelling in which they are kept."""
    return tuple(map(as_stored, rule.fields, pieces))


def _lenient(text: str | None, rule: Rule | None) -> tuple[str, ...] | None:
    """Declared data of a leaf that no rule scores: figures in their usual spelling, anything else as it was typed."""
    if text is None:
        return None
    if rule is None:
        return tuple(piece.strip() for piece in text.split(";"))
    pieces = split_declared(text, rule)
    try:
        rule.score(pieces)
    except InvalidDeclaration:
        return pieces
    return _stored(pieces, rule)


def _computed(node: Node, points: Mapping[str, Decimal], outcome: Outcome | None) -> dict:
    """What the rule gives where no points were typed; what else was typed stands."""
    name = POINT_FIELDS[node.source][0] if node.source is not None else None
    if outcome is None or name is None or name in points:
        return {}
    if not outcome.not_applicable:
        return {name: outcome.points}
    if node.source == Source.EXTERNAL:
        # Nobody appraises an external figure: where it cannot be, the leaf is settled.
        return {"exempt": True, "reason": localise(outcome.because)}
    return {"not_applicable": True}


def _sentences(error: InvalidDeclaration, rule: Rule) -> str:
    """One sentence per figure that does not fit, each after its label where there are several."""
    found = []
    for position, message in error.errors.items():
        text = localise(message)
        if position is not None and len(rule.fields) > 1:
            label = rule.fields[position].label
            text = f"{label if isinstance(label, str) else localise(label)}: {text}"
        found.append(text)
    return " ".join(found)
