"""Points that are typed as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from criteria.scoring.messages import Message, gettext_noop, points_phrase
from criteria.scoring.numbers import round_points, tidy
from criteria.scoring.rules.base import Field, Figure, Outcome, Rule, RuleError, RuleKind, label_at


@dataclass(frozen=True)
class DirectRule(Rule):
    """Points from 0 to the maximum; the parameters are empty."""

    kind: ClassVar[RuleKind] = RuleKind.DIRECT

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> DirectRule:
        if parameters.strip():
            message = gettext_noop("Points that are typed have no parameters; “%(found)s” was found.")
            raise RuleError(Message(message, {"found": tidy(parameters)}))
        return cls(max_points, labels)

    @property
    def parameters(self) -> str:
        return ""

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return (Field(label_at(self.labels, 0, Message(gettext_noop("Points"))), "points"),)

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        return (Message(gettext_noop("Points from 0 to %(max)s, typed in"), {"max": self.max_points}),)

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        points = round_points(figures[0])
        return Outcome(
            points, False, Message(gettext_noop("Typed in: %(points)s"), {"points": points_phrase(points)}), 0
        )
