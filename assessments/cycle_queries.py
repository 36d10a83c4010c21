"""How far all units of a cycle are. Every function takes a fixed number of queries, whatever the number of units."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.db.models import Count, Exists, Max, OuterRef, Q

from assessments.models import Assessment, Block, Cycle, EvidenceLink, Exemption, Score, Step
from assessments.models.assessment import Status
from assessments.states import SEND_BACK
from criteria.models import Criterion
from criteria.scoring.tree import Source

HANDED_IN = (Status.SUBMITTED, Status.IN_APPRAISAL, Status.FINALISED)


class State(StrEnum):
    """Where a unit's sheet stands in its manager's eyes: its status, and how far the unit has come in it."""

    PREPARING = "preparing"
    NOT_STARTED = "not_started"
    SCORING = "scoring"
    COMPLETE = "complete"
    LOCKED = "locked"
    RETURNED = "returned"
    SUBMITTED = "submitted"
    IN_APPRAISAL = "in_appraisal"
    FINALISED = "finalised"


@dataclass(frozen=True, slots=True)
class Progress:
    """
    One unit's sheet in counts of the leaves that the unit scores and that apply to it.

    `scored` have points or are claimed not to apply; of these `unbacked` lack evidence and account (for a claim: its
    reason). `saved_at` is the last save of a leaf. `writable`: the self-assessment takes something at this moment.
    """

    assessment: Assessment
    total: int
    scored: int
    unbacked: int
    saved_at: datetime | None
    writable: bool

    @property
    def is_complete(self) -> bool:
        """Whether the sheet could be submitted: the same answer as `queries.completeness` gives."""
        return self.scored == self.total and self.unbacked == 0

    @property
    def state(self) -> State:
        if self.assessment.status != Status.DRAFT:
            return State(self.assessment.status)
        if not self.writable:
            return State.LOCKED
        if self.scored == 0:
            return State.NOT_STARTED
        return State.COMPLETE if self.is_complete else State.SCORING

    @property
    def is_handed_in(self) -> bool:
        return self.assessment.status in HANDED_IN

    @property
    def may_be_sent_back(self) -> bool:
        return self.assessment.status in SEND_BACK.sources


@dataclass(frozen=True, slots=True)
class Area:
    """A top node of a version with the leaves below it that units score: their maxima by id."""

    code: str
    name: str
    leaves: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class AreaProgress:
    """Leaves of one area that are scored, of those that apply to the unit."""

    area: Area
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    """A unit's line of the table; `points` are None until something is scored, `max_points` the unit's own maximum."""

    progress: Progress
    areas: tuple[AreaProgress, ...]
    points: Decimal | None
    max_points: Decimal


@dataclass(slots=True)
class BlockSummary:
    """How many units of a block have handed in, are scoring, have not begun."""

    block: Block
    total: int = 0
    submitted: int = 0
    returned: int = 0
    scoring: int = 0
    not_started: int = 0
    waiting: int = 0  # submitted, and nobody has begun to appraise them

    @property
    def begun(self) -> int:
        """Sheets in which something is scored and that are not handed in."""
        return self.scoring + self.returned


def progress_of(cycle: Cycle, at: datetime) -> list[Progress]:
    """All units of the cycle in the book's order. Five queries."""
    sheets = list(
        cycle.assessments.select_related("unit", "block").order_by(
            "block__position", "position", "unit__code"
        )
    )
    areas = areas_of({sheet.block.version_id for sheet in sheets})
    leaf_counts = {version: sum(len(area.leaves) for area in found) for version, found in areas.items()}
    exempt = _counts(Exemption.objects.filter(assessment__cycle=cycle, criterion__source=Source.SELF.value))
    scores = {
        row["assessment"]: row
        for row in _scored(Score.objects.filter(assessment__cycle=cycle))
        .values("assessment")
        .annotate(
            scored=Count("pk"), unbacked=Count("pk", filter=_lacks_backing()), saved_at=Max("updated_at")
        )
        .order_by()
    }
    step = Step.objects.filter(cycle=cycle, kind=Step.Kind.SELF_ASSESSMENT).first()
    writable = cycle.published_at is None and step is not None and step.is_open(at)
    nothing = {"scored": 0, "unbacked": 0, "saved_at": None}
    return [
        Progress(
            assessment=sheet,
            total=leaf_counts.get(sheet.block.version_id, 0) - exempt.get(sheet.pk, 0),
            writable=writable,
            **{name: scores.get(sheet.pk, nothing)[name] for name in nothing},
        )
        for sheet in sheets
    ]


