"""
results.xlsx: ranking, areas, leaves and the settings used, for people who go on working in Excel.

Numbers are numbers; their format shows two decimals with the reader's own decimal mark. Sheets are written row by
row (400,000 leaves need little memory), print on A4 landscape and repeat their header.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from par_index.results.exports.edition import Edition
from par_index.results.models import LeafResult, UnitResult
from par_index.results.wording import SOURCES, setting_lines

POINTS = "#,##0.00"
MAXIMUM = "#,##0.00##"
WHOLE = "0"
TEXT = "@"

HEAD_FONT = Font(bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor="0C3C7A")
HEAD_ALIGNMENT = Alignment(horizontal="center", vertical="center", wrap_text=True)
LINE_HEIGHT = 15  # points
HEAD_HEIGHT = 2 * LINE_HEIGHT + 4
ALIGNMENTS = {
    TEXT: Alignment(vertical="top", horizontal="left", wrap_text=True, indent=1),
    WHOLE: Alignment(vertical="top", horizontal="center"),
    POINTS: Alignment(vertical="top"),
    MAXIMUM: Alignment(vertical="top"),
}
LINE = Border(bottom=Side(style="thin", color="D8DFE8"))


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, its width in characters and how its values are shown; texts may wrap."""

    title: str
    width: float
    number_format: str = TEXT

    @property
    def is_text(self) -> bool:
        return self.number_format == TEXT


def results_xlsx(edition: Edition) -> bytes:
    book = Workbook(write_only=True)
    _ranking(book, edition)
    _areas(book, edition)
    _leaves(book, edition)
    _facts(book, edition)
    book.properties.title = edition.cycle.name
    book.properties.creator = edition.cycle.owner.name
    book.properties.created = _naive(edition.published_at)
    written = io.BytesIO()
    book.save(written)
    return _at_one_moment(written.getvalue(), edition.published_at)


def _ranking(book: Workbook, edition: Edition) -> None:
    columns = (
        Column(_("Block"), 22),
        Column(_("Rank"), 7, WHOLE),
        Column(_("Unit code"), 11),
        Column(_("Unit"), 38),
        Column(_("Maximum points"), 10, MAXIMUM),
        Column(_("Self-score"), 10, POINTS),
        Column(_("Appraised points"), 11, POINTS),
        Column(_("Survey points"), 10, POINTS),
        Column(_("Bonus points"), 9, POINTS),
        Column(_("Penalty points"), 9, POINTS),
        Column(_("Total points"), 10, POINTS),
        Column(_("Index (%)"), 9, POINTS),
        Column(_("Band"), 14),
    )
    rows = (
        (
            unit.block_name,
            unit.rank,
            unit.unit_code,
            unit.unit_name,
            unit.max_points,
            unit.self_points,
            unit.appraised_points,
            unit.survey_points,
            unit.bonus_points,
            unit.penalty_points,
            unit.total_points,
            unit.index_percent,
            unit.band,
        )
        for unit in edition.units
    )
    _write(book, edition, _("Ranking"), columns, rows, len(edition.units))


def _areas(book: Workbook, edition: Edition) -> None:
    columns = (
        Column(_("Block"), 22),
        Column(_("Unit code"), 11),
        Column(_("Unit"), 38),
        Column(_("Area code"), 9),
        Column(_("Area"), 44),
        Column(_("Maximum points"), 10, MAXIMUM),
        Column(_("Points"), 10, POINTS),
        Column(_("Index (%)"), 9, POINTS),
        Column(_("Rank in the block"), 12, WHOLE),
    )
    rows = [
        (
            unit.block_name,
            unit.unit_code,
            unit.unit_name,
            area.code,
            area.name,
            area.max_points,
            area.points,
            area.index_percent,
            area.rank,
        )
        for unit in edition.units
        for area in edition.areas[unit.pk]
    ]
    _write(book, edition, _("Areas"), columns, rows, len(rows))


def _leaves(book: Workbook, edition: Edition) -> None:
    columns = (
        Column(_("Block"), 22),
        Column(_("Unit code"), 11),
        Column(_("Unit"), 32),
        Column(_("Criterion code"), 10),
        Column(_("Criterion"), 50),
        Column(_("Source of points"), 21),
        Column(_("Applicable"), 10),
        Column(_("Maximum points"), 10, MAXIMUM),
        Column(_("Self-score"), 10, POINTS),
        Column(_("Decided points"), 10, POINTS),
        Column(_("Reason"), 50),
    )
    units = {unit.pk: unit for unit in edition.units}
    answers = {True: _("yes"), False: _("no")}
    rows = (_leaf_row(units[leaf.unit_id], leaf, answers) for leaf in edition.leaf_rows())
    count = LeafResult.objects.filter(unit__consolidation=edition.run).count()
    _write(book, edition, _("Criteria"), columns, rows, count)


