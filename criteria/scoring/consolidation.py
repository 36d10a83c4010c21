"""The whole merge of a cycle: from what is known about every leaf of every unit to places and bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from criteria.scoring.merging import DecidedLeaf, LeafInput, Missing, MissingKind, NoSurvey, decide
from criteria.scoring.ranking import Bands, Placed, Rankable, RankBy, TieBreaker, Ties, rank
from criteria.scoring.rollup import Settings, UnitTotals, roll_up
from criteria.scoring.tree import Source, Tree


@dataclass(frozen=True, slots=True)
class UnitInput:
    """A unit of the block, whether or not anything is known about it; `position` is its place in the book."""

    code: str
    position: int
    leaves: Mapping[str, LeafInput] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlockInput:
    """A block with its settings and all of its units."""

    code: str
    tree: Tree
    bands: Bands
    units: tuple[UnitInput, ...]
    no_survey: NoSurvey = NoSurvey.STOP
    settings: Settings = field(default_factory=Settings)

    @property
    def is_surveyed(self) -> bool:
        """Whether any unit has a survey result; an outside index is none."""
        surveys = [leaf.code for leaf in self.tree.leaves if leaf.source == Source.SURVEY]
        return any(
            code in unit.leaves and unit.leaves[code].measured_points is not None
            for unit in self.units
            for code in surveys
        )


@dataclass(frozen=True, slots=True)
class UnitResult:
    """One unit in the result; `leaves` in document order, `area_places` by the code of the area."""

    code: str
    totals: UnitTotals
    place: int | None
    band: str
    area_places: Mapping[str, int | None]
    leaves: Mapping[str, DecidedLeaf]


@dataclass(frozen=True, slots=True)
class BlockResult:
    """The units of a block in printed order."""

    code: str
    units: tuple[UnitResult, ...]


@dataclass(frozen=True, slots=True)
class Result:
    blocks: tuple[BlockResult, ...]


class Incomplete(ValueError):
    """
    Something is missing; `missing` names all of it as (unit code, leaf code, kind), in the order of the
    input.
    """

    def __init__(self, missing: Sequence[tuple[str, str, MissingKind]]):
        super().__init__(f"{len(missing)} leaves are missing, the first being {missing[0]}")
        self.missing = tuple(missing)


def consolidate(
    blocks: Sequence[BlockInput], *, by: RankBy, ties: Ties, tie_breakers: Sequence[TieBreaker] = ()
) -> Result:
    """
    Decide every leaf of every unit, roll up and rank each block; blocks are independent of each other.

    :raises Incomplete: a leaf of a unit is undecided or has no figure
    :raises ValueError: a unit's leaf that the block's criteria do not have, or points outside 0..max
    """
    decided = [_decide_block(block) for block in blocks]
    missing = [
        (unit.code, decision.code, decision.kind)
        for block, decisions_by_unit in zip(blocks, decided, strict=True)
        for unit, decisions in zip(block.units, decisions_by_unit, strict=True)
        for decision in decisions.values()
        if isinstance(decision, Missing)
    ]
    if missing:
        raise Incomplete(missing)
    ranked = (
        _rank_block(block, leaves_by_unit, by=by, ties=ties, tie_breakers=tie_breakers)
        for block, leaves_by_unit in zip(blocks, decided, strict=True)
    )
    return Result(tuple(ranked))


def _decide_block(block: BlockInput) -> list[dict[str, DecidedLeaf | Missing]]:
    codes = {leaf.code for leaf in block.tree.leaves}
    surveyed = block.is_surveyed
    decided = []
    for unit in block.units:
        unknown = unit.leaves.keys() - codes
        if unknown:
            raise ValueError(
                f"{unit.code}: {', '.join(sorted(unknown))} are no leaves of the block's criteria."
            )
        decided.append(
            {
                node.code: decide(
                    node, unit.leaves.get(node.code), surveyed=surveyed, no_survey=block.no_survey
                )
                for node in block.tree.leaves
            }
        )
    return decided


def _rank_block(
    block: BlockInput,
    leaves_by_unit: list[dict[str, DecidedLeaf]],
    *,
    by: RankBy,
    ties: Ties,
    tie_breakers: Sequence[TieBreaker],
) -> BlockResult:
    totals = {
        unit.code: roll_up(block.tree, leaves, block.settings)
        for unit, leaves in zip(block.units, leaves_by_unit, strict=True)
    }
    leaves = {unit.code: decided for unit, decided in zip(block.units, leaves_by_unit, strict=True)}
    area_places = dict(_area_places(block, totals, by=by, ties=ties))
    placed = rank(
        [_rankable(unit, totals[unit.code]) for unit in block.units],
        by=by,
        ties=ties,
        tie_breakers=tie_breakers,
    )
    return BlockResult(
        block.code,
        tuple(
            UnitResult(
                code=unit.key,
                totals=totals[unit.key],
                place=unit.place,
                band=_band(block.bands, unit, by),
                area_places={code: places[unit.key] for code, places in area_places.items()},
                leaves=leaves[unit.key],
            )
            for unit in placed
        ),
    )


def _area_places(
    block: BlockInput, totals: Mapping[str, UnitTotals], *, by: RankBy, ties: Ties
) -> Iterator[tuple[str, dict[str, int | None]]]:
    """For each area the place of each unit in it; tie-breakers compare whole units, so areas do without."""
    for number, area in enumerate(block.tree.areas):
        units = [Rankable(unit.code, totals[unit.code].areas[number].index) for unit in block.units]
        yield area.code, {placed.key: placed.place for placed in rank(units, by=by, ties=ties)}


def _rankable(unit: UnitInput, totals: UnitTotals) -> Rankable:
    return Rankable(
        key=unit.code,
        index=totals.index,
        appraised=totals.appraised_points,
        survey=totals.survey_points,
        self_points=totals.self_points,
        position=unit.position,
        code=unit.code,
    )


def _band(bands: Bands, unit: Placed, by: RankBy) -> str:
    return "" if unit.index is None else bands.of(by.value_of(unit.index))
