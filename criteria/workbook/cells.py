"""
Reading single cells: each reader takes what the cell holds and gives a value, or says what was expected.

Blank cells never get here. Text comes back in NFC; numbers as exact `Decimal`.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.utils.translation import gettext

from criteria.scoring.numbers import NotANumber, normalise, plain, read_decimal, tidy

Reader: TypeAlias = Callable[[Any], Any]

EXCEL_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"}
)
EXCEL_DIGITS = 15
"""Excel keeps and shows 15 digits of a number; what follows in the file is the binary fraction's noise."""

LONGEST = 32_767
"""Characters that a cell of Excel can hold."""


class CellError(ValueError):
    """The cell does not hold what is expected; the message says both."""


def is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def read(reader: Reader, value: Any) -> Any:
    """
    What the reader makes of a cell that is not blank.

    :raises CellError: also for a cell that shows an error of Excel
    """
    if isinstance(value, str) and value.strip() in EXCEL_ERRORS:
        message = gettext("The cell shows the error %(found)s of Excel.")
        raise CellError(message % {"found": value.strip()})
    return reader(value)


def text(limit: int) -> Reader:
    """Free text of at most so many characters; numbers and dates read as they are written."""

    def reader(value: Any) -> str:
        return _limited(unicodedata.normalize("NFC", shown(value)).strip(), limit)

    return reader


def code(value: Any) -> str:
    """A code: text as it stands, or the digits of a whole number. Of 1.10 Excel keeps 1.1, so no fraction will do."""
    if isinstance(value, float) and not value.is_integer():
        message = gettext(
            "The code %(found)s is a number. Format the column as text, since Excel turns 1.10 into 1.1."
        )
        raise CellError(message % {"found": shown(value)})
    if isinstance(value, (bool, date, datetime)) or not isinstance(value, (str, int, float)):
        message = gettext("“%(found)s” is not a code. Format the column as text.")
        raise CellError(message % {"found": shown(value)})
    return _limited(tidy(value) if isinstance(value, str) else str(int(value)), 40)


def codes(value: Any) -> tuple[str, ...]:
    """Codes separated by `;`."""
    pieces = value.split(";") if isinstance(value, str) else [value]
    return tuple(code(piece) for piece in pieces if not is_blank(piece))


def number(minimum: int | None = None, maximum: int | None = None, decimals: int | None = None) -> Reader:
    """An exact number; a text may have a comma or a point, as decimal mark and once."""

    def reader(value: Any) -> Decimal:
        result = _decimal(value)
        if (minimum is not None and result < minimum) or (maximum is not None and result > maximum):
            raise CellError(_out_of_range(result, minimum, maximum))
        if decimals is not None and round(result, decimals) != result:
            message = gettext("%(found)s has more than %(limit)s decimals.")
            raise CellError(message % {"found": plain(result, ","), "limit": decimals})
        return result

    return reader


def whole(minimum: int, maximum: int) -> Reader:
    """A whole number within bounds."""
    bounded = number(minimum, maximum)

    def reader(value: Any) -> int:
        result = bounded(value)
        if result != result.to_integral_value():
            message = gettext("%(found)s is not a whole number.")
            raise CellError(message % {"found": plain(result, ",")})
        return int(result)

    return reader


def day(value: Any) -> date:
    """A date: a date cell, or a text such as 31/12/2025 or 2025-12-31."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(str(value).strip(), form).date()
        except ValueError:
            continue
    message = gettext("“%(found)s” is not a date. A date such as 31/12/2025 is expected.")
    raise CellError(message % {"found": shown(value)})


def choice(options: Mapping[str, Any]) -> Reader:
    """One of some words; case does not matter."""
    by_word = {normalise(word): result for word, result in options.items()}

    def reader(value: Any) -> Any:
        word = normalise(shown(value))
        if word not in by_word:
            message = gettext("“%(found)s” is unknown. Expected is one of: %(options)s.")
            raise CellError(message % {"found": shown(value), "options": " · ".join(options)})
        return by_word[word]

    return reader


def shown(value: Any) -> str:
    """The cell's value the way its reader sees it in Excel."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime) and (value.hour or value.minute):
        return f"{value:%H:%M %d/%m/%Y}"
    if isinstance(value, (date, datetime)):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, (int, float)):
        return plain(exact(value), ",")
    return str(value).strip()


def exact(value: int | float) -> Decimal:
    """The decimal number that Excel shows for a stored binary one."""
    return Decimal(value) if isinstance(value, int) else Decimal(format(value, f".{EXCEL_DIGITS}g"))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str):
        try:
            return read_decimal(value)
        except NotANumber as error:
            message = gettext(
                "“%(found)s” is not a number. Digits with at most one decimal mark are expected, such as 3,5."
            )
            raise CellError(message % {"found": error.text}) from error
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise CellError(gettext("“%(found)s” is not a number.") % {"found": shown(value)})
    return exact(value)


def _out_of_range(found: Decimal, minimum: int | None, maximum: int | None) -> str:
    values = {"found": plain(found, ","), "minimum": minimum, "maximum": maximum}
    if maximum is None:
        return gettext("%(found)s is below %(minimum)s.") % values
    if minimum is None:
        return gettext("%(found)s is above %(maximum)s.") % values
    return gettext("%(found)s is out of range; %(minimum)s to %(maximum)s is expected.") % values


def _limited(result: str, limit: int) -> str:
    if len(result) > limit:
        message = gettext("The text has %(size)s characters; at most %(limit)s are expected.")
        raise CellError(message % {"size": len(result), "limit": limit})
    return result
