"""What the desk shows of one unit and of one leaf, in a fixed number of queries."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from assessments.models import Assessment, EvidenceLink, Exemption, LedgerEntry, Score, Step
from assessments.models.assessment import Status
from assessments.queries.sheet import COUNCIL_STAGES, Before, newest_decisions, previous_assessment
from councils.models import Assignment, Member
from councils.opening import APPRAISABLE, appraisal_step, why_closed
from councils.queries.access import OVERSEERS, REQUIRED, Outline, Scopes, without_conflicts_of
from councils.queries.decisions import standing
from councils.queries.progress import Tally
from criteria.models import Criterion
from criteria.queries import tree_of
from criteria.scoring.rules import InvalidDeclaration, Outcome, Rule
from criteria.scoring.tree import Source

HANDED_IN = (*APPRAISABLE, Status.FINALISED)
"""States in which the unit's self-scores are there for the council to read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One leaf of a unit as the list shows it. `newest_id` is its newest ledger entry of any stage, 0 for none."""

    criterion: Criterion
    score: Score | None
    decision: LedgerEntry | None
    exemption: Exemption | None
    newest_id: int
    evidence_count: int
    is_mine: bool

    @property
    def state(self) -> str:
        """exempt, not_applicable, accepted, adjusted, entered, or open while nobody has decided."""
        if self.exemption:
            return "exempt"
        if self.decision is None:
            return "open"
        if self.decision.not_applicable:
            return "not_applicable"
        return {"accept": "accepted", "adjust": "adjusted", "enter": "entered"}[self.decision.act]

    @property
    def is_settled(self) -> bool:
        return self.state != "open"

    @property
    def is_required(self) -> bool:
        return self.criterion.source in REQUIRED

    @property
    def is_waiting(self) -> bool:
        """The reader has to decide it still."""
        return self.is_mine and self.is_required and not self.is_settled

    @property
    def is_self_scored(self) -> bool:
        return self.criterion.source == Source.SELF

    @property
    def points(self) -> Decimal | None:
        """The council's points where it has decided, else the unit's own."""
        if self.decision:
            return self.decision.points
        return self.score.points if self.score else None

    @property
    def self_points(self) -> Decimal | None:
        return self.score.points if self.score else None

    @property
    def claims_not_applicable(self) -> bool:
        return self.score is not None and self.score.not_applicable

    @property
    def is_acceptable(self) -> bool:
        return (
            self.is_mine
            and self.is_self_scored
            and self.exemption is None
            and (self.self_points is not None or self.claims_not_applicable)
        )

    @property
    def has_account_only(self) -> bool:
        return not self.has_evidence and self.score is not None and bool(self.score.account.strip())

    @property
    def has_evidence(self) -> bool:
        return self.evidence_count > 0 or bool(self.score and self.score.evidence_note.strip())


@dataclass(frozen=True, slots=True)
class Group:
    """Leaves that follow each other under one criterion; `path` names the nodes from the area down to it."""

    path: tuple[Criterion, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class UnitDesk:
    """
    One unit's leaves for one reader: their own, for chair and secretary all of the council's.

    `closed` says why nothing can be decided now; None while it can.
    """

    assessment: Assessment
    groups: tuple[Group, ...]
    undecided: tuple[Criterion, ...]
    is_overseer: bool
    may_finalise: bool
    step: Step | None
    closed: str | None

    @cached_property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]

    @property
    def is_handed_in(self) -> bool:
        return self.assessment.status in HANDED_IN

    @property
    def mine(self) -> Tally:
        rows = [row for row in self.rows if row.is_mine and row.is_required and not row.exemption]
        return Tally(sum(row.is_settled for row in rows), len(rows))

    @property
    def waiting(self) -> list[Row]:
        return [row for row in self.rows if row.is_waiting]

    @property
    def can_finalise(self) -> bool:
        return self.may_finalise and self.closed is None and not self.undecided

    def row(self, criterion_id: int) -> Row | None:
        return next((row for row in self.rows if row.criterion.id == criterion_id), None)

    def beside(self, criterion_id: int, step: int) -> Row | None:
        """The leaf before (-1) or after (1) this one in the list, None at its ends."""
        ids = [row.criterion.id for row in self.rows]
        place = ids.index(criterion_id) + step
        return self.rows[place] if 0 <= place < len(ids) else None

    def next_waiting(self, criterion_id: int) -> Row | None:
        """The reader's next undecided leaf after this one, from the top again after the last; None when all are."""
        ids = [row.criterion.id for row in self.rows]
        place = ids.index(criterion_id)
        ordered = self.rows[place + 1 :] + self.rows[:place]
        return next((row for row in ordered if row.is_waiting), None)


@dataclass(frozen=True, slots=True)
class BlockMean:
    """The mean self-score of a leaf over the handed-in units of the block that the reader may see."""

    points: Decimal
    units: int


@dataclass(frozen=True)
class LeafDesk:
    """All that the desk shows of one leaf."""

    row: Row
    path: tuple[Criterion, ...]
    rule: Rule
    computed: Outcome | None
    history: tuple[LedgerEntry, ...]
    evidence: tuple[EvidenceLink, ...]
    before: Before | None
    mean: BlockMean | None

    @property
    def difference(self) -> Decimal | None:
        """What the rule gives less what the unit typed; None where they agree."""
        if self.computed is None or self.computed.points is None or self.row.self_points is None:
            return None
        return self.computed.points - self.row.self_points or None


