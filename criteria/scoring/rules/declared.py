"""Declared data as one text, the way the workbook and the database keep them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from criteria.scoring.numbers import plain, tidy
from criteria.scoring.rules.base import Rule


def format_declared(declared: Sequence[str | Decimal | int]) -> str:
    """The declared values in their order, separated by "; "; numbers with a decimal comma."""
    return "; ".join(
        plain(value, ",") if isinstance(value, Decimal) else tidy(str(value)) for value in declared
    )


def split_declared(text: str, rule: Rule) -> tuple[str, ...]:
    """
    The declared values of one text: split by ";", except that a choice is the whole text, whatever it holds.

    Nothing declared gives no values. Whether they fit is for `Rule.score` to say.
    """
    if not text.strip():
        return ()
    if rule.fields and rule.fields[0].kind == "choice":
        return (tidy(text),)
    return tuple(tidy(piece) for piece in text.split(";"))
