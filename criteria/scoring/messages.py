"""
Sentences that the core hands to people: English text with places, translated and formatted by the web
layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from criteria.scoring.numbers import plain

MessageValue: TypeAlias = "Decimal | int | str | Message"


@dataclass(frozen=True, slots=True)
class Message:
    """
    A sentence whose places `%(name)s` are filled with `values`.

    `text` is the key in the message catalogue, so a literal per cent sign is written `%%`. Numbers stay
    raw until the sentence is rendered, since their decimal mark depends on the reader's language.
    """

    text: str
    values: Mapping[str, MessageValue] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """The English sentence, decimals with a point."""
        return self.text % {name: _english(value) for name, value in self.values.items()}


def gettext_noop(text: str) -> str:
    """Mark a literal for the message catalogue, under the name that extractors look for."""
    return text


def expression(parts: Iterable[str | Decimal | int]) -> Message:
    """
    Arithmetic as a message: the strings are signs that no language changes, the numbers are formatted as
    usual.

    `expression([Decimal(2), " × ", Decimal("0.5")])` reads "2 × 0.5", and "2 × 0,5" in Vietnamese.
    """
    text: list[str] = []
    values: dict[str, MessageValue] = {}
    for part in parts:
        if isinstance(part, str):
            text.append(part.replace("%", "%%"))
        else:
            name = f"n{len(values)}"
            values[name] = part
            text.append(f"%({name})s")
    return Message("".join(text), values)


def points_phrase(points: Decimal) -> Message:
    """ "0.75 points", with the singular for exactly one."""
    if points == 1:
        return Message(gettext_noop("%(points)s point"), {"points": points})
    return Message(gettext_noop("%(points)s points"), {"points": points})


def _english(value: MessageValue) -> str:
    return plain(value).replace("-", "−") if isinstance(value, Decimal) else str(value)