def _leaf_row(unit: UnitResult, leaf: LeafResult, answers: dict[bool, str]) -> tuple:
    return (
        unit.block_name,
        unit.unit_code,
        unit.unit_name,
        leaf.code,
        leaf.name,
        str(SOURCES[leaf.source]),
        answers[leaf.applicable],
        leaf.max_points,
        leaf.self_points,
        leaf.decided_points,
        leaf.reason,
    )


def _facts(book: Workbook, edition: Edition) -> None:
    columns = (Column(_("What"), 34), Column(_("Value"), 90))
    rows = setting_lines(edition)
    _write(book, edition, _("About"), columns, rows, len(rows))


def _write(
    book: Workbook,
    edition: Edition,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str | int | Decimal | None]],
    count: int,
) -> None:
    """A sheet with a frozen header in row 1, a filter over its `count` rows, ready to be printed."""
    sheet = book.create_sheet(title)
    last = get_column_letter(len(columns))
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{last}{count + 1}"
    sheet.print_title_rows = "1:1"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddHeader.center.text = f"{edition.cycle.name} – {title}".replace("&", "&&")
    sheet.oddFooter.center.text = "&P/&N"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.row_dimensions[1].height = HEAD_HEIGHT
    sheet.append([_heading(sheet, column) for column in columns])
    patterns = [_pattern(sheet, column) for column in columns]
    for number, row in enumerate(rows, start=2):
        lines = _lines(columns, row)
        if lines > 1:
            sheet.row_dimensions[number].height = lines * LINE_HEIGHT
        sheet.append(
            [
                _cell(sheet, column, pattern, value)
                for column, pattern, value in zip(columns, patterns, row, strict=True)
            ]
        )


def _lines(columns: Sequence[Column], row: Sequence[str | int | Decimal | None]) -> int:
    """How many lines the row's texts need: programs other than Excel do not make a row higher by themselves."""
    return max(
        max(-(-len(line) // int(column.width - 2)) for line in (value.splitlines() or [""]))
        for column, value in zip(columns, row, strict=True)
        if isinstance(value, str)
    )


def _heading(sheet, column: Column) -> WriteOnlyCell:
    cell = _text_cell(sheet, column.title)
    cell.font, cell.fill, cell.alignment = HEAD_FONT, HEAD_FILL, HEAD_ALIGNMENT
    return cell


def _pattern(sheet, column: Column) -> WriteOnlyCell:
    """An empty cell with the look of its column."""
    cell = WriteOnlyCell(sheet)
    cell.number_format = column.number_format
    cell.alignment = ALIGNMENTS[column.number_format]
    cell.border = LINE
    return cell


def _cell(sheet, column: Column, pattern: WriteOnlyCell, value: str | int | Decimal | None) -> WriteOnlyCell:
    cell = _text_cell(sheet, value) if column.is_text else WriteOnlyCell(sheet, value)
    # The look is shared rather than set again: of a row's cost setting it is two thirds, and there may be 400,000.
    cell._style = pattern._style
    return cell


# What XML cannot hold; Excel would call the whole file damaged.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def _text_cell(sheet, text: str | None) -> WriteOnlyCell:
    """Text stays text: without its type set, one that begins with “=” would become a formula."""
    cell = WriteOnlyCell(sheet, _FORBIDDEN.sub("", str(text or "")))
    cell.data_type = "s"
    return cell


def _naive(moment: datetime) -> datetime:
    """Excel's properties are in UTC and say so nowhere."""
    return moment.replace(microsecond=0, tzinfo=None) - (moment.utcoffset() or moment - moment)


def _at_one_moment(content: bytes, moment: datetime) -> bytes:
    """The same workbook with all of its times set to one, so that equal results are equal bytes."""
    stamp = _naive(moment)
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{stamp:%Y-%m-%dT%H:%M:%SZ}".encode(), data
                )
            entry = zipfile.ZipInfo(name, date_time=stamp.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return written.getvalue()
