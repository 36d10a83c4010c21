"""Exact numbers: reading what people type, rounding half up, and printing without exponents."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

POINT_DECIMALS = 4
"""Points of a leaf are recorded to four decimals."""

MAX_DIGITS = 15
"""
Digits accepted on either side of the decimal mark; more is a slip of the keyboard, and slow to compute
with.
"""

_NUMBER = re.compile(r"(?P<sign>[-+−]?)(?P<whole>[0-9]+)(?:[.,](?P<decimals>[0-9]+))?")


class NotANumber(ValueError):
    """The text is not a plain decimal number; `text` is what was found."""

    def __init__(self, text: str):
        super().__init__(text)
        self.text = text


def read_decimal(text: str) -> Decimal:
    """
    Read "3,5" or "3.5": digits with at most one separator, which is the decimal mark.

    Grouping ("1.234,5", "1 000"), exponents, infinities and NaN are refused, since guessing would change
    a score.

    :raises NotANumber: anything else, and numbers of more than 15 digits on either side of the mark
    """
    stripped = unicodedata.normalize("NFC", text).strip()
    match = _NUMBER.fullmatch(stripped)
    if match is None or len(match["whole"]) > MAX_DIGITS or len(match["decimals"] or "") > MAX_DIGITS:
        raise NotANumber(stripped)
    sign = "-" if match["sign"] in ("-", "−") else ""
    decimals = (match["decimals"] or "").rstrip("0")
    return Decimal(f"{sign}{match['whole']}.{decimals}" if decimals else f"{sign}{match['whole']}")


def is_within_limits(value: Decimal) -> bool:
    """Whether the number is finite and of at most 15 digits on either side of the mark."""
    return value.is_finite() and value.adjusted() < MAX_DIGITS and -value.as_tuple().exponent <= MAX_DIGITS


def round_half_up(value: Decimal | Fraction | int, decimals: int) -> Decimal:
    """Round exactly, halves away from zero; the result carries that many decimals."""
    scaled = Fraction(value) * 10**decimals
    whole, remainder = divmod(abs(scaled.numerator), scaled.denominator)
    if 2 * remainder >= scaled.denominator:
        whole += 1
    digits = tuple(int(digit) for digit in str(whole))
    return Decimal((int(scaled < 0 and whole > 0), digits, -decimals))


def round_points(value: Decimal | Fraction | int) -> Decimal:
    """Points as they are recorded: half up to 4 decimals."""
    return round_half_up(value, POINT_DECIMALS)


def plain(value: Decimal, mark: str = ".") -> str:
    """
    Digits without exponent or trailing zeros: `Decimal("1E+1")` reads "10", `Decimal("4.5000")` reads
    "4.5".
    """
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace(".", mark)


def normalise(text: str) -> str:
    """The form in which words are compared: NFC, single spaces, case folded."""
    return unicodedata.normalize("NFC", tidy(text).casefold())


def tidy(text: str) -> str:
    """NFC and single spaces, the case as it was typed."""
    return " ".join(unicodedata.normalize("NFC", text).split())
