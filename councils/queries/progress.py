"""How far the appraisal is, counted in SQL: a fixed number of queries whatever the number of units."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from assessments.models import Assessment, Block, Cycle, Exemption
from assessments.models.assessment import Status
from councils.models import Assignment, Member
from councils.opening import APPRAISABLE
from councils.queries.access import OVERSEERS, Outline, Scopes, readable_by
from councils.queries.decisions import standing
from criteria.models import Criterion


@dataclass(frozen=True, slots=True)
class Tally:
    """Leaves that must be decided, and how many of them are."""

    done: int
    total: int

    @property
    def left(self) -> int:
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """`mine` counts the reader's own leaves; `whole` all leaves of the unit, for the chair and the secretary only."""

    assessment: Assessment
    mine: Tally
    whole: Tally | None

    @property
    def is_open(self) -> bool:
        return self.assessment.status in APPRAISABLE

    @property
    def is_handed_in(self) -> bool:
        return self.is_open or self.is_finalised

    @property
    def is_finalised(self) -> bool:
        return self.assessment.status == Status.FINALISED

    @property
    def is_waiting(self) -> bool:
        """The reader has something left to do here: to decide, or to finalise."""
        if not self.is_open:
            return False
        return self.mine.left > 0 or (self.whole is not None and self.whole.left == 0)


@dataclass(frozen=True, slots=True)
class BlockProgress:
    """The units of one block that the reader sees at the desk, at least one."""

    units: tuple[UnitProgress, ...]

    @property
    def block(self) -> Block:
        return self.units[0].assessment.block

    @property
    def decided(self) -> Tally:
        """Leaves of sheets handed in: the whole unit's for the chair and the secretary, else the reader's own."""
        tallies = [unit.whole or unit.mine for unit in self.units if unit.is_handed_in]
        return Tally(sum(tally.done for tally in tallies), sum(tally.total for tally in tallies))

    @property
    def handed_in(self) -> int:
        return sum(unit.is_handed_in for unit in self.units)

    @property
    def finalised(self) -> int:
        return sum(unit.is_finalised for unit in self.units)


def by_block(units: Iterable[UnitProgress]) -> list[BlockProgress]:
    """Units in the blocks' order, as `progress` gives them, block by block."""
    groups = groupby(units, lambda unit: unit.assessment.block_id)
    return [BlockProgress(tuple(group)) for _block, group in groups]


def cycles_of(user) -> QuerySet:
    """The cycles in whose council the user sits, newest first."""
    return Cycle.objects.filter(
        Exists(Member.objects.filter(user=user, council__cycle=OuterRef("pk")))
    ).order_by("-year", "code")


def progress(user, cycle: Cycle) -> list[UnitProgress]:
    """
    All units of the cycle that the user sees at the desk, in the blocks' order. Six queries; eight for an overseer.
    """
    assignments = list(Assignment.objects.filter(member__user=user, block__cycle=cycle))
    outlines = outlines_of(cycle)
    scopes = Scopes(assignments, outlines)
    required = frozenset[int]().union(*(outline.required for outline in outlines.values()))
    assessments = readable_by(user).filter(cycle=cycle)
    rows = list(
        assessments.select_related("unit", "block").order_by("block__position", "position", "unit__code")
    )

    mine = scopes.condition(required)
    exempt, done = (_exempt(assessments, mine), _done(assessments, mine)) if mine else ({}, {})
    overseer = Member.objects.filter(user=user, council__cycle=cycle, role__in=OVERSEERS).exists()
    whole = Q(criterion__in=sorted(required))
    all_exempt, all_done = (_exempt(assessments, whole), _done(assessments, whole)) if overseer else ({}, {})

    found = []
    for row in rows:
        leaves = scopes.leaves(row.block_id, row.unit_id) & required
        own = Tally(done.get(row.id, 0), len(leaves) - exempt.get(row.id, 0))
        total = len(outlines[row.block_id].required) - all_exempt.get(row.id, 0)
        found.append(
            UnitProgress(row, own, Tally(all_done.get(row.id, 0), total) if overseer else None),
        )
    return found


def outlines_of(cycle: Cycle) -> dict[int, Outline]:
    """The outline of each block's version, by block id. Two queries."""
    versions = dict(cycle.blocks.values_list("id", "version_id"))
    criteria = defaultdict(list)
    for row in Criterion.objects.filter(version__in=set(versions.values())):
        criteria[row.version_id].append(row)
    by_version = {version: Outline(rows) for version, rows in criteria.items()}
    return {block: by_version[version] for block, version in versions.items() if version in by_version}


def _exempt(assessments: QuerySet, leaves: Q) -> dict[int, int]:
    rows = Exemption.objects.filter(leaves, assessment__in=assessments.values("pk"))
    return dict(rows.order_by().values_list("assessment").annotate(Count("criterion")))


def _done(assessments: QuerySet, leaves: Q) -> dict[int, int]:
    exempt = Exemption.objects.filter(assessment=OuterRef("assessment"), criterion=OuterRef("criterion"))
    rows = standing().filter(leaves, assessment__in=assessments.values("pk")).exclude(Exists(exempt))
    return dict(rows.order_by().values_list("assessment").annotate(Count("criterion", distinct=True)))
