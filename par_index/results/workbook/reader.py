"""From a file to a checked `CycleBook`, or to everything that is wrong with it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext, ngettext

from criteria.workbook.container import open_workbook
from criteria.workbook.sheets import CRITERIA, CRITERION_COLUMNS, SET_COLUMNS, SETS, read_sets
from criteria.workbook.tables import KeyValues, Place, Problem, Table, find_sheets
from par_index.results.workbook import checks, sheets
from par_index.results.workbook.book import CycleBook
from par_index.results.workbook.leaves import Criteria, LeafReader
from par_index.results.workbook.statuses import unit_books

MOST_PROBLEMS = 200
"""So many errors are reported; whoever has more mends these first."""

REQUIRED = (sheets.CYCLE, sheets.BLOCKS, sheets.UNITS, CRITERIA)


class WorkbookErrors(ValueError):
    """The workbook holds errors and nothing of it was stored: the first 200 in the order of the sheets, of `total`."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = tuple(problems[:MOST_PROBLEMS])
        self.total = len(problems)
        super().__init__("\n".join(map(str, self.problems)))

    @property
    def summary(self) -> str:
        message = ngettext(
            "The workbook holds %(count)d error. Nothing was stored.",
            "The workbook holds %(count)d errors. Nothing was stored.",
            self.total,
        )
        return message % {"count": self.total}


def read(source: str | Path | BinaryIO) -> CycleBook:
    """
    The cycle that a workbook holds.

    :raises UnusableFile: the file is no workbook that can be read at all
    :raises WorkbookErrors: one entry for each thing that is wrong in it, with sheet, row and column
    """
    tables = _empty_tables()
    with open_workbook(source) as workbook:
        names, problems, notes = find_sheets(workbook, tables)
        for title, name in names.items():
            tables[title].read_from(workbook, name)
    problems += [
        Problem(Place(title), gettext("The sheet is missing.")) for title in REQUIRED if title not in names
    ]
    return _book(tables, problems, notes)


def _empty_tables() -> dict[str, Table]:
    """In the order of the workbook, which is the order of the errors."""
    return {
        sheets.CYCLE: KeyValues(sheets.CYCLE, sheets.HEAD_KEYS),
        sheets.BLOCKS: Table(sheets.BLOCKS, sheets.BLOCK_COLUMNS),
        SETS: Table(SETS, SET_COLUMNS),
        sheets.UNITS: Table(sheets.UNITS, sheets.UNIT_COLUMNS),
        CRITERIA: Table(CRITERIA, CRITERION_COLUMNS),
        sheets.SCORES: Table(sheets.SCORES, sheets.SCORE_COLUMNS),
    }


def _book(tables: dict[str, Table], problems: list[Problem], notes: list[Problem]) -> CycleBook:
    head = checks.read_head(tables[sheets.CYCLE])
    sets = read_sets(tables[SETS], tables[CRITERIA])
    blocks = checks.read_blocks(tables[sheets.BLOCKS], sets)
    units = checks.read_units(tables[sheets.UNITS], blocks)
    criteria = {code: Criteria(book) for code, book in sets.items()}
    criteria_of_unit = {
        code: criteria.get(blocks[row["block"]].set_code) if row["block"] in blocks else None
        for code, row in units.items()
    }
    reader = LeafReader(tables[sheets.SCORES], criteria_of_unit)
    reader.read()
    problems += _blank_tables(tables, problems)
    found = problems + [problem for table in tables.values() for problem in table.problems]
    if found:
        raise WorkbookErrors(_in_order(found, tables))
    no_survey = {code: block.no_survey or head.no_survey for code, block in blocks.items()}
    books, warnings = unit_books(tables[sheets.UNITS], units, no_survey, criteria_of_unit, reader.leaves)
    used = {block.set_code for block in blocks.values()}
    notes += [note for table in tables.values() for note in table.notes]
    notes += [
        Problem(Place(SETS), gettext("No block uses the set %(code)s; it was ignored.") % {"code": code})
        for code in sets
        if code not in used
    ]
    return CycleBook(
        head=head,
        sets=tuple(book for code, book in sets.items() if code in used),
        blocks=tuple(blocks.values()),
        units=tuple(books),
        leaves=tuple(reader.leaves.values()),
        warnings=tuple(_in_order([*warnings, *reader.warnings], tables)),
        notes=tuple(notes),
    )


def _blank_tables(tables: dict[str, Table], problems: Sequence[Problem]) -> list[Problem]:
    """Required sheets that hold headers and nothing below them."""
    missing = {problem.place.sheet for problem in problems}
    return [
        Problem(Place(title), gettext("The sheet holds no rows."))
        for title in REQUIRED
        if title not in missing and not tables[title].rows and not tables[title].problems
    ]


def _in_order(problems: Iterable[Problem], tables: dict[str, Table]) -> list[Problem]:
    order = {title: number for number, title in enumerate(tables)}

    def key(problem: Problem):
        place = problem.place
        letter = place.letter or ""
        return (order.get(place.sheet, len(order)), place.row or 0, len(letter), letter)

    return sorted(problems, key=key)
