"""What all rules have in common: kinds, fields, reading of declared figures, outcomes and errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, TypeAlias

from criteria.scoring.messages import Message, gettext_noop, points_phrase
from criteria.scoring.numbers import (
    MAX_DIGITS,
    NotANumber,
    is_within_limits,
    normalise,
    read_decimal,
    round_points,
    tidy,
)

Figure: TypeAlias = "Decimal | str"
"""One declared value as a rule uses it: a number, or the choice that was made."""


class RuleKind(StrEnum):
    DIRECT = "direct"
    YES_NO = "yes_no"
    LEVELS = "levels"
    RATIO = "ratio"
    COUNT = "count"
    DEDUCTION = "deduction"
    FORMULA = "formula"


class RuleError(ValueError):
    """
    The parameters are not a rule of their kind.

    `message` is fit for the author of the criteria; `position` counts characters of a formula from 1, if
    it is one.
    """

    def __init__(self, message: Message, position: int | None = None):
        super().__init__(str(message))
        self.message = message
        self.position = position


class NumberError(ValueError):
    """The text is not a number; `message` says what was found and what is expected."""

    def __init__(self, message: Message):
        super().__init__(str(message))
        self.message = message


class InvalidDeclaration(ValueError):
    """
    The declared data do not fit the rule: `errors` has one message per field position, None for the
    whole.
    """

    def __init__(self, errors: Mapping[int | None, Message]):
        super().__init__("; ".join(str(message) for message in errors.values()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Field:
    """One value to declare; `kind` is "points", "count", "number" or "choice" (one of `choices`)."""

    label: str | Message
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a rule gives: points (4 decimals, 0..max), or not applicable and then no points.

    `because` computes them in words; `line` is the index in `Rule.lines` of the line that applied.
    """

    points: Decimal | None
    not_applicable: bool
    because: Message
    line: int | None


@dataclass(frozen=True)
class Rule(ABC):
    """A scoring rule of one leaf. `labels` name the declared figures in order and may be missing."""

    max_points: Decimal
    labels: tuple[str, ...]

    kind: ClassVar[RuleKind]

    @property
    @abstractmethod
    def parameters(self) -> str:
        """The rule as normalised parameter text, which reads as the same rule again."""

    @cached_property
    @abstractmethod
    def fields(self) -> tuple[Field, ...]:
        """What is to be declared, in order."""

    @cached_property
    @abstractmethod
    def lines(self) -> tuple[Message, ...]:
        """The whole rule for reading, one line per band, level or kind of violation, highest first."""

    def score(self, declared: Sequence[str | Decimal | int]) -> Outcome:
        """
        The points that the declared data give.

        :raises InvalidDeclaration: a figure is missing, is not of its kind, or does not fit the rule
        """
        return self._apply(self._read(declared))

    @abstractmethod
    def _apply(self, figures: Sequence[Figure]) -> Outcome:
        """The outcome for figures that are each of their field's kind."""

    def _read(self, declared: Sequence[str | Decimal | int]) -> list[Figure]:
        if len(declared) > len(self.fields):
            message = gettext_noop("Figures declared: %(found)s; expected: %(expected)s.")
            values = {"expected": len(self.fields), "found": len(declared)}
            raise InvalidDeclaration({None: Message(message, values)})
        errors: dict[int | None, Message] = {}
        figures: list[Figure] = []
        for position, field in enumerate(self.fields):
            value = declared[position] if position < len(declared) else ""
            try:
                figures.append(self._read_one(field, value))
            except NumberError as error:
                errors[position] = error.message
        if errors:
            raise InvalidDeclaration(errors)
        return figures

    def _read_one(self, field: Field, value: str | Decimal | int) -> Figure:
        if field.kind == "choice":
            return _choice(field, str(value))
        number = _number(value)
        if number < 0:
            message = gettext_noop("%(found)s is below 0; a number from 0 on is expected.")
            raise NumberError(Message(message, {"found": number}))
        if field.kind == "count" and number != number.to_integral_value():
            message = gettext_noop("%(found)s is not a whole number; 0, 1, 2 … are expected.")
            raise NumberError(Message(message, {"found": number}))
        if field.kind == "points" and number > self.max_points:
            message = gettext_noop("%(found)s is above the maximum. Points from 0 to %(max)s are expected.")
            raise NumberError(Message(message, {"found": number, "max": self.max_points}))
        return number


def parse_number(text: str) -> Decimal:
    """
    Read "3,5" or "3.5", with one separator only and that the decimal mark.

    :raises NumberError: nothing, a word, a grouped number ("1.234,5", "1 000"), an exponent, infinity or NaN
    """
    try:
        return read_decimal(text)
    except NotANumber as error:
        if not error.text:
            raise NumberError(Message(gettext_noop("A number is missing."))) from error
        message = gettext_noop(
            "“%(found)s” is not a number. Digits with at most one decimal mark are expected."
        )
        raise NumberError(Message(message, {"found": error.text})) from error


def capped(calculation: Message, exact: Fraction, max_points: Decimal) -> tuple[Decimal, Message]:
    """Points within 0..max for an exact value, and the sentence "… = … points" that says where it was cut."""
    points = round_points(max(Fraction(0), min(exact, Fraction(max_points))))
    values = {"calculation": calculation, "points": points_phrase(points)}
    if exact > max_points:
        values["value"] = round_points(exact)
        return points, Message(gettext_noop("%(calculation)s = %(value)s, at most: %(points)s"), values)
    if exact < 0:
        values["value"] = round_points(exact)
        return points, Message(gettext_noop("%(calculation)s = %(value)s, not below 0: %(points)s"), values)
    return points, Message(gettext_noop("%(calculation)s = %(points)s"), values)


def label_at(labels: Sequence[str], position: int, default: str | Message) -> str | Message:
    """The label that the criteria sheet gives this figure, else the default."""
    return labels[position] if position < len(labels) else default


def require_labels(labels: Sequence[str], expected: int) -> None:
    """
    Refuse labels that name another number of figures than the rule reads; none at all is fine.

    :raises RuleError: since nobody could declare such data
    """
    if labels and len(labels) != expected:
        message = gettext_noop("Declared figures named: %(found)s; the rule reads %(expected)s.")
        raise RuleError(Message(message, {"expected": expected, "found": len(labels)}))


def _number(value: str | Decimal | int) -> Decimal:
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, float):
        raise TypeError("Declared figures are Decimal, int or text; a float has lost digits already.")
    number = Decimal(value)
    if not is_within_limits(number):
        message = gettext_noop(
            "The number has too many digits; at most %(limit)s are read on either side of the mark."
        )
        raise NumberError(Message(message, {"limit": MAX_DIGITS}))
    return number


def _choice(field: Field, text: str) -> str:
    wanted = normalise(text)
    if not wanted:
        raise NumberError(Message(gettext_noop("A choice is missing.")))
    for choice in field.choices:
        if normalise(choice) == wanted:
            return choice
    message = gettext_noop("“%(found)s” is not one of the choices: %(choices)s.")
    raise NumberError(Message(message, {"found": tidy(text), "choices": "; ".join(field.choices)}))
