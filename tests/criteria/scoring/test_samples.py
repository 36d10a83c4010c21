"""The sample cycles, with everything that the rule book says about them computed here a second, plainer way."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import openpyxl
import pytest

from criteria.scoring.consolidation import BlockInput, UnitInput, consolidate
from criteria.scoring.merging import LeafInput, NoSurvey, Opinion, Stage
from criteria.scoring.ranking import RankBy, TieBreaker, Ties, parse_bands
from criteria.scoring.rollup import Settings, percent_2
from criteria.scoring.rules import RuleKind, split_declared
from criteria.scoring.tree import Node, Source, Tree
from tests.workbooks import sample

CORNERS = ["goc-1", "goc-2", "goc-3"]
SOURCES = {
    "Tự chấm": Source.SELF,
    "Thẩm định": Source.APPRAISER,
    "Điều tra XHH": Source.SURVEY,
    "Chỉ số ngoài": Source.EXTERNAL,
    "Điểm thưởng": Source.BONUS,
    "Điểm trừ": Source.PENALTY,
}
KINDS = {
    "Nhập điểm": RuleKind.DIRECT,
    "Có/Không": RuleKind.YES_NO,
    "Mức": RuleKind.LEVELS,
    "Tỷ lệ": RuleKind.RATIO,
    "Đếm": RuleKind.COUNT,
    "Trừ dần": RuleKind.DEDUCTION,
    "Công thức": RuleKind.FORMULA,
}
TIE_BREAKERS = {
    "điểm thẩm định": TieBreaker.APPRAISED,
    "điểm khảo sát": TieBreaker.SURVEY,
    "điểm tự chấm": TieBreaker.SELF,
}
NO_SURVEY = {"dừng": NoSurvey.STOP, "quy đổi": NoSurvey.RESCALE, "0 điểm": NoSurvey.ZERO}


def number(cell) -> Decimal | None:
    return None if cell is None else Decimal(str(cell).replace(",", "."))


class Book:
    """The sheets of a sample as they stand, for tests only."""

    def __init__(self, name: str):
        workbook = openpyxl.load_workbook(sample(name), read_only=True, data_only=True)
        self.cycle = dict(row[:2] for row in workbook["Kỳ đánh giá"].iter_rows(values_only=True))
        self.blocks, self.units, self.criteria, self.scores = (
            list(self._rows(workbook[sheet])) for sheet in ("Khối", "Đơn vị", "Tiêu chí", "Điểm")
        )
        workbook.close()
        self.trees = {
            name: Tree([self._node(row) for row in self.criteria if row["Bộ tiêu chí"] == name])
            for name in {row["Bộ tiêu chí"] for row in self.criteria}
        }

    @staticmethod
    def _rows(sheet) -> Iterator[dict]:
        rows = sheet.iter_rows(values_only=True)
        head = next(rows)
        return (dict(zip(head, row, strict=True)) for row in rows)

    @staticmethod
    def _node(row: dict) -> Node:
        return Node(
            code=str(row["Mã"]),
            parent=row["Mã cha"] and str(row["Mã cha"]),
            name=row["Tên"],
            max_points=number(row["Điểm tối đa"]),
            source=SOURCES.get(row["Nguồn điểm"]),
            rule_kind=KINDS.get(row["Loại quy tắc"]),
            parameters=row["Tham số"] or "",
            labels=tuple((row["Số liệu kê khai"] or "").split(" / ")) if row["Số liệu kê khai"] else (),
        )

    def tree_of(self, unit: str) -> Tree:
        block = next(row["Mã khối"] for row in self.units if row["Mã đơn vị"] == unit)
        return self.trees[next(row["Bộ tiêu chí"] for row in self.blocks if row["Mã khối"] == block)]

    def setting(self, block: dict, key: str):
        own = block.get(key)
        return self.cycle.get(key) if own is None else own


@pytest.mark.parametrize("name", [*CORNERS, "tinh-mau-2024", "tinh-mau-2025"])
def test_every_typed_self_score_is_what_its_rule_gives(name):
    book = Book(name)
    trees = {row["Mã đơn vị"]: book.tree_of(row["Mã đơn vị"]) for row in book.units}
    different = []
    for row in book.scores:
        if row["Kê khai"] is None:
            continue
        rule = trees[row["Mã đơn vị"]].rule(str(row["Mã tiêu chí"]))
        computed = rule.score(split_declared(str(row["Kê khai"]), rule)).points
        if computed != number(row["Điểm tự chấm"]):
            different.append((row["Mã đơn vị"], row["Mã tiêu chí"], row["Điểm tự chấm"], computed))
    assert different == []


@pytest.mark.parametrize("name", CORNERS)
def test_corner_cycles_consolidate_to_what_a_second_way_computes(name):
    book = Book(name)

    result = consolidate(
        [_block_input(book, block) for block in book.blocks],
        by=RankBy.PRINTED if book.cycle.get("Xếp hạng theo") == "đã làm tròn" else RankBy.UNROUNDED,
        ties=Ties(book.cycle.get("Đồng hạng") or "1-1-3"),
        tie_breakers=[TIE_BREAKERS[name] for name in _tie_breakers(book)],
    )

    computed = [
        (block.code, unit.code, unit.totals.index, unit.place, unit.band)
        for block in result.blocks
        for unit in block.units
    ]
    assert computed == [row for block in book.blocks for row in _second_way(book, block)]


def _block_input(book: Book, block: dict) -> BlockInput:
    tree = book.trees[block["Bộ tiêu chí"]]
    members = [row for row in book.units if row["Mã khối"] == block["Mã khối"]]
    return BlockInput(
        code=block["Mã khối"],
        tree=tree,
        bands=parse_bands(block["Xếp loại"]),
        units=tuple(
            UnitInput(row["Mã đơn vị"], int(row["Thứ tự"]), _leaf_inputs(book, tree, row["Mã đơn vị"]))
            for row in members
        ),
        no_survey=NO_SURVEY[book.setting(block, "Khi không điều tra") or "dừng"],
        settings=Settings(
            bonus_cap=number(book.setting(block, "Trần điểm thưởng")),
            penalty_cap=number(book.setting(block, "Trần điểm trừ")),
            may_exceed=book.cycle.get("Vượt điểm tối đa") == "có",
        ),
    )


def _leaf_inputs(book: Book, tree: Tree, unit: str) -> dict[str, LeafInput]:
    leaves = {}
    for row in (row for row in book.scores if row["Mã đơn vị"] == unit):
        for node in tree.leaves_under(str(row["Mã tiêu chí"])):
            if row["Không áp dụng"]:
                leaves[node.code] = LeafInput(
                    node.code, exempt=True, exempt_reason=row["Lý do thẩm định"] or ""
                )
                continue
            decided = number(row["Điểm thẩm định"])
            leaves[node.code] = LeafInput(
                node.code,
                self_points=number(row["Điểm tự chấm"]),
                opinions=() if decided is None else (Opinion(Stage.ROUND_1, decided),),
                measured_points=number(row["Điểm khảo sát"]),
            )
    return leaves


def _tie_breakers(book: Book) -> list[str]:
    named = book.cycle.get("Tiêu chí phụ")
    return [name.strip() for name in named.split(";")] if named else []


def _second_way(book: Book, block: dict) -> list[tuple]:
    """(block, unit, index, place, band) straight from the rows, by prefixes of codes instead of a tree."""
    by_unit = [_second_totals(book, block, row) for row in book.units if row["Mã khối"] == block["Mã khối"]]
    ranked = sorted(
        by_unit,
        key=lambda unit: (unit["merit"] is None, [-value for value in unit["merit"] or []], *unit["order"]),
    )
    rows = []
    for unit in ranked:
        if unit["merit"] is None:
            rows.append((block["Mã khối"], unit["code"], None, None, ""))
            continue
        better = [other["merit"] for other in by_unit if other["merit"] and other["merit"] > unit["merit"]]
        if book.cycle.get("Đồng hạng") == "1-1-2":
            better = set(better)
        place = 1 + len(better)
        rows.append(
            (block["Mã khối"], unit["code"], unit["index"], place, _second_band(block, unit["merit"][0]))
        )
    return rows


def _second_totals(book: Book, block: dict, member: dict) -> dict:
    code = member["Mã đơn vị"]
    rows = {str(row["Mã tiêu chí"]): row for row in book.scores if row["Mã đơn vị"] == code}
    members = {row["Mã đơn vị"] for row in book.units if row["Mã khối"] == block["Mã khối"]}
    criteria = [row for row in book.criteria if row["Bộ tiêu chí"] == block["Bộ tiêu chí"]]
    surveys = {str(row["Mã"]) for row in criteria if row["Nguồn điểm"] == "Điều tra XHH"}
    surveyed = any(
        row["Mã đơn vị"] in members
        and str(row["Mã tiêu chí"]) in surveys
        and row["Điểm khảo sát"] is not None
        for row in book.scores
    )
    rescales = book.setting(block, "Khi không điều tra") == "quy đổi"
    own_maximum = total = Fraction(0)
    sums = dict.fromkeys(["điểm thẩm định", "điểm khảo sát", "điểm tự chấm", "thưởng", "trừ"], Fraction(0))
    for row in criteria:
        leaf, source = str(row["Mã"]), row["Nguồn điểm"]
        marked = [key for key, score in rows.items() if score["Không áp dụng"]]
        if source is None or any(leaf == key or leaf.startswith(f"{key}.") for key in marked):
            continue
        if source == "Điều tra XHH" and not surveyed and rescales:
            continue
        score = rows.get(leaf, {})
        maximum = Fraction(number(row["Điểm tối đa"]))
        decided = Fraction(number(score.get("Điểm thẩm định")) or 0)
        measured = Fraction(number(score.get("Điểm khảo sát")) or 0)
        if source in ("Điểm thưởng", "Điểm trừ"):
            sums["thưởng" if source == "Điểm thưởng" else "trừ"] += min(decided, maximum)
            continue
        own_maximum += maximum
        total += decided + measured
        sums["điểm thẩm định"] += decided
        sums["điểm khảo sát"] += measured
        if source == "Tự chấm":
            sums["điểm tự chấm"] += Fraction(number(score.get("Điểm tự chấm")) or 0)
    for extra, key in (("thưởng", "Trần điểm thưởng"), ("trừ", "Trần điểm trừ")):
        cap = number(book.setting(block, key))
        sums[extra] = sums[extra] if cap is None else min(sums[extra], Fraction(cap))
    total = max(Fraction(0), total + sums["thưởng"] - sums["trừ"])
    if book.cycle.get("Vượt điểm tối đa") != "có":
        total = min(total, own_maximum)
    order = (int(member["Thứ tự"]), code)
    if not own_maximum:
        return {"code": code, "index": None, "merit": None, "order": order}
    index = total / own_maximum * 100
    compared = index
    if book.cycle.get("Xếp hạng theo") == "đã làm tròn":
        exact = Decimal(index.numerator) / Decimal(index.denominator)
        compared = Fraction(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
        assert compared == percent_2(index)
    merit = (compared, *(sums[name] for name in _tie_breakers(book)))
    return {"code": code, "index": index, "merit": merit, "order": order}


def _second_band(block: dict, compared: Fraction) -> str:
    for text in block["Xếp loại"].split(";"):
        for sign, holds in ((">=", compared.__ge__), (">", compared.__gt__)):
            if sign in text:
                name, bound = text.split(sign)
                if holds(Fraction(number(bound.strip()))):
                    return name.strip()
                break
        else:
            return text.strip()
    raise AssertionError(block["Xếp loại"])
