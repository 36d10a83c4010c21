"""Rules that count: so many points for each, or so many off for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from criteria.scoring.messages import Message, expression, gettext_noop, points_phrase
from criteria.scoring.rules.base import (
    Field,
    Figure,
    Outcome,
    Rule,
    RuleKind,
    capped,
    label_at,
    require_labels,
)
from criteria.scoring.rules.entries import Points, read_amount, require_unique, split_entries, unknown

EACH = "mỗi"


@dataclass(frozen=True)
class CountRule(Rule):
    """`mỗi = 0,5`: points for each one counted, up to the maximum."""

    each: Points

    kind: ClassVar[RuleKind] = RuleKind.COUNT

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> CountRule:
        entries = split_entries(parameters)
        require_unique(entries)
        for entry in entries:
            if entry.name != EACH:
                raise unknown(entry, "“mỗi”")
        require_labels(labels, 1)
        return cls(max_points, labels, read_amount(entries[0], max_points))

    @property
    def parameters(self) -> str:
        return f"{EACH} = {self.each.text}"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return (Field(label_at(self.labels, 0, Message(gettext_noop("Number"))), "count"),)

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        values = {"each": points_phrase(self.each.amount), "max": points_phrase(self.max_points)}
        return (Message(gettext_noop("Each: %(each)s, at most %(max)s"), values),)

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        calculation = expression([figures[0], " × ", self.each.amount])
        points, because = capped(
            calculation, Fraction(figures[0]) * Fraction(self.each.amount), self.max_points
        )
        return Outcome(points, False, because, 0)


@dataclass(frozen=True)
class Violation:
    """One kind of violation (nameless for `mỗi`) and what each of them costs."""

    name: str
    each: Points


@dataclass(frozen=True)
class DeductionRule(Rule):
    """
    `báo cáo muộn = 0,25; báo cáo thiếu = 0,5`: from the maximum down to 0; one count for each kind, in
    order.
    """

    violations: tuple[Violation, ...]

    kind: ClassVar[RuleKind] = RuleKind.DEDUCTION

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> DeductionRule:
        entries = split_entries(parameters)
        require_unique(entries)
        require_labels(labels, len(entries))
        violations = (
            Violation("" if entry.name == EACH else entry.key, read_amount(entry, max_points))
            for entry in entries
        )
        return cls(max_points, labels, tuple(violations))

    @property
    def parameters(self) -> str:
        return "; ".join(f"{violation.name or EACH} = {violation.each.text}" for violation in self.violations)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        unnamed = Message(gettext_noop("Number of violations"))
        return tuple(
            Field(label_at(self.labels, position, violation.name or unnamed), "count")
            for position, violation in enumerate(self.violations)
        )

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        none = Message(gettext_noop("No violation: %(points)s"), {"points": points_phrase(self.max_points)})
        return (none, *(_line(violation) for violation in self.violations))

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        exact = Fraction(self.max_points)
        parts: list[str | Decimal] = [self.max_points]
        line = 0
        for position, (count, violation) in enumerate(zip(figures, self.violations, strict=True)):
            exact -= Fraction(count) * Fraction(violation.each.amount)
            if count:
                parts += [" − ", count, " × ", violation.each.amount]
                line = line or position + 1
        if line == 0:
            return Outcome(self.max_points, False, self.lines[0], 0)
        points, because = capped(expression(parts), exact, self.max_points)
        return Outcome(points, False, because, line)


def _line(violation: Violation) -> Message:
    if not violation.name:
        return Message(gettext_noop("Each: minus %(each)s, down to 0"), {"each": violation.each.amount})
    values = {"name": violation.name, "each": violation.each.amount}
    return Message(gettext_noop("Each “%(name)s”: minus %(each)s, down to 0"), values)
