"""Writing a stored cycle as a workbook that imports again and gives the same results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from assessments.models import (
    Assessment,
    Block,
    Cycle,
    EvidenceLink,
    Exemption,
    LedgerEntry,
    Score,
    UnitSuccession,
)
from councils.queries import standing
from criteria.models import CriteriaVersion
from criteria.queries import tree_of
from criteria.scoring.merging import DECIDING_STAGES
from criteria.scoring.numbers import NotANumber, read_decimal
from criteria.scoring.rules import Rule, RuleKind, format_declared
from criteria.scoring.tree import Node, Source
from criteria.services import contents_of
from criteria.workbook.sheets import (
    CRITERIA,
    CRITERION_COLUMNS,
    SET_COLUMNS,
    SETS,
    SetBook,
    criterion_cells,
    set_cells,
)
from criteria.workbook.tables import Column
from par_index.results.workbook import sheets
from surveys.models import MeasuredResult

ASSESSMENTS_AT_ONCE = 200
"""The leaves of so many units are in memory at a time."""
WIDE = 40
NARROW = 14
TEXT_FORMAT = "@"
WEIGHT = {stage.value: weight for weight, stage in enumerate(DECIDING_STAGES)}  # 0 is the weightiest


def write(cycle: Cycle, target: str | Path | BinaryIO) -> int:
    """
    Write the cycle as it stands; returns the number of rows of scores.

    What a workbook cannot hold is left out: files of evidence, all but the newest decision of each leaf, the numbers
    behind a survey's points, permissions and steps.

    :raises OSError: the file cannot be written
    """
    if isinstance(target, (str, Path)):
        with Path(target).open("wb") as file:
            return write(cycle, file)
    book = Workbook(write_only=True)
    blocks = list(cycle.blocks.select_related("version__criteria_set").order_by("position"))
    set_codes = _set_codes(blocks)
    _write_head(book, cycle)
    _write_sheet(book, sheets.BLOCKS, sheets.BLOCK_COLUMNS, _block_rows(blocks, set_codes))
    sets = [_set_book(version, set_codes[version.pk]) for version in _versions(blocks)]
    _write_sheet(book, SETS, SET_COLUMNS, map(set_cells, sets))
    _write_sheet(book, sheets.UNITS, sheets.UNIT_COLUMNS, _unit_rows(cycle))
    criteria = (row for set_book in sets for row in criterion_cells(set_book))
    _write_sheet(book, CRITERIA, CRITERION_COLUMNS, criteria)
    rows = _write_sheet(book, sheets.SCORES, sheets.SCORE_COLUMNS, _score_rows(cycle, blocks))
    book.save(target)
    return rows


# --- sheets -----------------------------------------------------------------------------------------------------------


def _write_head(book: Workbook, cycle: Cycle) -> None:
    sheet = book.create_sheet(sheets.CYCLE)
    sheet.column_dimensions["A"].width = WIDE
    sheet.column_dimensions["B"].width = 2 * WIDE
    values = {
        "code": cycle.code,
        "name": cycle.name,
        "year": cycle.year,
        "period_from": cycle.period_from,
        "period_to": cycle.period_to,
        "lead_agency": cycle.lead_agency,
        "legal_basis": cycle.legal_basis,
        "rank_by": _word(sheets.RANK_BY, cycle.rank_by),
        "ties": cycle.ties,
        "tie_breakers": "; ".join(_word(sheets.TIE_BREAKERS, name) for name in cycle.tie_breakers),
        "no_survey": _word(sheets.NO_SURVEY, cycle.no_survey),
        "bonus_cap": cycle.bonus_cap,
        "penalty_cap": cycle.penalty_cap,
        "may_exceed": _word(sheets.YES_NO, cycle.may_exceed),
        "decision_number": cycle.decision_number,
        "decision_date": cycle.decision_date,
        "signer": cycle.signer,
    }
    for column in sheets.HEAD_KEYS:
        value = values[column.field]
        if value not in (None, ""):
            sheet.append([_cell(sheet, column.header, bold=True), _cell(sheet, value)])


def _write_sheet(book: Workbook, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """One sheet with its headers frozen; returns the number of rows."""
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for position, column in enumerate(columns, start=1):
        is_wide = column.field in ("name", "parameters", "declared", "reason", "account", "evidence", "bands")
        sheet.column_dimensions[get_column_letter(position)].width = WIDE if is_wide else NARROW
    sheet.append([_cell(sheet, column.header, bold=True) for column in columns])
    count = 0
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
        count += 1
    return count


def _cell(sheet, value: Any, *, bold: bool = False) -> Any:
    """
    Text stays text, whatever it begins with, and codes such as 1.10 keep their zero; numbers and dates are values.
    """
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"
    cell.number_format = TEXT_FORMAT
    if bold:
        cell.font = Font(bold=True)
    return cell


def _word(words: Mapping[str, Any], value: Any) -> str:
    """The workbook's word for a value of the program."""
    return next(word for word, result in words.items() if result == value)


