"""The progress of all units as an Excel workbook: a sheet per block, a line per unit."""

import io
import re
from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from assessments.cycle_presenting import STATES
from assessments.cycle_queries import Row, areas_of, progress_of, rows_of
from assessments.models import Block, Cycle

POINTS = "#,##0.00"
MOMENT = "dd/mm/yyyy hh:mm"
FORBIDDEN_IN_NAMES = re.compile(
    r"[\[\]:*?/\\]"
)  # Excel's rule for names of sheets, which have 31 letters at most


def progress_workbook(cycle: Cycle, at: datetime) -> bytes:
    """Numbers are numbers, moments are moments in Vietnam time, names of units are texts and never formulas."""
    book = Workbook(write_only=True)
    rows = rows_of(progress_of(cycle, at))
    blocks = list(cycle.blocks.order_by("position"))
    areas = areas_of({block.version_id for block in blocks})
    for block in blocks:
        own = [row for row in rows if row.progress.assessment.block_id == block.pk]
        _sheet(book, block, own, [area.code for area in areas.get(block.version_id, ())])
    if not blocks:
        book.create_sheet(_("Progress"))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _sheet(book: Workbook, block: Block, rows: Iterable[Row], area_codes: list[str]) -> None:
    sheet = book.create_sheet(FORBIDDEN_IN_NAMES.sub(" ", f"{block.code} {block.name}")[:31])
    sheet.freeze_panes = "C2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.print_title_rows = "1:1"
    headings = [
        (_("Unit code"), 11),
        (_("Unit"), 44),
        (_("Status"), 22),
        (_("Criteria scored"), 10),
        (_("Criteria to score"), 10),
        (_("Without evidence"), 10),
        (_("Self-score"), 10),
        (_("Maximum points"), 10),
        (_("Last save"), 17),
        (_("Submitted at"), 17),
        (_("Submitted automatically"), 12),
    ]
    for code in area_codes:
        headings.append((_("Area %(code)s: scored") % {"code": code}, 10))
        headings.append((_("Area %(code)s: of") % {"code": code}, 10))
    for position, (_title, width) in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.append([_heading(sheet, title) for title, _width in headings])
    for row in rows:
        sheet.append(_line(sheet, row))


def _line(sheet, row: Row) -> list:
    progress, assessment = row.progress, row.progress.assessment
    line = [
        _text(sheet, assessment.unit.code),
        _text(sheet, assessment.unit.name),
        _text(sheet, str(STATES[progress.state].text)),
        progress.scored,
        progress.total,
        progress.unbacked,
        _number(sheet, row.points),
        _number(sheet, row.max_points),
        _moment(sheet, progress.saved_at),
        _moment(sheet, assessment.submitted_at),
        _text(sheet, _("yes") if assessment.submitted_automatically else ""),
    ]
    for area in row.areas:
        line += [area.done, area.total]
    return line


def _heading(sheet, title: str) -> WriteOnlyCell:
    cell = _text(sheet, title)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _text(sheet, value: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.data_type = "s"  # what people wrote is never a formula
    return cell


def _number(sheet, value) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = POINTS
    return cell


def _moment(sheet, value: datetime | None) -> WriteOnlyCell:
    # Excel knows no time zones: the cell holds the time on the wall in Vietnam.
    cell = WriteOnlyCell(sheet, value=timezone.localtime(value).replace(tzinfo=None) if value else None)
    cell.number_format = MOMENT
    return cell
