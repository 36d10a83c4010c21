"""One unit's sheet as it is shown: areas, their leaves, and what each of them holds and lacks."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from assessments.models import Assessment, Cycle, EvidenceLink, Exemption, LedgerEntry, Score
from assessments.models.assessment import Status
from assessments.queries.missing import is_backed, is_scored
from criteria.models import Criterion
from criteria.queries import tree_of
from criteria.scoring.merging import Stage
from criteria.scoring.rules import Rule
from criteria.scoring.tree import Node, Source

COUNCIL_STAGES = (Stage.ROUND_1.value, Stage.ROUND_2.value, Stage.MEETING.value)
"""Lowest first: the newest decision of the highest stage is the one that counts (docs/domain.md §3)."""


@dataclass(frozen=True, slots=True)
class Before:
    """
    The same leaf in the year before: what the unit declared and what the council made of it.

    Points are on that year's scale, `max_points`; None where there were none.
    """

    year: int
    max_points: Decimal
    self_points: Decimal | None
    decided_points: Decimal | None
    decided: bool
    reason: str

    @property
    def cut(self) -> Decimal:
        """What the council took off; below 0 when it gave more."""
        if self.self_points is None or self.decided_points is None:
            return Decimal(0)
        return self.self_points - self.decided_points


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the sheet. `decision` is the council's, as far as the reader may see it."""

    criterion: Criterion
    rule: Rule
    score: Score | None
    exemption: Exemption | None
    links: tuple[EvidenceLink, ...]
    decision: LedgerEntry | None = None
    before: Before | None = None

    @property
    def is_self_scored(self) -> bool:
        return self.criterion.source == Source.SELF

    @property
    def counts(self) -> bool:
        """Whether the unit has to score it."""
        return self.is_self_scored and self.exemption is None

    @property
    def points(self) -> Decimal | None:
        return self.score.points if self.score else None

    @property
    def is_not_applicable(self) -> bool:
        return self.exemption is not None or (self.score is not None and self.score.not_applicable)

    @property
    def is_scored(self) -> bool:
        return is_scored(self.score)

    @property
    def lacks_points(self) -> bool:
        return self.counts and not self.is_scored

    @property
    def lacks_backing(self) -> bool:
        return self.counts and not is_backed(self.score, has_evidence=bool(self.links))

    @property
    def is_complete(self) -> bool:
        return not self.lacks_points and not self.lacks_backing

    @property
    def version(self) -> int:
        return self.score.version if self.score else 0


@dataclass(frozen=True)
class Group:
    """A node of the tree with the leaves below it."""

    node: Node
    leaves: tuple[Leaf, ...]

    @cached_property
    def counting(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in self.leaves if leaf.counts)

    @property
    def points(self) -> Decimal | None:
        """The unit's own points below the node; None while there are none."""
        scored = [leaf.points for leaf in self.counting if leaf.points is not None]
        return sum(scored, Decimal(0)) if scored else None

    @property
    def max_points(self) -> Decimal:
        """The maximum that the unit can give itself: of the leaves it scores and that apply to it."""
        applicable = (leaf for leaf in self.counting if not leaf.is_not_applicable)
        return sum((leaf.criterion.max_points for leaf in applicable), Decimal(0))

    @property
    def is_self_scored(self) -> bool:
        return any(leaf.is_self_scored for leaf in self.leaves)

    @property
    def state(self) -> str:
        """`lock` (not scored by the unit), `ok`, `none` (not begun), `att` (scored, but not backed) or `now`."""
        if not self.is_self_scored:
            return "lock"
        if all(leaf.is_complete for leaf in self.counting):
            return "ok"
        if not any(leaf.is_scored for leaf in self.counting):
            return "none"
        return "att" if any(leaf.is_scored and leaf.lacks_backing for leaf in self.counting) else "now"


@dataclass(frozen=True)
class Area(Group):
    """A top node; `groups` are the nodes directly below it."""

    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Sheet(Group):
    """The whole sheet; its `node` is None, since a set of criteria has no root of its own."""

    assessment: Assessment
    areas: tuple[Area, ...]

    @property
    def lacking_points(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf.lacks_points]

    @property
    def lacking_backing(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves if leaf.lacks_backing]

    @property
    def incomplete(self) -> list[Leaf]:
        return [leaf for leaf in self.leaves if not leaf.is_complete]

    @property
    def scored_count(self) -> int:
        return sum(leaf.is_scored for leaf in self.counting)

    def leaf(self, criterion_id: int) -> Leaf:
        """:raises KeyError: no leaf has this id"""
        for leaf in self.leaves:
            if leaf.criterion.pk == criterion_id:
                return leaf
        raise KeyError(criterion_id)

    def area(self, code: str | None) -> Area:
        """The area with this code; else the first that lacks something, else the first."""
        for area in self.areas:
            if area.node.code == code:
                return area
        unfinished = [area for area in self.areas if any(not leaf.is_complete for leaf in area.leaves)]
        return (unfinished or self.areas)[0]

    def area_of(self, leaf: Leaf) -> Area:
        return next(area for area in self.areas if leaf in area.leaves)