# --- cycle, blocks, criteria, units -----------------------------------------------------------------------------------


def _versions(blocks: Iterable[Block]) -> list[CriteriaVersion]:
    return list({block.version_id: block.version for block in blocks}.values())


def _set_codes(blocks: Sequence[Block]) -> dict[int, str]:
    """The code of each version's set; two versions of one set in one cycle are told apart by their numbers."""
    versions = _versions(blocks)
    codes = [version.criteria_set.code for version in versions]
    return {
        version.pk: code if codes.count(code) == 1 else f"{code}-{version.number}"
        for version, code in zip(versions, codes, strict=True)
    }


def _set_book(version: CriteriaVersion, code: str) -> SetBook:
    return SetBook(
        code=code,
        name=version.name,
        contents=tuple(contents_of(version)),
        decision=version.decision,
        decision_date=version.decision_date,
        declared_total=version.declared_total,
    )


def _block_rows(blocks: Iterable[Block], set_codes: Mapping[int, str]) -> Iterator[tuple]:
    for block in blocks:
        yield (
            block.code,
            block.name,
            set_codes[block.version_id],
            block.bands,
            _word(sheets.NO_SURVEY, block.no_survey) if block.no_survey else None,
            block.bonus_cap,
            block.penalty_cap,
        )


def _assessments(cycle: Cycle):
    return cycle.assessments.order_by("block__position", "position", "unit__code")


def _unit_rows(cycle: Cycle) -> Iterator[tuple]:
    predecessors: dict[int, list[str]] = {}
    successions = UnitSuccession.objects.filter(
        successor__assessments__cycle=cycle, predecessor__parent=cycle.owner_id
    )
    for unit_id, code in successions.order_by("predecessor__code").values_list(
        "successor_id", "predecessor__code"
    ):
        predecessors.setdefault(unit_id, []).append(code)
    for assessment in _assessments(cycle).select_related("unit", "block"):
        yield (
            assessment.unit.code,
            assessment.unit.name,
            assessment.block.code,
            "; ".join(predecessors.get(assessment.unit_id, [])),
            assessment.position,
            _status_word(assessment.status),
            assessment.published_index,
            assessment.published_rank,
        )


def _status_word(status: str) -> str:
    """A sheet sent back is being scored again; the workbook has no word of its own for it."""
    if status == Assessment.Status.RETURNED:
        status = Assessment.Status.DRAFT
    return _word(sheets.STATUSES, status)


# --- scores -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Leaf:
    """What is stored about one leaf of one unit."""

    score: Score | None = None
    exemption: Exemption | None = None
    decision: LedgerEntry | None = None
    measured: MeasuredResult | None = None
    documents: list[str] = field(default_factory=list)


