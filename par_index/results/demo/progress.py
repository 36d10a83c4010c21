"""The workbook of a finished year, turned back to the middle of its cycle."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from zlib import crc32

from assessments.models import Assessment
from par_index.results.workbook.book import CycleBook, LeafBook, UnitBook

Status = Assessment.Status


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a unit is: `scored` and `appraised` are the shares of its leaves, in percent."""

    status: Status
    scored: int = 100
    appraised: int = 0


NOT_BEGUN = Progress(Status.DRAFT, scored=0)
SUBMITTED = Progress(Status.SUBMITTED)
HALF_APPRAISED = Progress(Status.IN_APPRAISAL, appraised=55)
FINALISED = Progress(Status.FINALISED, appraised=100)
READY = Progress(Status.DRAFT)

# The units that the demo's people work in, or that show a state; all others follow from their codes.
SHOWN = {
    "SO01": HALF_APPRAISED,
    "SO03": SUBMITTED,
    "SO07": Progress(Status.DRAFT, scored=80),
    "SO08": READY,
    "SO09": Progress(Status.DRAFT, scored=45),
    "SO10": HALF_APPRAISED,
    "SO13": NOT_BEGUN,
    "SO14": FINALISED,
    "XA001": Progress(Status.DRAFT, scored=70),
}


def progress_of(unit_code: str) -> Progress:
    if unit_code in SHOWN:
        return SHOWN[unit_code]
    lot = crc32(unit_code.encode()) % 100
    if lot < 8:
        return NOT_BEGUN
    if lot < 60:
        return Progress(Status.DRAFT, scored=25 + lot)
    return SUBMITTED if lot < 94 else HALF_APPRAISED


def turned_back(book: CycleBook) -> CycleBook:
    """The same cycle as it stood weeks before: fewer scores, fewer decisions, no survey results yet."""
    progress = {unit.code: progress_of(unit.code) for unit in book.units}
    return replace(
        book,
        units=tuple(_unit(unit, progress[unit.code]) for unit in book.units),
        leaves=tuple(kept for leaf in book.leaves for kept in _leaf(leaf, progress[leaf.unit_code])),
    )


def _unit(unit: UnitBook, progress: Progress) -> UnitBook:
    return replace(unit, status=progress.status)


def _leaf(leaf: LeafBook, progress: Progress) -> Iterator[LeafBook]:
    if leaf.exempt:
        yield leaf
        return
    is_declared = leaf.declared is not None or leaf.self_points is not None
    lot = crc32(f"{leaf.unit_code}/{leaf.criterion_code}".encode()) % 100
    decided = leaf.appraised_points if lot < progress.appraised else None
    if is_declared and lot < progress.scored:
        yield replace(leaf, appraised_points=decided, reason=leaf.reason if decided is not None else "")
    elif not is_declared and decided is not None:
        yield leaf
