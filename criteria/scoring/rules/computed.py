"""Rules that compute the points by a formula over the declared figures."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from criteria.scoring.formula import DivisionByZero, Formula, FormulaError, parse_formula
from criteria.scoring.messages import Message, gettext_noop
from criteria.scoring.numbers import normalise
from criteria.scoring.rules.base import Field, Figure, Outcome, Rule, RuleError, RuleKind, capped
from criteria.scoring.rules.entries import (
    ZERO_DENOMINATOR,
    ZeroDenominator,
    read_entry,
    unknown,
    zero_line,
    zero_outcome,
)

POINTS = "điểm"


@dataclass(frozen=True)
class FormulaRule(Rule):
    """
    `mẫu 0 = 0; điểm = min(a / b / 0,7; 1) * tối_đa`: the formula is the last entry, everything after its
    first `=`.

    The declared figures are a, b, c … in the order of `labels`. A division by 0 is refused unless `zero`
    says what it gives.
    """

    formula: Formula
    zero: ZeroDenominator | None

    kind: ClassVar[RuleKind] = RuleKind.FORMULA

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> FormulaRule:
        zero: ZeroDenominator | None = None
        rest = unicodedata.normalize("NFC", parameters)
        while True:
            name, sign, expression_text = rest.partition("=")
            if sign and normalise(name) == POINTS:
                break
            piece, separator, rest = rest.partition(";")
            if not separator:
                message = gettext_noop("The last entry “điểm = …” with the formula is missing.")
                raise RuleError(Message(message))
            entry = read_entry(piece)
            if entry.name != ZERO_DENOMINATOR:
                raise unknown(entry, "“mẫu 0”, “điểm”")
            if zero is not None:
                raise RuleError(Message(gettext_noop("“%(entry)s” stands twice."), {"entry": entry.key}))
            zero = ZeroDenominator.read(entry, max_points)
        try:
            formula = parse_formula(expression_text, variables=len(labels))
        except FormulaError as error:
            raise RuleError(error.message, error.position) from error
        return cls(max_points, labels, formula, zero)

    @property
    def parameters(self) -> str:
        formula = f"{POINTS} = {self.formula.text}"
        return f"{self.zero.text}; {formula}" if self.zero else formula

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return tuple(Field(label, "number") for label in self.labels)

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        formula = self.formula.render(None, self.max_points)
        lines = [Message(gettext_noop("Points = %(value)s"), {"value": formula})]
        if self.zero:
            lines.append(zero_line(self.zero))
        for index, label in enumerate(self.labels):
            values = {"letter": chr(ord("a") + index), "label": label}
            lines.append(Message(gettext_noop("%(letter)s: %(label)s"), values))
        return tuple(lines)

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        try:
            exact = self.formula.evaluate(figures, self.max_points)
        except DivisionByZero:
            return zero_outcome(self.zero, line=1, field=None)
        points, because = capped(self.formula.render(figures, self.max_points), exact, self.max_points)
        return Outcome(points, False, because, 0)