def _score_rows(cycle: Cycle, blocks: Iterable[Block]) -> Iterator[tuple]:
    trees = {block.pk: tree_of(block.version) for block in blocks}
    assessments = list(_assessments(cycle).select_related("unit"))
    for start in range(0, len(assessments), ASSESSMENTS_AT_ONCE):
        chunk = assessments[start : start + ASSESSMENTS_AT_ONCE]
        found = _leaves([assessment.pk for assessment in chunk])
        for assessment in chunk:
            tree = trees[assessment.block_id]
            for node in tree.leaves:
                leaf = found.get((assessment.pk, node.code))
                if leaf is not None:
                    row = _leaf_cells(node, tree.rule(node.code), leaf)
                    if any(value not in (None, "") for value in row):
                        yield (assessment.unit.code, node.code, *row)


def _leaves(assessment_ids: Sequence[int]) -> dict[tuple[int, str], _Leaf]:
    """By assessment and code of the criterion; in as many queries for one unit as for many."""
    found: dict[tuple[int, str], _Leaf] = {}

    def leaf(assessment_id: int, code: str) -> _Leaf:
        return found.setdefault((assessment_id, code), _Leaf())

    of_these = {"assessment__in": assessment_ids}
    for score in Score.objects.filter(**of_these).select_related("criterion"):
        leaf(score.assessment_id, score.criterion.code).score = score
    for exemption in Exemption.objects.filter(**of_these).select_related("criterion"):
        leaf(exemption.assessment_id, exemption.criterion.code).exemption = exemption
    for result in MeasuredResult.objects.filter(**of_these).select_related("criterion").order_by("pk"):
        leaf(result.assessment_id, result.criterion.code).measured = result
    decisions = standing().filter(stage__in=WEIGHT, **of_these).select_related("criterion").order_by("pk")
    for entry in decisions:
        row = leaf(entry.assessment_id, entry.criterion.code)
        # The newest of a stage comes last; a lighter stage never replaces a weightier one.
        if row.decision is None or WEIGHT[entry.stage] <= WEIGHT[row.decision.stage]:
            row.decision = entry
    links = EvidenceLink.objects.filter(evidence__assessment__in=assessment_ids)
    links = links.select_related("criterion", "evidence").prefetch_related("evidence__files").order_by("pk")
    for link in links:
        leaf(link.evidence.assessment_id, link.criterion.code).documents.append(str(link.evidence))
    return found


def _leaf_cells(node: Node, rule: Rule, leaf: _Leaf) -> tuple:
    """The columns of the sheet `Điểm` after the two codes."""
    score, decision, measured = leaf.score, leaf.decision, leaf.measured
    settled = leaf.exemption is not None or (decision is not None and decision.not_applicable)
    is_measured = node.source in (Source.SURVEY, Source.EXTERNAL)
    if leaf.exemption is not None:
        reason = leaf.exemption.reason
    elif is_measured:
        reason = measured.reason if measured else ""
    else:
        reason = decision.reason if decision else ""
    has_self_score = node.source == Source.SELF and score is not None and not settled
    return (
        sheets.MARK if settled else None,
        _declared(node, rule, leaf, settled),
        score.points if has_self_score else None,
        decision.points if decision is not None and not settled and not is_measured else None,
        reason,
        measured.points if measured is not None and is_measured and not settled else None,
        score.account if score else None,
        _evidence(leaf),
    )


def _declared(node: Node, rule: Rule, leaf: _Leaf, settled: bool) -> str | None:
    """The declared figures as one text; points that were entered directly stand in their own column alone."""
    entered = (
        leaf.decision.declared if leaf.decision is not None and node.source == Source.APPRAISER else None
    )
    declared = entered or (leaf.score.declared if leaf.score else None)
    if not declared or (node.rule_kind == RuleKind.DIRECT and not settled):
        return None
    if node.rule_kind is None or rule.fields[0].kind == "choice":
        return "; ".join(declared)
    return format_declared([_number(figure) for figure in declared])


def _number(figure: str) -> Decimal | str:
    try:
        return read_decimal(figure)
    except NotANumber:
        return figure


def _evidence(leaf: _Leaf) -> str:
    """The note kept with the score and the documents that back it."""
    note = leaf.score.evidence_note if leaf.score else ""
    return "; ".join(dict.fromkeys(text for text in (note, *leaf.documents) if text))
