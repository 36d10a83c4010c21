"""The criteria sheets: `Bộ tiêu chí` (the sets) and `Tiêu chí` (their nodes), to values and back to cells."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext

from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import HIGHEST_MAXIMUM, Node, Source, Tree, problems
from criteria.services import Content, WrongTotal
from criteria.wording import localise
from criteria.workbook import cells
from criteria.workbook.tables import Column, Row, Table

SETS = "Bộ tiêu chí"
CRITERIA = "Tiêu chí"

SOURCES = {
    "Tự chấm": Source.SELF,
    "Thẩm định": Source.APPRAISER,
    "Điều tra XHH": Source.SURVEY,
    "Chỉ số ngoài": Source.EXTERNAL,
    "Điểm thưởng": Source.BONUS,
    "Điểm trừ": Source.PENALTY,
}
RULE_KINDS = {
    "Nhập điểm": RuleKind.DIRECT,
    "Có/Không": RuleKind.YES_NO,
    "Mức": RuleKind.LEVELS,
    "Tỷ lệ": RuleKind.RATIO,
    "Đếm": RuleKind.COUNT,
    "Trừ dần": RuleKind.DEDUCTION,
    "Công thức": RuleKind.FORMULA,
}
SOURCE_WORDS = {source: word for word, source in SOURCES.items()}
RULE_KIND_WORDS = {kind: word for word, kind in RULE_KINDS.items()}
LABEL_SEPARATOR = " / "


def labels(value) -> tuple[str, ...]:
    """Labels of the declared figures; a slash within a label has no spaces around it."""
    return tuple(re.split(r"\s+/\s+", cells.text(cells.LONGEST)(value)))


SET_COLUMNS = (
    Column("Mã", "code", cells.code, required=True),
    Column("Tên", "name", cells.text(300)),
    Column("Quyết định", "decision", cells.text(100)),
    Column("Ngày", "decision_date", cells.day),
    Column("Tổng điểm", "declared_total", cells.number(0, 9999, decimals=4)),
)
CRITERION_COLUMNS = (
    Column("Bộ tiêu chí", "set", cells.code, required=True),
    Column("Mã", "code", cells.code, required=True),
    Column("Mã cha", "parent", cells.code),
    Column("Tên", "name", cells.text(1000), required=True),
    Column("Điểm tối đa", "max_points", cells.number(), required=True),
    Column("Nguồn điểm", "source", cells.choice(SOURCES)),
    Column("Loại quy tắc", "rule_kind", cells.choice(RULE_KINDS)),
    Column("Tham số", "parameters", cells.text(cells.LONGEST)),
    Column("Số liệu kê khai", "labels", labels),
    Column("Cách tính điểm", "scoring_text", cells.text(cells.LONGEST)),
    Column("Tài liệu kiểm chứng", "required_evidence", cells.text(cells.LONGEST)),
    Column("Cơ quan thẩm định", "appraising_agency", cells.text(300)),
)


@dataclass(frozen=True, slots=True)
class SetBook:
    """A criteria set as a workbook holds it. `contents` stand in the sheet's order."""

    code: str
    name: str
    contents: tuple[Content, ...]
    decision: str = ""
    decision_date: date | None = None
    declared_total: Decimal | None = None


def read_sets(sets: Table, criteria: Table) -> dict[str, SetBook]:
    """
    The sets that the criteria sheet holds, by code; what is wrong with them is added to the two tables' problems.

    A set without a row of its own is named by its code. Unsound sets are given too, so that what refers to them can
    still be checked.
    """
    heads = _heads(sets)
    rows: dict[str, list[Row]] = {code: [] for code in heads}
    for row in criteria.rows:
        if row["set"] is not None:
            rows.setdefault(row["set"], []).append(row)
    books = {code: _book(code, heads.get(code), rows_of_set) for code, rows_of_set in rows.items()}
    for code, book in books.items():
        _check(book, heads.get(code), rows[code], sets, criteria)
    return books


def _heads(sets: Table) -> dict[str, Row]:
    heads: dict[str, Row] = {}
    for row in sets.rows:
        if row["code"] in heads:
            sets.problem(row, "code", gettext("The code %(code)s stands twice.") % {"code": row["code"]})
        elif row["code"] is not None:
            heads[row["code"]] = row
    return heads


def _book(code: str, head: Row | None, rows: Iterable[Row]) -> SetBook:
    return SetBook(
        code=code,
        name=(head and head["name"]) or code,
        contents=tuple(_content(row) for row in rows if row["code"] is not None),
        decision=(head and head["decision"]) or "",
        decision_date=head["decision_date"] if head else None,
        declared_total=head["declared_total"] if head else None,
    )


def _content(row: Row) -> Content:
    max_points = row["max_points"]
    node = Node(
        code=row["code"],
        parent=row["parent"],
        name=row["name"] or "",
        # An unreadable maximum is reported as such; no points are above it.
        max_points=HIGHEST_MAXIMUM if max_points is None else max_points,
        source=row["source"],
        rule_kind=row["rule_kind"],
        parameters=row["parameters"] or "",
        labels=row["labels"] or (),
    )
    texts = ("scoring_text", "required_evidence", "appraising_agency")
    return Content(node, **{field: row[field] or "" for field in texts})


def _check(book: SetBook, head: Row | None, rows: list[Row], sets: Table, criteria: Table) -> None:
    nodes = [content.node for content in book.contents]
    if not nodes:
        if not any("code" in row.bad for row in rows):
            sets.problem(head, "code", gettext("The set %(code)s has no criteria.") % {"code": book.code})
        return
    rows_of_nodes = [row for row in rows if row["code"] is not None]
    unreadable = {field for row in rows for field in row.bad}
    found = problems(nodes)
    for problem in found:
        row = None if problem.index is None else rows_of_nodes[problem.index]
        if row is None or not _follows(problem.field, row, unreadable):
            criteria.problem(row, problem.field, localise(problem.message))
    if not found and not unreadable and head and book.declared_total is not None:
        total = Tree(nodes).max_points
        if total != book.declared_total:
            sets.problem(head, "declared_total", str(WrongTotal(book.declared_total, total)))


def _follows(field: str, row: Row, unreadable: set[str]) -> bool:
    """Whether a problem in this field only follows from a cell that is unreadable, here or in another row."""
    if field in row.bad or (field in ("parameters", "rule_kind") and row.bad & {"max_points", "source"}):
        return True
    if field == "parent":
        return bool(unreadable & {"code", "parent"})
    return (
        field == "max_points"
        and row["source"] is None
        and bool(unreadable & {"code", "parent", "max_points"})
    )


def set_cells(book: SetBook) -> tuple:
    """The set's row of the sheet `Bộ tiêu chí`."""
    return (book.code, book.name, book.decision, book.decision_date, book.declared_total)


def criterion_cells(book: SetBook) -> Iterator[tuple]:
    """The set's rows of the sheet `Tiêu chí`."""
    for content in book.contents:
        node = content.node
        yield (
            book.code,
            node.code,
            node.parent,
            node.name,
            node.max_points,
            SOURCE_WORDS.get(node.source),
            RULE_KIND_WORDS.get(node.rule_kind),
            node.parameters,
            LABEL_SEPARATOR.join(node.labels),
            content.scoring_text,
            content.required_evidence,
            content.appraising_agency,
        )
