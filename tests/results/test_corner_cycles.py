"""
The sample workbooks, computed a second time straight from their cells and compared with what the portal publishes.

The second computation shares nothing with the portal: no scoring, no reader, no database; openpyxl and fractions only.
"""

import csv
import io
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import pairwise

import openpyxl
import pytest
from django.core.management import call_command

from par_index.results.exports.data import results_csv
from par_index.results.exports.edition import Edition
from par_index.results.models import Consolidation
from par_index.results.workbook import importer, reader
from tests.factories import AT
from tests.workbooks import sample

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

SETTINGS = {"Xếp hạng theo": "chưa làm tròn", "Đồng hạng": "1-1-3", "Khi không điều tra": "dừng"}
ORDINARY = {"Tự chấm", "Thẩm định", "Điều tra XHH", "Chỉ số ngoài"}


# --- the second computation ---------------------------------------------------------------------------------------


def number(value) -> Fraction | None:
    return None if value is None else Fraction(str(value).replace(",", "."))


def rows(book, sheet: str) -> list[dict]:
    head, *lines = [
        row for row in book[sheet].iter_rows(values_only=True) if any(cell is not None for cell in row)
    ]
    return [dict(zip(head, line, strict=True)) for line in lines]


def recount(path) -> list[dict]:
    """The columns of results.csv for every unit in order; numbers as fractions, None where there is no index."""
    book = openpyxl.load_workbook(path, data_only=True)
    cells = book["Kỳ đánh giá"].iter_rows(values_only=True, max_col=2)
    cycle = SETTINGS | {key: value for key, value in cells if key and value is not None}
    criteria = rows(book, "Tiêu chí")
    scores = {(row["Mã đơn vị"], str(row["Mã tiêu chí"])): row for row in rows(book, "Điểm")}
    lines = []
    for block in rows(book, "Khối"):
        tree = [row for row in criteria if row["Bộ tiêu chí"] == block["Bộ tiêu chí"]]
        units = [row for row in rows(book, "Đơn vị") if row["Mã khối"] == block["Mã khối"]]
        counted = [count_unit(cycle, block, tree, unit, units, scores) for unit in units]
        lines += place(cycle, block, counted)
    return lines


def setting(cycle: dict, block: dict, key: str):
    own = block.get(key)
    return cycle.get(key) if own is None else own


def count_unit(cycle, block, tree, unit, units, scores) -> dict:
    code = unit["Mã đơn vị"]
    leaves = [row for row in tree if row["Nguồn điểm"]]
    surveyed = any(
        scores.get((other["Mã đơn vị"], leaf["Mã"]), {}).get("Điểm khảo sát") is not None
        for other in units
        for leaf in leaves
        if leaf["Nguồn điểm"] == "Điều tra XHH"
    )
    sums = dict.fromkeys((*ORDINARY, "Điểm thưởng", "Điểm trừ"), Fraction(0))
    maximum, own = Fraction(0), Fraction(0)
    for leaf in leaves:
        source = leaf["Nguồn điểm"]
        row = scores.get((code, leaf["Mã"]), {})
        if any(scores.get((code, above), {}).get("Không áp dụng") for above in path_up(tree, leaf)):
            continue
        measured = source in ("Điều tra XHH", "Chỉ số ngoài")
        points = number(row.get("Điểm khảo sát" if measured else "Điểm thẩm định"))
        if source == "Điều tra XHH" and not surveyed:
            what = setting(cycle, block, "Khi không điều tra")
            assert what != "dừng"
            if what == "quy đổi":
                continue
            points = Fraction(0)
        if source in ORDINARY:
            assert points is not None
            maximum += number(leaf["Điểm tối đa"])
        sums[source] += points or 0
        if source == "Tự chấm":
            own += number(row.get("Điểm tự chấm")) or 0
    bonus = capped(sums["Điểm thưởng"], number(setting(cycle, block, "Trần điểm thưởng")))
    penalty = capped(sums["Điểm trừ"], number(setting(cycle, block, "Trần điểm trừ")))
    total = max(sum((sums[source] for source in ORDINARY), Fraction(0)) + bonus - penalty, Fraction(0))
    if cycle.get("Vượt điểm tối đa") != "có":
        total = min(total, maximum)
    return {
        "unit_code": code,
        "order": (number(unit.get("Thứ tự")) or 0, code),
        "max_points": maximum,
        "self_points": own,
        "appraised_points": sums["Tự chấm"] + sums["Thẩm định"],
        "survey_points": sums["Điều tra XHH"] + sums["Chỉ số ngoài"],
        "bonus_points": bonus,
        "penalty_points": penalty,
        "total_points": total,
        "index": total * 100 / maximum if maximum else None,
    }


