"""One block of a publication: its ranking in bands, its areas, its facts, beside the year before."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Cycle
from criteria.scoring.ranking import parse_bands
from par_index.core.finding import is_found
from par_index.results.models import AreaResult, Publication, UnitResult
from par_index.results.queries import not_comparable, previous_publication
from par_index.results.wording import calm, edges_of


@dataclass(frozen=True, slots=True)
class YearChange:
    """
    This year's printed index against the year before: the difference in percentage points and the rank then.

    Both None: the unit was not ranked then; `comparable` false: it took over from others since.
    """

    difference: Decimal | None = None
    rank: int | None = None
    comparable: bool = True

    @property
    def direction(self) -> str:
        if not self.difference:
            return ""
        return "up" if self.difference > 0 else "down"

    @property
    def amount(self) -> Decimal:
        return abs(self.difference)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the ranking: place, index and points of the unit as a whole, or in the area sorted by."""

    unit: UnitResult
    rank: int | None
    index: Decimal | None
    points: Decimal
    max_points: Decimal
    change: YearChange | None


@dataclass(frozen=True, slots=True)
class BandGroup:
    """Consecutive rows of one band, its edges in words and its badge; without a name when not grouped by band."""

    name: str
    edges: str
    badge: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class HeatCell:
    index: Decimal | None
    shade: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    unit: UnitResult
    cells: list[HeatCell]


@dataclass(frozen=True, slots=True)
class Facts:
    """
    A block in a few numbers, computed on exact indices and rounded when printed: mean and gap between first and
    last in per cent and percentage points, None without any ranked unit; `mean_change` against the year before.
    """

    ranked: int
    leaders: list[str]
    best: Decimal | None
    mean: Fraction | None
    gap: Fraction | None
    mean_change: Fraction | None
    gap_before: Fraction | None
    strongest: tuple[str, Fraction] | None
    weakest: tuple[str, Fraction] | None


@dataclass(frozen=True, slots=True)
class BlockChoice:
    code: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    name: str


SHADES = ((90, "h5"), (80, "h4"), (70, "h3"), (60, "h2"))
BADGES = {0: "b1", 1: "b2"}


def shade_of(index: Decimal | None) -> str:
    """The class of a cell of the heat map, from h1 (below 60) to h5 (from 90)."""
    if index is None:
        return "na"
    return next((shade for bound, shade in SHADES if index >= bound), "h1")


def exact_index(unit: UnitResult | AreaResult) -> Fraction | None:
    """The unrounded index: total and maximum are stored exactly."""
    points = unit.total_points if isinstance(unit, UnitResult) else unit.points
    return Fraction(points) * 100 / Fraction(unit.max_points) if unit.max_points else None


