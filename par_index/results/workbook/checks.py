"""Cycle, blocks and units: what refers to what."""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext

from criteria.workbook.sheets import SetBook
from criteria.workbook.tables import KeyValues, Row, Table
from par_index.results.workbook.book import BlockBook, CycleHead


def read_head(table: KeyValues) -> CycleHead | None:
    """The cycle itself; None when what it cannot do without is missing."""
    row = table.rows[0] if table.rows else Row(0, {})
    if row["year"] is None or row["code"] is None or row["name"] is None:
        return None
    period_from = row["period_from"] or date(row["year"], 1, 1)
    period_to = row["period_to"] or date(row["year"], 12, 31)
    if period_from > period_to:
        message = gettext("The assessed period ends on %(to)s, before it begins on %(from)s.")
        values = {"from": f"{period_from:%d/%m/%Y}", "to": f"{period_to:%d/%m/%Y}"}
        table.problem(None, "period_to", message % values)
    given = {name: value for name, value in row.values.items() if value is not None}
    return CycleHead(**given | {"period_from": period_from, "period_to": period_to})


def read_blocks(table: Table, sets: Mapping[str, SetBook]) -> dict[str, BlockBook]:
    """Blocks by code, in the sheet's order."""
    blocks: dict[str, BlockBook] = {}
    for row in table.rows:
        if row["set"] is not None and row["set"] not in sets:
            message = gettext("The sheet “Tiêu chí” holds no set %(code)s.")
            table.problem(row, "set", message % {"code": row["set"]})
        if row["code"] is None:
            continue
        if row["code"] in blocks:
            table.problem(row, "code", gettext("The code %(code)s stands twice.") % {"code": row["code"]})
            continue
        blocks[row["code"]] = BlockBook(
            code=row["code"],
            name=row["name"] or "",
            set_code=row["set"] or "",
            bands=str(row["bands"] or ""),
            no_survey=row["no_survey"],
            bonus_cap=row["bonus_cap"],
            penalty_cap=row["penalty_cap"],
        )
    return blocks


def read_units(table: Table, blocks: Mapping[str, BlockBook]) -> dict[str, Row]:
    """The rows of the units by code, each code once; what they say of the unit is put together by `unit_books`."""
    units: dict[str, Row] = {}
    for row in table.rows:
        if row["block"] is not None and row["block"] not in blocks:
            message = gettext("The sheet “Khối” holds no block %(code)s.")
            table.problem(row, "block", message % {"code": row["block"]})
        if row["code"] is None:
            continue
        if row["code"] in units:
            table.problem(row, "code", gettext("The code %(code)s stands twice.") % {"code": row["code"]})
            continue
        if row["code"] in (row["predecessors"] or ()):
            table.problem(row, "predecessors", gettext("A unit is not its own predecessor."))
        units[row["code"]] = row
    return units
