"""The survey's files: links to hand out, and the tally."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import TextIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from surveys.services.results import Measurement

TALLY_COLUMNS = ("unit_code", "criterion_code", "n", "mean", "standard_error", "low", "high", "points")


def write_tally(measurements: Iterable[Measurement], file: TextIO) -> None:
    """Comma-separated, decimal point; mean, error and interval on 0–1 with 12 decimals, points with 4."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(TALLY_COLUMNS)
    for each in measurements:
        result = each.result
        figures = (result.mean, result.standard_error, result.low, result.high)
        writer.writerow(
            [
                each.assessment.unit.code,
                each.criterion.code,
                result.n,
                *("" if figure is None else _plain(figure) for figure in figures),
                _plain(result.points(each.criterion.max_points)),
            ]
        )


def _plain(value: Decimal) -> str:
    return format(value, "f")


def links_as_csv(rows: Iterable[tuple[str, str, str]]) -> bytes:
    """Unit code, unit name, address; with a byte order mark, so that Excel reads the letters right."""
    rows = [[_harmless(cell) for cell in row] for row in rows]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_link_columns())
    writer.writerows(rows)
    return ("\ufeff" + file.getvalue()).encode()


def links_as_workbook(rows: Iterable[tuple[str, str, str]]) -> bytes:
    """The same as a sheet; codes, names and addresses are texts, never formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Links"))
    sheet.freeze_panes = "A2"
    for column, width in zip("ABC", (14, 50, 70), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.append([_text_cell(sheet, title, bold=True) for title in _link_columns()])
    for row in rows:
        sheet.append([_text_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _harmless(text: str) -> str:
    """What begins like a formula gets an apostrophe before it: a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _link_columns() -> tuple[str, str, str]:
    return _("Unit code"), _("Unit"), _("One-time link")


def _text_cell(sheet, value: str, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
