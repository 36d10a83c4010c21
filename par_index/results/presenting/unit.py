"""One unit of a publication: its areas beside the block's, every leaf, why points were lost."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from criteria.scoring.tree import Source
from par_index.results.models import AreaResult, LeafResult, UnitResult
from par_index.results.presenting.block import BlockResults
from par_index.results.wording import calm


@dataclass(frozen=True, slots=True)
class AreaLine:
    """A unit in one area, beside the mean of its block."""

    area: AreaResult
    name: str
    mean: Fraction | None


@dataclass(frozen=True, slots=True)
class Loss:
    """A leaf of a unit with the points that it lost, and why."""

    leaf: LeafResult
    lost: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class LeafGroup:
    """The leaves of one area; those of bonus and penalty stand last, without an area."""

    name: str
    losses: list[Loss]


class UnitProfile:
    """Where one unit stands, what it lost and why. Six queries beyond those of its block."""

    TOP = 6  # as many of the heaviest losses as are named first

    def __init__(self, results: BlockResults, unit: UnitResult):
        self.results = results
        self.unit = unit
        self.areas = [
            AreaLine(area, calm(area.name), results.area_mean(area.code))
            for area in results.areas_by_unit[unit.pk]
        ]
        self.losses = [loss_of(leaf) for leaf in unit.leaves.all()]

    @property
    def lost(self) -> Decimal:
        return max(self.unit.max_points - self.unit.total_points, Decimal(0))

    @property
    def heaviest(self) -> list[Loss]:
        """The leaves that cost most; equal ones in the order of the criteria."""
        losing = [loss for loss in self.losses if loss.lost > 0]
        return sorted(losing, key=lambda loss: -loss.lost)[: self.TOP]

    @property
    def heaviest_sum(self) -> Decimal:
        return sum((loss.lost for loss in self.heaviest), Decimal(0))

    @property
    def largest_loss(self) -> Decimal:
        return self.heaviest[0].lost if self.heaviest else Decimal(0)

    @property
    def groups(self) -> list[LeafGroup]:
        names = {line.area.code: f"{line.area.code}. {line.name}" for line in self.areas}
        names[""] = _("Bonus and penalty points")
        grouped = itertools.groupby(self.losses, key=lambda loss: loss.leaf.area_code)
        return [LeafGroup(names[code], list(losses)) for code, losses in grouped]

    @property
    def to_next(self) -> tuple[str, Decimal] | None:
        """The unit just above and the printed distance to it."""
        above = [
            unit for unit in self.results.ranked if self.unit.rank is not None and unit.rank < self.unit.rank
        ]
        if not above:
            return None
        return above[-1].unit_name, above[-1].index_percent - self.unit.index_percent


def loss_of(leaf: LeafResult) -> Loss:
    """Bonus leaves lose nothing; a penalty leaf loses what it took away."""
    if not leaf.applicable:
        lost = Decimal(0)
    elif leaf.source == Source.PENALTY:
        lost = leaf.decided_points
    elif leaf.source == Source.BONUS:
        lost = Decimal(0)
    else:
        lost = leaf.max_points - leaf.decided_points
    return Loss(leaf, lost, _why(leaf, lost))


def _why(leaf: LeafResult, lost: Decimal) -> str:
    """The recorded reason; without one, what the numbers say."""
    if leaf.reason or not lost:
        return leaf.reason
    if leaf.source == Source.SURVEY:
        return _("Result of the survey.")
    if leaf.source == Source.EXTERNAL:
        return _("Result of the external index.")
    if leaf.self_points is not None and leaf.self_points == leaf.decided_points:
        return _("As scored by the unit itself, accepted by the council.")
    return ""