def path_up(tree, leaf) -> list[str]:
    parents = {row["Mã"]: row["Mã cha"] for row in tree}
    path = [leaf["Mã"]]
    while parents[path[-1]] is not None:
        path.append(parents[path[-1]])
    return path


def capped(points: Fraction, cap: Fraction | None) -> Fraction:
    return points if cap is None else min(points, cap)


def printed(index: Fraction) -> Fraction:
    return Fraction((index * 100 + Fraction(1, 2)).__floor__(), 100)


def place(cycle, block, counted) -> list[dict]:
    """The units of a block in order, with rank and band; all sample units have an index."""

    def compared(line) -> Fraction:
        return printed(line["index"]) if cycle["Xếp hạng theo"] == "đã làm tròn" else line["index"]

    columns = {
        "điểm thẩm định": "appraised_points",
        "điểm khảo sát": "survey_points",
        "điểm tự chấm": "self_points",
    }
    breakers = [
        columns[name.strip()] for name in (cycle.get("Tiêu chí phụ") or "").split(";") if name.strip()
    ]

    def merit(line) -> tuple:
        return (compared(line), *(line[column] for column in breakers))

    ordered = sorted(sorted(counted, key=lambda line: line["order"]), key=merit, reverse=True)
    for line in ordered:
        better = [merit(other) for other in counted if merit(other) > merit(line)]
        line["rank"] = 1 + len(better if cycle["Đồng hạng"] == "1-1-3" else set(better))
        line["band"] = band(block["Xếp loại"], compared(line))
        line["block"] = block["Mã khối"]
    # Sorting in reverse keeps equal ones in their order, so tied units stand in the block's own.
    assert all(a["rank"] < b["rank"] or a["order"] < b["order"] for a, b in pairwise(ordered))
    return ordered


def band(text: str, index: Fraction) -> str:
    for part in text.split(";"):
        name, sign, bound = part.strip().partition(">=") if ">=" in part else part.strip().partition(">")
        if not sign:
            return name.strip()
        edge = number(bound.strip())
        if index > edge or (sign == ">=" and index == edge):
            return name.strip()
    raise AssertionError(text)


# --- the comparison -----------------------------------------------------------------------------------------------


def consolidated(path) -> list[dict]:
    """Import the workbook, consolidate, and read results.csv as a machine would."""
    book = reader.read(path)
    importer.store(book, owner=None, by=None, at=AT)
    call_command("consolidate", book.head.code, stdout=io.StringIO())
    run = Consolidation.objects.get(cycle__code=book.head.code)
    edition = Edition(run, number=1, decision=None, published_at=AT)
    return list(csv.DictReader(io.StringIO(results_csv(edition).decode("utf-8-sig"))))


@pytest.mark.parametrize("name", ["goc-1", "goc-2", "goc-3", "tinh-mau-2025"])
def test_results_equal_a_second_computation(name):
    path = sample(name)

    found = consolidated(path)

    expected = recount(path)
    assert [line["unit_code"] for line in found] == [line["unit_code"] for line in expected]
    for line, wanted in zip(found, expected, strict=True):
        for column in (
            "max_points",
            "self_points",
            "appraised_points",
            "survey_points",
            "bonus_points",
            "penalty_points",
            "total_points",
        ):
            assert Fraction(line[column]) == wanted[column], (line["unit_code"], column)
        assert Fraction(line["index_percent"]) == printed(wanted["index"])
        assert Decimal(line["index_unrounded"]) == twelve_digits(wanted["index"])
        assert (line["block"], int(line["rank"]), line["band"]) == (
            wanted["block"],
            wanted["rank"],
            wanted["band"],
        )


def twelve_digits(index: Fraction) -> Decimal:
    context = Context(prec=12, rounding=ROUND_HALF_UP)
    return context.divide(Decimal(index.numerator), Decimal(index.denominator))
