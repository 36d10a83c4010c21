"""What a document is about: one run, published under one decision."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from par_index.results.models import AreaResult, Consolidation, LeafResult, UnitResult


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision that publishes the results: its số/ký hiệu, its date and who signed it."""

    number: str
    date: date
    signer: str


@dataclass(frozen=True, slots=True)
class BlockRows:
    """One block's units in printed order; `areas` are the (code, name) of its areas in the criteria's order."""

    code: str
    name: str
    units: tuple[UnitResult, ...]
    areas: tuple[tuple[str, str], ...]


@dataclass
class Edition:
    """
    A run as it is printed: `number` counts the editions of the cycle's results from 1.

    Without a decision the documents are drafts. Rows are read once, areas and leaves by unit id.
    """

    run: Consolidation
    number: int
    decision: Decision | None
    published_at: datetime

    @property
    def cycle(self):
        return self.run.cycle

    @cached_property
    def units(self) -> list[UnitResult]:
        return list(self.run.units.order_by("order"))

    @cached_property
    def areas(self) -> dict[int, list[AreaResult]]:
        by_unit: dict[int, list[AreaResult]] = {unit.pk: [] for unit in self.units}
        for area in AreaResult.objects.filter(unit__consolidation=self.run).order_by("unit", "position"):
            by_unit[area.unit_id].append(area)
        return by_unit

    def leaf_rows(self):
        """Every leaf of every unit in printed order, from the database piece by piece: there may be 400,000."""
        leaves = LeafResult.objects.filter(unit__consolidation=self.run)
        return leaves.order_by("unit__order", "position").iterator(chunk_size=5000)

    @cached_property
    def blocks(self) -> list[BlockRows]:
        found: dict[str, list[UnitResult]] = {}
        for unit in self.units:
            found.setdefault(unit.block_code, []).append(unit)
        return [
            BlockRows(
                code=code,
                name=units[0].block_name,
                units=tuple(units),
                areas=tuple((area.code, area.name) for area in self.areas[units[0].pk]),
            )
            for code, units in found.items()
        ]