def unit_desk(user, assessment: Assessment, at: datetime) -> UnitDesk:
    """
    The unit's leaves with what is decided of them. Eight queries.

    :param assessment: from `readable_by`, with cycle, unit and block at hand
    """
    outline = Outline(Criterion.objects.filter(version=assessment.block.version_id))
    assignments = Assignment.objects.filter(member__user=user, block=assessment.block_id)
    mine = Scopes(assignments, {assessment.block_id: outline}).leaves(assessment.block_id, assessment.unit_id)
    is_overseer = Member.objects.filter(
        user=user, role__in=OVERSEERS, council__cycle=assessment.cycle_id
    ).exists()
    handed_in = assessment.status in HANDED_IN

    scores = {score.criterion_id: score for score in assessment.scores.all()} if handed_in else {}
    exemptions = {row.criterion_id: row for row in assessment.exemptions.all()}
    decisions = newest_decisions(standing().filter(assessment=assessment).select_related("by"))
    newest = _newest_ids(assessment)
    evidence = _evidence_counts(assessment)

    rows = [
        Row(
            criterion=leaf,
            score=scores.get(leaf.id),
            decision=decisions.get(leaf.id),
            exemption=exemptions.get(leaf.id),
            newest_id=newest.get(leaf.id, 0),
            evidence_count=evidence[leaf.id],
            is_mine=leaf.id in mine,
        )
        for leaf in outline.leaves
    ]
    undecided = tuple(row.criterion for row in rows if row.is_required and not row.is_settled)
    step = appraisal_step(assessment.cycle_id)
    return UnitDesk(
        assessment=assessment,
        groups=_groups(outline, [row for row in rows if row.is_mine or is_overseer]),
        undecided=undecided,
        is_overseer=is_overseer,
        may_finalise=is_overseer or outline.required <= mine,
        step=step,
        closed=why_closed(assessment, step, at),
    )


def rule_of(assessment: Assessment, criterion: Criterion) -> Rule:
    return tree_of(assessment.block.version).rule(criterion.code)


def leaf_desk(user, desk: UnitDesk, row: Row) -> LeafDesk:
    """One leaf of the unit's desk. At most eight queries."""
    assessment, criterion = desk.assessment, row.criterion
    rule = rule_of(assessment, criterion)
    links = EvidenceLink.objects.filter(criterion=criterion, evidence__assessment=assessment)
    return LeafDesk(
        row=row,
        path=next(group.path for group in desk.groups if row in group.rows),
        rule=rule,
        computed=_computed(rule, row.score),
        history=tuple(assessment.ledger.filter(criterion=criterion).select_related("by")),
        evidence=tuple(links.select_related("evidence").prefetch_related("evidence__files").order_by("id")),
        before=_year_before(assessment, criterion),
        mean=_block_mean(user, assessment, criterion),
    )


def _newest_ids(assessment: Assessment) -> dict[int, int]:
    # Ids alone: a unit's own entries are many, and the list shows none of them.
    return dict(assessment.ledger.order_by("id").values_list("criterion_id", "id"))


def _evidence_counts(assessment: Assessment) -> Counter[int]:
    links = EvidenceLink.objects.filter(evidence__assessment=assessment)
    return Counter(links.values_list("criterion_id", flat=True))


def _groups(outline: Outline, rows: Iterable[Row]) -> tuple[Group, ...]:
    """Runs of leaves below the same criterion; document order stays, so a criterion may head more than one run."""
    return tuple(
        Group(tuple(outline.path(found[0].criterion)), found)
        for found in (tuple(run) for _, run in groupby(rows, key=lambda row: row.criterion.parent_id))
    )


def _computed(rule: Rule, score: Score | None) -> Outcome | None:
    """What the rule gives for the declared data; None where nothing is declared or it does not fit the rule."""
    if score is None or score.declared is None:
        return None
    try:
        return rule.score(score.declared)
    except InvalidDeclaration:
        return None


def _year_before(assessment: Assessment, criterion: Criterion) -> Before | None:
    """The leaf of the same code in the unit's finished assessment of the year before."""
    earlier = previous_assessment(assessment)
    if earlier is None:
        return None
    same = Criterion.objects.filter(version__blocks=earlier.block_id, code=criterion.code).first()
    if same is None:
        return None
    score = earlier.scores.filter(criterion=same).first()
    decision = newest_decisions(earlier.ledger.filter(criterion=same, stage__in=COUNCIL_STAGES)).get(same.pk)
    return Before(
        year=earlier.cycle.year,
        max_points=same.max_points,
        self_points=score.points if score else None,
        decided_points=decision.points if decision else None,
        decided=decision is not None,
        reason=decision.reason if decision else "",
    )


def _block_mean(user, assessment: Assessment, criterion: Criterion) -> BlockMean | None:
    if criterion.source != Source.SELF:
        return None
    visible = without_conflicts_of(
        user, Assessment.objects.filter(block=assessment.block_id, status__in=HANDED_IN)
    )
    scores = Score.objects.filter(
        criterion=criterion, assessment__in=visible.values("pk"), points__isnull=False
    )
    points = list(scores.values_list("points", flat=True))
    return BlockMean(sum(points, Decimal(0)) / len(points), len(points)) if points else None
