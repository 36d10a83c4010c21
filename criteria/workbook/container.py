"""Opening an .xlsx file that may be anything: limits, refusals, and rows without surprises."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from django.conf import settings
from django.utils.translation import gettext
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHEET_MAIN_NS

MEGABYTE = 1024 * 1024
MAX_ROWS = 500_000
MAX_COLUMNS = 200
MAX_PARTS = 2_000
MAX_GROWTH = 8
"""Unpacked, a workbook may be this many times the size allowed for the packed one."""
MAX_RATIO = 200
"""Real sheets are packed 10 to 50 times; a part above 5 MB that is packed more than this was made to harm."""

OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")  # encrypted workbooks and those of Excel 97
ZIP_MAGIC = b"PK\x03\x04"

# Whatever a spoilt part makes the readers of zip, XML and cells raise.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    InvalidFileException,
    EOFError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
)


class UnusableFile(ValueError):
    """The file as a whole cannot be read as a workbook; the message says what it is and what is expected."""


@contextmanager
def open_workbook(source: str | Path | BinaryIO) -> Iterator["Workbook"]:
    """
    The workbook of a path or an open binary file.

    :raises UnusableFile: on opening, and from within the block while rows are read
    """
    if isinstance(source, (str, Path)):
        try:
            source = Path(source).open("rb")  # noqa: SIM115 - closed below, like a file that came in open
        except FileNotFoundError as error:
            raise UnusableFile(gettext("There is no file %(name)s.") % {"name": source}) from error
        except OSError as error:
            message = gettext("The file %(name)s cannot be opened: %(reason)s.")
            raise UnusableFile(message % {"name": source, "reason": error.strerror}) from error
    with source as file:
        check(file)
        try:
            archive = zipfile.ZipFile(file)
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except DAMAGE as error:
            raise _damaged() from error
        try:
            yield Workbook(archive, book)
        finally:
            book.close()


def check(file: BinaryIO) -> None:
    """
    Refuse what is no plain workbook of a reasonable size, before anything of it is unpacked.

    :raises UnusableFile:
    """
    size = file.seek(0, 2)
    file.seek(0)
    magic = file.read(8)
    file.seek(0)
    limit = settings.WORKBOOK_MAX_MEGABYTES
    if size > limit * MEGABYTE:
        message = gettext("The file has %(size)s MB; at most %(limit)s MB are accepted.")
        raise UnusableFile(message % {"size": -(-size // MEGABYTE), "limit": limit})
    if not size:
        raise UnusableFile(gettext("The file is empty. An Excel workbook (.xlsx) is expected."))
    if magic == OLE_MAGIC:
        raise UnusableFile(
            gettext(
                "The file is protected by a password or stems from an old Excel (.xls). "
                "Save it as .xlsx without a password."
            )
        )
    if not magic.startswith(ZIP_MAGIC):
        raise UnusableFile(gettext("The file is no Excel workbook. A file of the kind .xlsx is expected."))
    try:
        with zipfile.ZipFile(file) as archive:
            _check_parts(archive.infolist(), limit)
    except DAMAGE[:2] as error:
        raise _damaged() from error
    finally:
        file.seek(0)


def _check_parts(parts: list[zipfile.ZipInfo], limit: int) -> None:
    names = {part.filename.casefold() for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise UnusableFile(gettext("The file is protected by a password. Save it without one."))
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnusableFile(gettext("The workbook holds macros. Save it as .xlsx without macros."))
    if not {"[content_types].xml", "xl/workbook.xml"} <= names:
        raise UnusableFile(gettext("The file is no Excel workbook. A file of the kind .xlsx is expected."))
    unpacked = sum(part.file_size for part in parts)
    packed_to_harm = any(
        part.file_size > 5 * MEGABYTE and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if len(parts) > MAX_PARTS or unpacked > MAX_GROWTH * limit * MEGABYTE or packed_to_harm:
        message = gettext("The workbook unpacks to %(size)s MB, which is too large to be a workbook of data.")
        raise UnusableFile(message % {"size": -(-unpacked // MEGABYTE)})


def _damaged() -> UnusableFile:
    return UnusableFile(
        gettext("The file is damaged or was not transferred whole. Open it in Excel, save it and try again.")
    )


class Workbook:
    """Sheets by name and their rows as plain values."""

    def __init__(self, archive: zipfile.ZipFile, book):
        self._archive = archive
        self._sheets = {sheet.title: sheet for sheet in book.worksheets}

    @property
    def names(self) -> list[str]:
        """The sheets' names as they are written, in order."""
        return list(self._sheets)

    def rows(self, name: str, width: int = MAX_COLUMNS) -> Iterator[tuple[int, tuple]]:
        """
        Number and values of each row, blank ones included, up to a column.

        A formula gives the value stored with it, or None; see `uncomputed`.

        :raises UnusableFile: the sheet is damaged, or has more rows than `MAX_ROWS`
        """
        sheet = self._sheets[name]
        sheet.reset_dimensions()  # what the file says about its size may be wrong, or a trap
        try:
            for number, values in enumerate(sheet.iter_rows(max_col=width, values_only=True), start=1):
                if number > MAX_ROWS:
                    message = gettext("Sheet “%(sheet)s” has more than %(limit)s rows.")
                    raise UnusableFile(message % {"sheet": name, "limit": MAX_ROWS})
                yield number, values
        except UnusableFile:
            raise
        except DAMAGE as error:
            raise _damaged() from error

    def uncomputed(self, name: str) -> set[tuple[int, int]]:
        """Row and column of each formula without a stored value: Excel has never computed it, so nobody knows it."""
        path = self._sheets[name]._worksheet_path  # openpyxl drops the formula where it reads stored values
        with self._archive.open(path) as part:
            if not _holds_formula(part):
                return set()
        found = set()
        with self._archive.open(path) as part:
            for _event, element in ElementTree.iterparse(part):  # noqa: S314 - expat refuses entity bombs
                if element.tag == f"{{{SHEET_MAIN_NS}}}c" and _is_uncomputed(element):
                    found.add(coordinate_to_tuple(element.get("r")))
                elif element.tag == f"{{{SHEET_MAIN_NS}}}row":
                    element.clear()
        return found


_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")


def _holds_formula(part: BinaryIO) -> bool:
    """A look at the bytes, so that the many sheets without a formula are not parsed twice."""
    tail = b""
    while block := part.read(MEGABYTE):
        if _FORMULA.search(tail + block):
            return True
        tail = block[-32:]
    return False


def _is_uncomputed(cell: ElementTree.Element) -> bool:
    if cell.find(f"{{{SHEET_MAIN_NS}}}f") is None:
        return False
    value = cell.find(f"{{{SHEET_MAIN_NS}}}v")
    # A formula that gave an empty text has an empty value of type "str": computed, and blank.
    return value is None or (not value.text and cell.get("t") != "str")
