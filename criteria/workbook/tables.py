"""Sheets as tables: columns found by their headers, every unreadable cell told with its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from openpyxl.utils import get_column_letter

from criteria.scoring.numbers import normalise, tidy
from criteria.workbook import cells
from criteria.workbook.cells import CellError, Reader
from criteria.workbook.container import Workbook


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a sheet: its header, the name of the value in the program, how a cell of it is read.

    A `required` one must be there, and no row may leave it blank. `aliases` are other headers that mean the same.
    """

    header: str
    field: str
    read: Reader
    required: bool = False
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: parts that do not apply are None, `column` is the header (or the key) as defined."""

    sheet: str
    row: int | None = None
    letter: str | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.sheet]
        if self.row is not None:
            parts.append(gettext("row %(row)s") % {"row": self.row})
        if self.letter and self.column:
            parts.append(
                gettext("column %(letter)s “%(header)s”") % {"letter": self.letter, "header": self.column}
            )
        elif self.column:
            parts.append(gettext("column “%(header)s”") % {"header": self.column})
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to be mended, or only to be known, at a place; the message is in the reader's language."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Row:
    """The values of one row by field, None where nothing (readable) stands; `bad` names the unreadable fields."""

    __slots__ = ("bad", "number", "values")

    def __init__(self, number: int, values: Mapping[str, Any], bad: Iterable[str] = ()):
        self.number = number
        self.values = values
        self.bad = frozenset(bad)

    def __getitem__(self, field: str) -> Any:
        return self.values.get(field)


class Table:
    """The rows of one sheet, and where each of its columns stands."""

    def __init__(self, sheet: str, columns: Sequence[Column]):
        self.sheet = sheet
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self._columns = columns
        self._headers = {column.field: column.header for column in columns}
        self._positions: dict[str, int] = {}

    def place(self, row: Row | int | None, field: str | None = None) -> Place:
        number = row.number if isinstance(row, Row) else row
        position = self._positions.get(field)
        letter = get_column_letter(position) if position else None
        return Place(self.sheet, number, letter, self._headers.get(field))

    def problem(self, row: Row | int | None, field: str | None, message: str) -> None:
        self.problems.append(Problem(self.place(row, field), message))

    def read_from(self, workbook: Workbook, name: str) -> None:
        """Fill the table from the sheet of this name: its first row that is not blank holds the headers."""
        header = next(((number, row) for number, row in workbook.rows(name) if not _is_blank(row)), None)
        if header is None:
            self.problem(None, None, gettext("The sheet is blank; a row of headers is expected."))
            return
        header_row, headers = header
        if not self._find_columns(header_row, headers):
            return
        uncomputed = workbook.uncomputed(name)
        rows_of_formulas = {row for row, _column in uncomputed}
        width = max(self._positions.values())
        for number, values in workbook.rows(name, width):
            if number > header_row and (number in rows_of_formulas or not _is_blank(values)):
                self.rows.append(self._row(number, values, uncomputed))

    def _find_columns(self, header_row: int, headers: tuple) -> bool:
        known = _by_header(self._columns)
        for position, value in enumerate(headers, start=1):
            if cells.is_blank(value):
                continue
            column = known.get(normalise(cells.shown(value)))
            if column is None:
                place = Place(self.sheet, header_row, get_column_letter(position), tidy(cells.shown(value)))
                self.notes.append(Problem(place, gettext("The column is not known here and was ignored.")))
            elif column.field in self._positions:
                self.problem(header_row, column.field, gettext("The column stands twice."))
            else:
                self._positions[column.field] = position
        for column in self._columns:
            if column.required and column.field not in self._positions:
                self.problem(header_row, column.field, gettext("The column is missing."))
        return bool(self._positions)

    def _row(self, number: int, values: tuple, uncomputed: set[tuple[int, int]]) -> Row:
        read: dict[str, Any] = {}
        bad: list[str] = []
        for column in self._columns:
            position = self._positions.get(column.field)
            if position is None:
                continue
            try:
                read[column.field] = _value(column, values[position - 1], (number, position) in uncomputed)
            except CellError as error:
                self.problem(number, column.field, str(error))
                bad.append(column.field)
        return Row(number, read, bad)


class KeyValues(Table):
    """A sheet of two columns, key and value: one row whose fields are the keys, each with the place of its own."""

    def __init__(self, sheet: str, columns: Sequence[Column]):
        super().__init__(sheet, columns)
        self._rows_of: dict[str, int] = {}

    def place(self, row: Row | int | None, field: str | None = None) -> Place:
        number = self._rows_of.get(field) or (row if isinstance(row, int) else None)
        return Place(self.sheet, number, "B" if number else None, self._headers.get(field))

    def read_from(self, workbook: Workbook, name: str) -> None:
        known = _by_header(self._columns)
        uncomputed = workbook.uncomputed(name)
        given: dict[str, Any] = {}
        for number, (key, value) in workbook.rows(name, width=2):
            if cells.is_blank(key):
                continue
            column = known.get(normalise(cells.shown(key)))
            if column is None:
                place = Place(self.sheet, number, "A", tidy(cells.shown(key)))
                self.notes.append(Problem(place, gettext("The key is not known here and was ignored.")))
            elif column.field in self._rows_of:
                self.problem(
                    number, None, gettext("The key “%(key)s” stands twice.") % {"key": column.header}
                )
            else:
                self._rows_of[column.field] = number
                given[column.field] = value
        self.rows.append(self._read_values(given, {row for row, column in uncomputed if column == 2}))

    def _read_values(self, given: Mapping[str, Any], uncomputed: set[int]) -> Row:
        read: dict[str, Any] = {}
        bad: list[str] = []
        for column in self._columns:
            try:
                lacks_value = self._rows_of.get(column.field) in uncomputed
                read[column.field] = _value(column, given.get(column.field), lacks_value)
            except CellError as error:
                self.problem(None, column.field, str(error))
                bad.append(column.field)
        return Row(0, read, bad)


def _by_header(columns: Iterable[Column]) -> dict[str, Column]:
    return {normalise(header): column for column in columns for header in (column.header, *column.aliases)}


def _value(column: Column, value: Any, is_uncomputed: bool) -> Any:
    """
    The cell's value, None for a blank one.

    :raises CellError: it is unreadable, blank though required, or a formula of which nobody knows the value
    """
    if not cells.is_blank(value):
        return cells.read(column.read, value)
    if is_uncomputed:
        raise CellError(gettext("The formula has no stored value. Open the file in Excel and save it."))
    if column.required:
        raise CellError(gettext("A value is missing."))
    return None


def find_sheets(
    workbook: Workbook, expected: Iterable[str]
) -> tuple[dict[str, str], list[Problem], list[Problem]]:
    """
    The name in the file of each expected sheet that is there, what is wrong, and notes on sheets that are ignored.
    """
    wanted = {normalise(name): name for name in expected}
    found: dict[str, str] = {}
    problems: list[Problem] = []
    notes: list[Problem] = []
    for name in workbook.names:
        title = wanted.get(normalise(name))
        if title is None:
            notes.append(Problem(Place(name), gettext("The sheet is not known here and was ignored.")))
        elif title in found:
            problems.append(Problem(Place(name), gettext("The sheet stands twice.")))
        else:
            found[title] = name
    return found, problems, notes


def _is_blank(values: Iterable[Any]) -> bool:
    return all(cells.is_blank(value) for value in values)
