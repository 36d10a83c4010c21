"""Rules that score a choice: có/không, and levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from criteria.scoring.messages import Message, gettext_noop, points_phrase
from criteria.scoring.numbers import round_points
from criteria.scoring.rules.base import Field, Figure, Outcome, Rule, RuleError, RuleKind, label_at
from criteria.scoring.rules.entries import (
    Points,
    read_points,
    require_unique,
    split_entries,
    unknown,
)

YES, NO = "có", "không"


@dataclass(frozen=True)
class YesNoRule(Rule):
    """`có = 0,5; không = 0`: points for a yes and for a no."""

    yes: Points
    no: Points

    kind: ClassVar[RuleKind] = RuleKind.YES_NO

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> YesNoRule:
        entries = split_entries(parameters)
        require_unique(entries)
        for entry in entries:
            if entry.name not in (YES, NO):
                raise unknown(entry, "“có”, “không”")
        points = {entry.name: read_points(entry, max_points) for entry in entries}
        for name in (YES, NO):
            if name not in points:
                raise RuleError(Message(gettext_noop("The entry “%(entry)s” is missing."), {"entry": name}))
        return cls(max_points, labels, points[YES], points[NO])

    @property
    def parameters(self) -> str:
        return f"{YES} = {self.yes.text}; {NO} = {self.no.text}"

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return (Field(label_at(self.labels, 0, Message(gettext_noop("Yes or no"))), "choice", (YES, NO)),)

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        return (
            Message(gettext_noop("Yes: %(points)s"), {"points": points_phrase(self.yes.amount)}),
            Message(gettext_noop("No: %(points)s"), {"points": points_phrase(self.no.amount)}),
        )

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        line = (YES, NO).index(figures[0])
        points = (self.yes, self.no)[line]
        return Outcome(round_points(points.amount), False, self.lines[line], line)


@dataclass(frozen=True)
class Level:
    label: str
    points: Points


@dataclass(frozen=True)
class LevelsRule(Rule):
    """
    `Hoàn thành tốt = 75%; Hoàn thành = 50%`: points for the level reached; `levels` stand as they were
    written.
    """

    levels: tuple[Level, ...]

    kind: ClassVar[RuleKind] = RuleKind.LEVELS

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> LevelsRule:
        entries = split_entries(parameters)
        require_unique(entries)
        return cls(
            max_points, labels, tuple(Level(entry.key, read_points(entry, max_points)) for entry in entries)
        )

    @property
    def parameters(self) -> str:
        return "; ".join(f"{level.label} = {level.points.text}" for level in self.levels)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        label = label_at(self.labels, 0, Message(gettext_noop("Level reached")))
        return (Field(label, "choice", tuple(level.label for level in self._ranked)),)

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        return tuple(
            Message(
                gettext_noop("%(label)s: %(points)s"),
                {"label": level.label, "points": points_phrase(level.points.amount)},
            )
            for level in self._ranked
        )

    @cached_property
    def _ranked(self) -> list[Level]:
        return sorted(self.levels, key=lambda level: -level.points.amount)

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        line = self.fields[0].choices.index(figures[0])
        return Outcome(round_points(self._ranked[line].points.amount), False, self.lines[line], line)
