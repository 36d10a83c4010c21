"""A cycle as its workbook holds it: plain values, checked, not yet in the database."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assessments.models import Assessment
from criteria.scoring.ranking import RankBy, TieBreaker, Ties
from criteria.scoring.rollup import NoSurvey
from criteria.workbook.sheets import SetBook
from criteria.workbook.tables import Problem


@dataclass(frozen=True, slots=True)
class CycleHead:
    """The sheet `Kỳ đánh giá`. Caps in points, None for no cap; the last three of a cycle that was decided."""

    code: str
    name: str
    year: int
    period_from: date
    period_to: date
    lead_agency: str = ""
    legal_basis: str = ""
    rank_by: RankBy = RankBy.UNROUNDED
    ties: Ties = Ties.SKIP
    tie_breakers: tuple[TieBreaker, ...] = ()
    no_survey: NoSurvey = NoSurvey.STOP
    bonus_cap: Decimal | None = None
    penalty_cap: Decimal | None = None
    may_exceed: bool = False
    decision_number: str = ""
    decision_date: date | None = None
    signer: str = ""


@dataclass(frozen=True, slots=True)
class BlockBook:
    """A row of `Khối`; None where the cycle's own setting applies. `bands` in the workbook's notation."""

    code: str
    name: str
    set_code: str
    bands: str
    no_survey: NoSurvey | None = None
    bonus_cap: Decimal | None = None
    penalty_cap: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UnitBook:
    """A row of `Đơn vị`. `status` is settled: given, or what the scores amount to."""

    code: str
    name: str
    block_code: str
    status: Assessment.Status
    predecessors: tuple[str, ...] = ()
    position: int = 0
    published_index: Decimal | None = None
    published_rank: int | None = None


@dataclass(frozen=True, slots=True)
class LeafBook:
    """
    All that the workbook says of one leaf of one unit; points to 4 decimals.

    `declared` are the figures as text, in the order of the leaf's labels, None when none are given. `exempt` says
    that the leaf was marked not applicable, `not_applicable` that its rule gives so for the declared figures.
    """

    unit_code: str
    criterion_code: str
    exempt: bool = False
    not_applicable: bool = False
    declared: tuple[str, ...] | None = None
    self_points: Decimal | None = None
    appraised_points: Decimal | None = None
    reason: str = ""
    measured_points: Decimal | None = None
    account: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class CycleBook:
    """A whole workbook without an error; `warnings` and `notes` are for the person who imports it."""

    head: CycleHead
    sets: tuple[SetBook, ...]
    blocks: tuple[BlockBook, ...]
    units: tuple[UnitBook, ...]
    leaves: tuple[LeafBook, ...]
    warnings: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