def read_sheet(assessment: Assessment, *, reader=None) -> Sheet:
    """
    The sheet with everything that its page shows. Five queries; ten with a `reader`.

    :param assessment: with its cycle and `block__version` at hand
    :param reader: for whom the council's decisions and the year before are shown; without one they are left out
    """
    tree = tree_of(assessment.block.version)
    criteria = {row.code: row for row in Criterion.objects.filter(version=assessment.block.version_id)}
    scores = {row.criterion_id: row for row in assessment.scores.select_related("updated_by")}
    exemptions = {row.criterion_id: row for row in assessment.exemptions.all()}
    links: dict[int, list[EvidenceLink]] = defaultdict(list)
    rows = EvidenceLink.objects.filter(evidence__assessment=assessment).select_related("evidence")
    for link in rows.prefetch_related("evidence__files").order_by("id"):
        links[link.criterion_id].append(link)
    decisions: dict[int, LedgerEntry] = {}
    before: dict[str, Before] = {}
    if reader is not None:
        visible = LedgerEntry.objects.visible_to(reader).filter(assessment=assessment)
        decisions = newest_decisions(visible.filter(stage__in=COUNCIL_STAGES))
        before = _year_before(assessment)
    leaves = {
        node.code: Leaf(
            criterion=criteria[node.code],
            rule=tree.rule(node.code),
            score=scores.get(criteria[node.code].pk),
            exemption=exemptions.get(criteria[node.code].pk),
            links=tuple(links[criteria[node.code].pk]),
            decision=decisions.get(criteria[node.code].pk),
            before=before.get(node.code),
        )
        for node in tree.leaves
    }

    def below(node: Node) -> tuple[Leaf, ...]:
        return tuple(leaves[leaf.code] for leaf in tree.leaves_under(node.code))

    areas = tuple(
        Area(
            node=root,
            leaves=below(root),
            groups=tuple(Group(child, below(child)) for child in tree.children(root.code)),
        )
        for root in tree.roots
    )
    return Sheet(node=None, leaves=tuple(leaves.values()), assessment=assessment, areas=areas)


def newest_decisions(entries) -> dict[int, LedgerEntry]:
    """By criterion id, the newest decision of the highest stage among entries of one assessment. One query."""
    newest: dict[int, LedgerEntry] = {}
    for entry in entries.order_by("id"):
        known = newest.get(entry.criterion_id)
        if known is None or COUNCIL_STAGES.index(entry.stage) >= COUNCIL_STAGES.index(known.stage):
            newest[entry.criterion_id] = entry
    return newest


def previous_assessment(assessment: Assessment) -> Assessment | None:
    """The same unit's sheet in the year before under the same body, once its appraisal was finished and released."""
    earlier = Assessment.objects.filter(
        unit=assessment.unit_id,
        cycle__owner=assessment.cycle.owner_id,
        cycle__year=assessment.cycle.year - 1,
        cycle__in=Cycle.objects.with_released_appraisal(),
        status=Status.FINALISED,
    )
    return earlier.select_related("cycle").order_by("-cycle__published_at", "-pk").first()


def _year_before(assessment: Assessment) -> dict[str, Before]:
    """By leaf code. The criteria may have changed since; each value is shown with its own year's maximum."""
    earlier = previous_assessment(assessment)
    # Without one the same queries find nothing: their number is then as fixed as everything else.
    pk = earlier.pk if earlier else None
    year = earlier.cycle.year if earlier else 0
    scores = {row.criterion_id: row for row in Score.objects.filter(assessment=pk)}
    decisions = newest_decisions(LedgerEntry.objects.filter(assessment=pk, stage__in=COUNCIL_STAGES))
    found = {}
    for criterion in Criterion.objects.filter(pk__in=scores.keys() | decisions.keys()):
        score, decision = scores.get(criterion.pk), decisions.get(criterion.pk)
        found[criterion.code] = Before(
            year=year,
            max_points=criterion.max_points,
            self_points=score.points if score else None,
            decided_points=decision.points if decision else None,
            decided=decision is not None,
            reason=decision.reason if decision else "",
        )
    return found
