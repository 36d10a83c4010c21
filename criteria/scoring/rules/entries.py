"""Parameter text as entries `key = value`, and the values they hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from criteria.scoring.messages import Message, gettext_noop, points_phrase
from criteria.scoring.numbers import NotANumber, normalise, plain, read_decimal, round_points, tidy
from criteria.scoring.rules.base import InvalidDeclaration, Outcome, RuleError

ZERO_DENOMINATOR = "mẫu 0"
NOT_APPLICABLE = "không áp dụng"


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key = value` of the parameters; both as they were typed, tidied."""

    key: str
    value: str

    @property
    def name(self) -> str:
        """The key in the form in which keys are compared."""
        return normalise(self.key)


@dataclass(frozen=True, slots=True)
class Points:
    """Fixed points of a rule: the amount, and the text that it was written as ("75%", "1,5")."""

    amount: Decimal
    text: str


def split_entries(parameters: str) -> list[Entry]:
    """
    The entries of the parameters, split by `;` and each at its last `=`, since labels may hold one.

    :raises RuleError: no entry at all, or one without key, `=` or value
    """
    pieces = unicodedata.normalize("NFC", parameters).split(";")
    if len(pieces) > 1 and not pieces[-1].strip():
        pieces.pop()
    if pieces == [""] or not "".join(pieces).strip():
        raise RuleError(Message(gettext_noop("The rule has no parameters.")))
    return [read_entry(piece) for piece in pieces]


def read_entry(text: str) -> Entry:
    """
    One entry, split at its last `=`.

    :raises RuleError: nothing before or after it, or no `=`
    """
    key, sign, value = text.rpartition("=")
    if not sign or not key.strip() or not value.strip():
        message = gettext_noop("“%(entry)s” is not an entry of the form “name = value”.")
        raise RuleError(Message(message, {"entry": tidy(text)}))
    return Entry(tidy(key), tidy(value))


def read_points(entry: Entry, max_points: Decimal) -> Points:
    """
    Fixed points: a number from 0 to the maximum, or a percentage of it from 0 to 100.

    :raises RuleError: neither, or outside of that
    """
    points = read_amount(entry, max_points)
    if points.amount > max_points:
        message = gettext_noop("“%(entry)s”: %(found)s points are above the maximum of %(max)s.")
        values = {"entry": entry.key, "found": points.amount, "max": max_points}
        raise RuleError(Message(message, values))
    return points


def read_amount(entry: Entry, max_points: Decimal) -> Points:
    """
    Points that may exceed the maximum, such as a deduction: 0 or more, or a percentage of the maximum.

    :raises RuleError: not a number, or negative
    """
    is_percentage = entry.value.endswith("%")
    number = read_number(entry, entry.value.removesuffix("%"))
    text = plain(number, ",")
    return Points(number * max_points / 100, f"{text}%") if is_percentage else Points(number, text)


def read_number(entry: Entry, text: str) -> Decimal:
    """
    A number of 0 or more that stands in the entry.

    :raises RuleError: anything else
    """
    try:
        number = read_decimal(text)
    except NotANumber as error:
        message = gettext_noop("“%(entry)s”: “%(found)s” is not a number of points or a percentage.")
        raise RuleError(Message(message, {"entry": entry.key, "found": entry.value})) from error
    if number < 0:
        message = gettext_noop("“%(entry)s”: %(found)s is below 0; a number from 0 on is expected.")
        raise RuleError(Message(message, {"entry": entry.key, "found": number}))
    return number


def require_unique(entries: list[Entry]) -> None:
    """:raises RuleError: two entries have the same key"""
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise RuleError(Message(gettext_noop("“%(entry)s” stands twice."), {"entry": entry.key}))
        seen.add(entry.name)


def unknown(entry: Entry, expected: str) -> RuleError:
    """The error for an entry that this kind of rule does not know."""
    message = gettext_noop("“%(entry)s” is unknown here; expected: %(expected)s.")
    return RuleError(Message(message, {"entry": entry.key, "expected": expected}))


@dataclass(frozen=True, slots=True)
class ZeroDenominator:
    """What holds when a divisor is 0: these points, or not applicable when `points` is None."""

    points: Points | None

    @classmethod
    def read(cls, entry: Entry, max_points: Decimal) -> ZeroDenominator:
        if normalise(entry.value) == NOT_APPLICABLE:
            return cls(None)
        return cls(read_points(entry, max_points))

    @property
    def text(self) -> str:
        return f"{ZERO_DENOMINATOR} = {self.points.text if self.points else NOT_APPLICABLE}"


def zero_outcome(zero: ZeroDenominator | None, *, line: int, field: int | None) -> Outcome:
    """
    What a denominator of 0 gives.

    :raises InvalidDeclaration: the rule says nothing about it; the message stands at `field`
    """
    if zero is None:
        message = gettext_noop(
            "The denominator is 0, for which this rule gives no points. A number above 0 is expected."
        )
        raise InvalidDeclaration({field: Message(message)})
    if zero.points is None:
        return Outcome(None, True, Message(gettext_noop("The denominator is 0: not applicable")), line)
    points = round_points(zero.points.amount)
    because = Message(gettext_noop("The denominator is 0: %(points)s"), {"points": points_phrase(points)})
    return Outcome(points, False, because, line)


def zero_line(zero: ZeroDenominator) -> Message:
    """The line of the rule about a denominator of 0."""
    if zero.points is None:
        return Message(gettext_noop("denominator 0: not applicable"))
    return Message(gettext_noop("denominator 0: %(points)s"), {"points": points_phrase(zero.points.amount)})