def rows_of(shown: Iterable[Progress]) -> list[Row]:
    """The lines of those units that a page shows, with their areas and points. Three queries."""
    shown = list(shown)
    ids = [progress.assessment.pk for progress in shown]
    areas = areas_of({progress.assessment.block.version_id for progress in shown})
    exempt: dict[int, set[int]] = defaultdict(set)
    for assessment_id, criterion_id in Exemption.objects.filter(assessment__in=ids).values_list(
        "assessment_id", "criterion_id"
    ):
        exempt[assessment_id].add(criterion_id)
    scores: dict[int, dict[int, tuple[Decimal | None, bool]]] = defaultdict(dict)
    rows = _scored(Score.objects.filter(assessment__in=ids))
    for assessment_id, criterion_id, points, not_applicable in rows.values_list(
        "assessment_id", "criterion_id", "points", "not_applicable"
    ):
        scores[assessment_id][criterion_id] = (points, not_applicable)
    return [
        _row(
            progress,
            areas.get(progress.assessment.block.version_id, ()),
            exempt[progress.assessment.pk],
            scores[progress.assessment.pk],
        )
        for progress in shown
    ]


def _row(
    progress: Progress,
    areas: tuple[Area, ...],
    exempt: set[int],
    scores: dict[int, tuple[Decimal | None, bool]],
) -> Row:
    given = [points for points, _claimed in scores.values() if points is not None]
    claimed = {leaf for leaf, (_points, not_applicable) in scores.items() if not_applicable}
    applicable = [[leaf for leaf in area.leaves if leaf not in exempt] for area in areas]
    return Row(
        progress=progress,
        areas=tuple(
            AreaProgress(area, done=sum(leaf in scores for leaf in leaves), total=len(leaves))
            for area, leaves in zip(areas, applicable, strict=True)
        ),
        points=sum(given, Decimal(0)) if given else None,
        max_points=sum(
            (
                area.leaves[leaf]
                for area, leaves in zip(areas, applicable, strict=True)
                for leaf in leaves
                if leaf not in claimed
            ),
            Decimal(0),
        ),
    )


def areas_of(version_ids: Iterable[int]) -> dict[int, tuple[Area, ...]]:
    """By version id, in document order, the areas in which units score anything. One query."""
    nodes = list(Criterion.objects.filter(version__in=version_ids).order_by("version", "position"))
    parents = {node.pk: node.parent_id for node in nodes}
    found: dict[int, dict[int, Area]] = defaultdict(dict)
    for node in nodes:
        if node.parent_id is None:
            found[node.version_id][node.pk] = Area(node.code, node.name, {})
        if node.source == Source.SELF:
            root = node.pk
            while parents[root] is not None:
                root = parents[root]
            found[node.version_id][root].leaves[node.pk] = node.max_points
    return {
        version: tuple(area for area in areas.values() if area.leaves) for version, areas in found.items()
    }


def summaries_of(cycle: Cycle) -> list[BlockSummary]:
    """The cycle's blocks with their counts. Two queries."""
    summaries = {block.pk: BlockSummary(block) for block in cycle.blocks.order_by("position")}
    begun = Exists(_scored(Score.objects.filter(assessment=OuterRef("pk"))))
    rows = (
        Assessment.objects.filter(cycle=cycle)
        .values("block", "status")
        .annotate(units=Count("pk"), begun=Count("pk", filter=begun))
    )
    for row in rows.order_by():
        summary, status, units = summaries[row["block"]], row["status"], row["units"]
        summary.total += units
        summary.submitted += units if status in HANDED_IN else 0
        summary.waiting += units if status == Status.SUBMITTED else 0
        summary.returned += units if status == Status.RETURNED else 0
        summary.scoring += row["begun"] if status == Status.DRAFT else 0
        summary.not_started += units - row["begun"] if status == Status.DRAFT else 0
        summary.not_started += units if status == Status.PREPARING else 0
    return list(summaries.values())


@dataclass(frozen=True, slots=True)
class Closing:
    """What closing the self-assessment would do now: sheets handed in, sheets locked, sheets left open."""

    complete: int
    incomplete: int
    returned: int


def closing_of(cycle: Cycle, at: datetime) -> Closing:
    """Five queries."""
    found = progress_of(cycle, at)
    drafts = [progress for progress in found if progress.assessment.status == Status.DRAFT]
    complete = sum(progress.is_complete for progress in drafts)
    returned = sum(progress.assessment.status == Status.RETURNED for progress in found)
    return Closing(complete=complete, incomplete=len(drafts) - complete, returned=returned)


def _scored(scores):
    """
    Of these scores those that say something of a leaf which the unit scores and which applies to it.

    The same answer as `queries.missing.is_scored`, for many units at once in the database.
    """
    exempt = Exemption.objects.filter(assessment=OuterRef("assessment"), criterion=OuterRef("criterion"))
    return scores.filter(
        Q(points__isnull=False) | Q(not_applicable=True), ~Exists(exempt), criterion__source=Source.SELF.value
    )


def _lacks_backing() -> Q:
    """`not queries.missing.is_backed`, in the database."""
    evidence = EvidenceLink.objects.filter(
        evidence__assessment=OuterRef("assessment"), criterion=OuterRef("criterion")
    )
    bare_claim = Q(not_applicable=True, declared__isnull=True)
    return Q(account="") & (bare_claim | (Q(evidence_note="") & ~Exists(evidence)))


def _counts(rows) -> dict[int, int]:
    return dict(rows.values_list("assessment").annotate(Count("pk")).order_by())