class BlockResults:
    """One block of a publication, read in at most five queries."""

    def __init__(self, publication: Publication, block_code: str):
        self.publication = publication
        self.cycle: Cycle = publication.cycle
        self.units = list(publication.consolidation.units.filter(block_code=block_code))
        self.name = self.units[0].block_name
        self.code = block_code
        self.before = previous_publication(self.cycle)
        self._units_before: list[UnitResult] = []
        self._changes = self._year_changes()
        self.areas_by_unit = self._areas()
        first = self.areas_by_unit[self.units[0].pk]
        self.areas = [Area(area.code, calm(area.name)) for area in first]

    def _areas(self) -> dict[int, list[AreaResult]]:
        found: dict[int, list[AreaResult]] = {unit.pk: [] for unit in self.units}
        for area in AreaResult.objects.filter(unit__in=found).order_by("unit", "position"):
            found[area.unit_id].append(area)
        return found

    def _year_changes(self) -> dict[str, YearChange]:
        if self.before is None:
            return {}
        everywhere = {unit.unit_code: unit for unit in self.before.consolidation.units.all()}
        self._units_before = [unit for unit in everywhere.values() if unit.block_code == self.code]
        merged = not_comparable(self.cycle, self.before)
        return {unit.unit_code: self._change(unit, everywhere, merged) for unit in self.units}

    def _change(self, unit: UnitResult, before: dict[str, UnitResult], merged: set[str]) -> YearChange:
        earlier = before.get(unit.unit_code)
        if unit.unit_code in merged:
            return YearChange(comparable=False)
        if earlier is None or earlier.index_percent is None or unit.index_percent is None:
            return YearChange()
        # The rank of another block would compare with other units.
        rank = earlier.rank if earlier.block_code == unit.block_code else None
        return YearChange(unit.index_percent - earlier.index_percent, rank)

    def change(self, unit: UnitResult) -> YearChange | None:
        return self._changes.get(unit.unit_code)

    @property
    def name_in_text(self) -> str:
        """The name inside a sentence: “khối sở, ban, ngành”."""
        return self.name[:1].lower() + self.name[1:]

    @property
    def ranked(self) -> list[UnitResult]:
        return [unit for unit in self.units if unit.rank is not None]

    def facts(self) -> Facts:
        indices = [exact_index(unit) for unit in self.ranked]
        earlier = [exact_index(unit) for unit in self._units_before if unit.rank is not None]
        mean, mean_before = _mean(indices), _mean(earlier)
        by_area = [(area.name, self.area_mean(area.code)) for area in self.areas]
        area_means = [(name, value) for name, value in by_area if value is not None]
        return Facts(
            ranked=len(indices),
            leaders=[unit.unit_name for unit in self.ranked if unit.rank == 1],
            best=self.ranked[0].index_percent if indices else None,
            mean=mean,
            gap=max(indices) - min(indices) if indices else None,
            mean_change=mean - mean_before if mean is not None and mean_before is not None else None,
            gap_before=max(earlier) - min(earlier) if earlier else None,
            strongest=max(area_means, key=lambda area: area[1], default=None),
            weakest=min(area_means, key=lambda area: area[1], default=None),
        )

    def area_mean(self, code: str) -> Fraction | None:
        """The mean of the exact indices of the units that the area applies to."""
        areas = (self.area(unit, code) for unit in self.units)
        indices = (exact_index(area) for area in areas if area is not None)
        return _mean([index for index in indices if index is not None])

    def area(self, unit: UnitResult, code: str) -> AreaResult | None:
        return next((area for area in self.areas_by_unit[unit.pk] if area.code == code), None)

    def found(self, sought: str) -> list[UnitResult]:
        """The units whose name holds what is sought, case and accents aside; all of them for ""."""
        return [unit for unit in self.units if is_found(sought, unit.unit_name)]

    def groups(self, sought: str, area_code: str) -> list[BandGroup]:
        """The ranking by band, or by place in one area; only units whose name holds `sought`."""
        rows = [self._row(unit, area_code) for unit in self.found(sought)]
        if area_code:
            rows.sort(key=lambda row: (row.rank is None, row.rank or 0, row.unit.order))
            return [BandGroup("", "", "", rows)] if rows else []
        bands = parse_bands(self._bands_text())
        edges = edges_of(bands)
        badges = {band.name: BADGES.get(number, "") for number, band in enumerate(bands.edges)}
        return [
            BandGroup(name, edges.get(name, ""), badges.get(name, ""), list(group))
            for name, group in itertools.groupby(rows, key=lambda row: row.unit.band)
        ]

    def _bands_text(self) -> str:
        used = self.publication.consolidation.used_settings["blocks"]
        return next(block["bands"] for block in used if block["code"] == self.code)

    def _row(self, unit: UnitResult, area_code: str) -> Row:
        area = self.area(unit, area_code) if area_code else None
        if area is None:
            total, maximum = unit.total_points, unit.max_points
            return Row(unit, unit.rank, unit.index_percent, total, maximum, self.change(unit))
        return Row(unit, area.rank, area.index_percent, area.points, area.max_points, None)

    def heat(self, sought: str) -> list[HeatRow]:
        return [
            HeatRow(
                unit,
                [HeatCell(a.index_percent, shade_of(a.index_percent)) for a in self.areas_by_unit[unit.pk]],
            )
            for unit in self.found(sought)
        ]


def block_choices(publication: Publication) -> list[BlockChoice]:
    """The blocks of a publication in their order, with their numbers of units. One query."""
    rows: QuerySet = publication.consolidation.units.values_list("block_code", "block_name")
    return [
        BlockChoice(code, name, len(list(group)))
        for (code, name), group in itertools.groupby(rows, key=lambda row: row)
    ]


def _mean(values: Sequence[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def joined(names: Iterable[str], most: int = 3) -> str:
    """“A, B and C”; of many, the first few and the number of the others."""
    names = list(names)
    if len(names) > most:
        rest = len(names) - most
        others = ngettext("%(count)d other", "%(count)d others", rest) % {"count": rest}
        names = [*names[:most], others]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}
