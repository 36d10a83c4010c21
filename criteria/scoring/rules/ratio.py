"""Rules that score a ratio by bands: fixed points, or a multiple of the ratio."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import ClassVar

from criteria.scoring.messages import Message, MessageValue, expression, gettext_noop, points_phrase
from criteria.scoring.numbers import plain, round_half_up, round_points
from criteria.scoring.rules.base import (
    Field,
    Figure,
    Outcome,
    Rule,
    RuleError,
    RuleKind,
    capped,
    label_at,
    require_labels,
)
from criteria.scoring.rules.entries import (
    ZERO_DENOMINATOR,
    Entry,
    Points,
    ZeroDenominator,
    read_number,
    read_points,
    require_unique,
    split_entries,
    unknown,
    zero_line,
    zero_outcome,
)

REST = "còn lại"

_BOUND = re.compile(r"từ\s*(?P<bound>\S+?)\s*%?")
_MULTIPLE = re.compile(r"[x×]\s*(?P<factor>[^/÷]+)(?:[/÷](?P<divisor>[^/÷]+))?")


@dataclass(frozen=True, slots=True)
class Multiple:
    """`x2/0,7`: the ratio as a fraction of 1, times 2, divided by 0.7."""

    factor: Decimal
    divisor: Decimal | None

    @property
    def text(self) -> str:
        return f"x{plain(self.factor, ',')}" + (f"/{plain(self.divisor, ',')}" if self.divisor else "")

    def of(self, ratio: Fraction) -> Fraction:
        return ratio * Fraction(self.factor) / Fraction(self.divisor or 1)

    @property
    def signs(self) -> list[str | Decimal]:
        return [" × ", self.factor] + ([" ÷ ", self.divisor] if self.divisor else [])


@dataclass(frozen=True, slots=True)
class Band:
    """What a ratio from `bound` per cent on (None: whatever is left) gives."""

    bound: Decimal | None
    value: Points | Multiple

    @property
    def key(self) -> str:
        return REST if self.bound is None else f"từ {plain(self.bound, ',')}"


@dataclass(frozen=True)
class RatioRule(Rule):
    """
    `từ 100 = 4; từ 95 = x4; còn lại = 0`: of the bands, the highest that numerator ÷ denominator reaches.

    Bounds are inclusive and compared exactly; ratios above 100 % count as 100 %. `bands` run from the
    highest bound to the rest. A denominator of 0 is refused unless `zero` says what it gives.
    """

    bands: tuple[Band, ...]
    zero: ZeroDenominator | None

    kind: ClassVar[RuleKind] = RuleKind.RATIO

    @classmethod
    def parse(cls, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> RatioRule:
        entries = split_entries(parameters)
        require_unique(entries)
        require_labels(labels, 2)
        bands: list[Band] = []
        rest: Band | None = None
        zero: ZeroDenominator | None = None
        for entry in entries:
            if entry.name == ZERO_DENOMINATOR:
                zero = ZeroDenominator.read(entry, max_points)
            elif entry.name == REST:
                rest = Band(None, _value(entry, max_points))
            else:
                bands.append(Band(_bound(entry), _value(entry, max_points)))
        if rest is None:
            message = gettext_noop("The entry “%(entry)s” is missing.")
            raise RuleError(Message(message, {"entry": REST}))
        _require_distinct(bands)
        bands.sort(key=lambda band: -band.bound)
        return cls(max_points, labels, (*bands, rest), zero)

    @property
    def parameters(self) -> str:
        entries = [f"{band.key} = {band.value.text}" for band in self.bands]
        return "; ".join(entries + ([self.zero.text] if self.zero else []))

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return (
            Field(label_at(self.labels, 0, Message(gettext_noop("Numerator"))), "number"),
            Field(label_at(self.labels, 1, Message(gettext_noop("Denominator"))), "number"),
        )

    @cached_property
    def lines(self) -> tuple[Message, ...]:
        lines = []
        above: Decimal | None = None
        for band in self.bands:
            lines.append(_line(band, above))
            above = band.bound
        if self.zero:
            lines.append(zero_line(self.zero))
        return tuple(lines)

    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        numerator, denominator = figures
        if denominator == 0:
            return zero_outcome(self.zero, line=len(self.bands), field=1)
        ratio = min(Fraction(numerator) / Fraction(denominator), Fraction(1))
        line = next(
            line
            for line, band in enumerate(self.bands)
            if band.bound is None or ratio * 100 >= Fraction(band.bound)
        )
        value = self.bands[line].value
        explain = self._explain_fixed if isinstance(value, Points) else self._explain_multiple
        points, because = explain(numerator, denominator, value)
        return Outcome(points, False, because, line)

    def _explain_fixed(
        self, numerator: Decimal, denominator: Decimal, value: Points
    ) -> tuple[Decimal, Message]:
        points = round_points(value.amount)
        values = self._shown(numerator, denominator) | {"points": points_phrase(points)}
        if numerator > denominator:
            text = gettext_noop(
                "Ratio %(numerator)s ÷ %(denominator)s = %(percent)s %%, counted as 100 %%: %(points)s"
            )
        else:
            text = gettext_noop("Ratio %(numerator)s ÷ %(denominator)s = %(percent)s %%: %(points)s")
        return points, Message(text, values)

    def _explain_multiple(
        self, numerator: Decimal, denominator: Decimal, value: Multiple
    ) -> tuple[Decimal, Message]:
        if numerator > denominator:
            calculation, ratio = [Decimal(1), *value.signs], Fraction(1)
            text = gettext_noop(
                "Ratio %(numerator)s ÷ %(denominator)s = %(percent)s %%, counted as 100 %%. %(result)s"
            )
        else:
            calculation = [numerator, " ÷ ", denominator, *value.signs]
            ratio = Fraction(numerator) / Fraction(denominator)
            text = gettext_noop("Ratio %(percent)s %%. %(result)s")
        points, result = capped(expression(calculation), value.of(ratio), self.max_points)
        return points, Message(text, self._shown(numerator, denominator) | {"result": result})

    def _shown(self, numerator: Decimal, denominator: Decimal) -> dict[str, MessageValue]:
        bounds = [band.bound for band in self.bands if band.bound is not None]
        percent = shown_percent(Fraction(numerator) / Fraction(denominator), bounds)
        return {"numerator": numerator, "denominator": denominator, "percent": percent}


def shown_percent(ratio: Fraction, bounds: Sequence[Decimal]) -> Decimal:
    """
    The ratio in per cent to 2 decimals, half up; but cut where rounding would lift it to a bound that it
    misses.

    99.996 % in the band below 100 must not read "100 %".
    """
    percent = ratio * 100
    shown = round_half_up(percent, 2)
    if any(percent < bound <= shown for bound in (*bounds, Decimal(100))):
        shown = round_half_up(Fraction(int(percent * 100), 100), 2)
    return shown


def _bound(entry: Entry) -> Decimal:
    match = _BOUND.fullmatch(entry.name)
    if match is None:
        raise unknown(entry, "“từ …”, “còn lại”, “mẫu 0”")
    bound = read_number(Entry(entry.key, match["bound"]), match["bound"])
    if bound > 100:
        message = gettext_noop("“%(entry)s”: a bound from 0 to 100 per cent is expected.")
        raise RuleError(Message(message, {"entry": entry.key}))
    return bound


def _require_distinct(bands: list[Band]) -> None:
    """`từ 95` and `từ 95,0` are other words for one bound."""
    seen: set[Decimal] = set()
    for band in bands:
        if band.bound in seen:
            message = gettext_noop("“%(entry)s” stands twice.")
            raise RuleError(Message(message, {"entry": band.key}))
        seen.add(band.bound)


def _value(entry: Entry, max_points: Decimal) -> Points | Multiple:
    text = entry.value.casefold()
    if not text.startswith(("x", "×")):
        return read_points(entry, max_points)
    match = _MULTIPLE.fullmatch(text)
    if match is None or "%" in text:
        message = gettext_noop(
            "“%(entry)s”: “%(found)s” is not a multiple of the ratio such as “x4” or “x2/0,7”."
        )
        raise RuleError(Message(message, {"entry": entry.key, "found": entry.value}))
    divisor = read_number(entry, match["divisor"]) if match["divisor"] else None
    if divisor is not None and divisor == 0:
        message = gettext_noop("“%(entry)s”: “%(found)s” divides by 0.")
        raise RuleError(Message(message, {"entry": entry.key, "found": entry.value}))
    return Multiple(read_number(entry, match["factor"]), divisor)


def _line(band: Band, above: Decimal | None) -> Message:
    """The band in words, between its own bound and that of the band above it."""
    value = _value_phrase(band.value)
    if band.bound is None and above is None:
        if isinstance(band.value, Multiple):
            return Message(gettext_noop("Points = %(value)s"), {"value": value})
        return Message(gettext_noop("any ratio: %(value)s"), {"value": value})
    if band.bound is None:
        return Message(gettext_noop("below %(above)s %%: %(value)s"), {"above": above, "value": value})
    if band.bound == 100:
        return Message(gettext_noop("100 %%: %(value)s"), {"value": value})
    if above is None:
        return Message(gettext_noop("from %(bound)s %% on: %(value)s"), {"bound": band.bound, "value": value})
    return Message(
        gettext_noop("from %(bound)s %% to below %(above)s %%: %(value)s"),
        {"bound": band.bound, "above": above, "value": value},
    )


def _value_phrase(value: Points | Multiple) -> Message:
    if isinstance(value, Points):
        return points_phrase(value.amount)
    return Message(gettext_noop("ratio%(signs)s"), {"signs": expression(value.signs)})
