"""From the decided leaves of a unit to its totals and its index (docs/domain.md §3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction

from criteria.scoring.merging import DecidedLeaf, NoSurvey
from criteria.scoring.numbers import round_half_up
from criteria.scoring.tree import Source, Tree

__all__ = ["AreaTotals", "NoSurvey", "Settings", "UnitTotals", "digits_12", "percent_2", "roll_up"]

SIGNIFICANT_DIGITS = 12

_EXACT = Context(prec=100, traps=[Inexact])
"""Sums are exact or fail: points have 4 decimals, so 100 digits hold any sum of them."""

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a block sets for the roll-up; a cap of None caps no further than the maxima of the leaves."""

    bonus_cap: Decimal | None = None
    penalty_cap: Decimal | None = None
    may_exceed: bool = False


@dataclass(frozen=True, slots=True)
class AreaTotals:
    """One area of one unit, without bonus and penalty; no index when nothing in it applies to the unit."""

    code: str
    max_points: Decimal
    points: Decimal
    index: Fraction | None


@dataclass(frozen=True, slots=True)
class UnitTotals:
    """
    The sums of one unit over the leaves that apply to it.

    `max_points` is the unit's own maximum; `appraised_points` those of self-scored and appraiser leaves,
    `survey_points` those of survey and external leaves, bonus and penalty after their caps. `index` is
    exact, per cent of the own maximum, None when that is 0.
    """

    max_points: Decimal
    self_points: Decimal
    appraised_points: Decimal
    survey_points: Decimal
    bonus_points: Decimal
    penalty_points: Decimal
    total_points: Decimal
    index: Fraction | None
    areas: tuple[AreaTotals, ...]


def roll_up(tree: Tree, leaves: Mapping[str, DecidedLeaf], settings: Settings) -> UnitTotals:
    """
    The totals of a unit from its decided leaves, keyed by code.

    :raises KeyError: a leaf of the tree is not among them
    """
    by_source: dict[Source, Decimal] = dict.fromkeys(Source, _ZERO)
    area_max: dict[str, Decimal] = {area.code: _ZERO for area in tree.areas}
    area_points = dict(area_max)
    self_points = _ZERO
    with localcontext(_EXACT):
        for node in tree.leaves:
            leaf = leaves[node.code]
            if not leaf.applicable:
                continue
            by_source[node.source] += leaf.points
            if node.source.is_extra:
                continue
            area = tree.area_of(node.code)
            area_max[area] += node.max_points
            area_points[area] += leaf.points
            if node.source == Source.SELF and leaf.self_points is not None:
                self_points += leaf.self_points
        max_points = _sum(area_max.values())
        bonus = _capped(by_source[Source.BONUS], settings.bonus_cap)
        penalty = _capped(by_source[Source.PENALTY], settings.penalty_cap)
        total = max(_ZERO, _sum(area_points.values()) + bonus - penalty)
        if not settings.may_exceed:
            total = min(total, max_points)
        return UnitTotals(
            max_points=max_points,
            self_points=self_points,
            appraised_points=by_source[Source.SELF] + by_source[Source.APPRAISER],
            survey_points=by_source[Source.SURVEY] + by_source[Source.EXTERNAL],
            bonus_points=bonus,
            penalty_points=penalty,
            total_points=total,
            index=_index(total, max_points),
            areas=tuple(
                AreaTotals(code, area_max[code], points, _index(points, area_max[code]))
                for code, points in area_points.items()
            ),
        )


def percent_2(index: Fraction | Decimal) -> Decimal:
    """The index as it is printed: half up to 2 decimals, always two."""
    return round_half_up(index, 2)


def digits_12(index: Fraction) -> str:
    """The index to 12 significant digits, half up, without exponent: "84.2857142857"; 0 reads "0"."""
    if index == 0:
        return "0"
    decimals = SIGNIFICANT_DIGITS - 1 - _exponent(index)
    rounded = round_half_up(index, decimals)
    if rounded.adjusted() > _exponent(index):
        rounded = round_half_up(index, decimals - 1)
    return format(rounded, "f")


def _exponent(value: Fraction) -> int:
    """The power of ten of the first significant digit of a number above 0."""
    whole = value.numerator // value.denominator
    if whole:
        return len(str(whole)) - 1
    return -len(str((value.denominator - 1) // value.numerator))


def _capped(points: Decimal, cap: Decimal | None) -> Decimal:
    return points if cap is None else min(points, cap)


def _index(points: Decimal, max_points: Decimal) -> Fraction | None:
    return Fraction(points) * 100 / Fraction(max_points) if max_points else None


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, _ZERO)
