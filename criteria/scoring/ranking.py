"""Places and bands from the indices of a block (docs/domain.md §3)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from criteria.scoring.messages import Message, gettext_noop
from criteria.scoring.numbers import NotANumber, normalise, plain, read_decimal, tidy
from criteria.scoring.rollup import percent_2


class RankBy(StrEnum):
    """Which index is compared, for places and for bands."""

    UNROUNDED = "unrounded"
    PRINTED = "printed"

    def value_of(self, index: Fraction) -> Fraction:
        return index if self == RankBy.UNROUNDED else Fraction(percent_2(index))


class Ties(StrEnum):
    """The place after a tie: as many units skipped as tied, or the next number."""

    SKIP = "1-1-3"
    DENSE = "1-1-2"


class TieBreaker(StrEnum):
    """Points that part units of equal index, the higher first."""

    APPRAISED = "appraised"
    SURVEY = "survey"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Rankable:
    """A unit to be ranked; `position` and then `code` give the block's own order."""

    key: str
    index: Fraction | None
    appraised: Decimal = Decimal(0)
    survey: Decimal = Decimal(0)
    self_points: Decimal = Decimal(0)
    position: int = 0
    code: str = ""

    def points_for(self, tie_breaker: TieBreaker) -> Decimal:
        match tie_breaker:
            case TieBreaker.APPRAISED:
                return self.appraised
            case TieBreaker.SURVEY:
                return self.survey
            case TieBreaker.SELF:
                return self.self_points


@dataclass(frozen=True, slots=True)
class Placed:
    """A ranked unit; 1 is the highest index, None stands for a unit without index."""

    key: str
    place: int | None
    index: Fraction | None


def rank(
    units: Sequence[Rankable], *, by: RankBy, ties: Ties, tie_breakers: Sequence[TieBreaker] = ()
) -> list[Placed]:
    """
    The units in printed order: by place, tied ones in the block's own order, those without index last.

    A place is one more than the number of better units (1-1-3) or of better distinct values (1-1-2),
    where better means a higher compared index or, at the same, higher points by the tie-breakers in their
    order.
    """

    def merit(unit: Rankable) -> tuple[Fraction | Decimal, ...]:
        return (by.value_of(unit.index), *(unit.points_for(tie_breaker) for tie_breaker in tie_breakers))

    in_block_order = sorted(units, key=lambda unit: (unit.position, unit.code))
    ranked = [(merit(unit), unit) for unit in in_block_order if unit.index is not None]
    ranked.sort(key=operator.itemgetter(0), reverse=True)
    placed: list[Placed] = []
    place = 0
    previous: tuple[Fraction | Decimal, ...] | None = None
    for count, (value, unit) in enumerate(ranked, start=1):
        if value != previous:
            place = count if ties == Ties.SKIP else place + 1
            previous = value
        placed.append(Placed(unit.key, place, unit.index))
    placed.extend(Placed(unit.key, None, None) for unit in in_block_order if unit.index is None)
    return placed


class BandsError(ValueError):
    """The text is no list of bands; `message` says what is wrong and what is expected."""

    def __init__(self, message: Message):
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Band:
    """A band from `bound` per cent on (`inclusive`) or above it; the lowest has no bound."""

    name: str
    bound: Decimal | None
    inclusive: bool = True

    def __str__(self) -> str:
        if self.bound is None:
            return self.name
        return f"{self.name} {'>=' if self.inclusive else '>'} {plain(self.bound, ',')}"

    def holds(self, index: Fraction) -> bool:
        if self.bound is None:
            return True
        compare: Callable = operator.ge if self.inclusive else operator.gt
        return compare(index, self.bound)


@dataclass(frozen=True, slots=True)
class Bands:
    """The bands of a block with their edges, the highest first."""

    edges: tuple[Band, ...]

    def of(self, index: Fraction | Decimal) -> str:
        """
        The name of the band that holds this index (the unrounded or the printed one, as the cycle
        compares).
        """
        return next(band.name for band in self.edges if band.holds(Fraction(index)))

    def __str__(self) -> str:
        """The bands in the notation that `parse_bands` reads."""
        return "; ".join(map(str, self.edges))


_BAND = re.compile(r"(?P<name>[^<>=≥≤]*?)\s*(?:(?P<sign>>=|≥|>)\s*(?P<bound>[^<>=≥≤]*))?")


def parse_bands(text: str) -> Bands:
    """
    Read "Xuất sắc >= 90; Tốt > 80; Yếu": bounds strictly descending, the last band without one.

    :raises BandsError: anything else
    """
    pieces = [tidy(piece) for piece in text.split(";")]
    if len(pieces) > 1 and not pieces[-1]:
        pieces.pop()
    bands = tuple(_read_band(piece, is_last=piece is pieces[-1]) for piece in pieces)
    names = [normalise(band.name) for band in bands]
    for position, band in enumerate(bands):
        if names[position] in names[:position]:
            raise BandsError(Message(gettext_noop("The band “%(band)s” stands twice."), {"band": band.name}))
        above = bands[position - 1].bound if position else None
        if above is not None and band.bound is not None and band.bound >= above:
            message = gettext_noop("The bound of “%(band)s” is %(found)s; less than %(above)s is expected.")
            raise BandsError(Message(message, {"band": band.name, "found": band.bound, "above": above}))
    return Bands(bands)


def _read_band(text: str, *, is_last: bool) -> Band:
    match = _BAND.fullmatch(text)
    if match is None or not match["name"]:
        message = gettext_noop("“%(found)s” is not a band such as “Tốt >= 80”.")
        raise BandsError(Message(message, {"found": text}))
    if match["sign"] is None:
        if not is_last:
            message = gettext_noop("The band “%(band)s” has no bound; only the last one has none.")
            raise BandsError(Message(message, {"band": match["name"]}))
        return Band(match["name"], None)
    if is_last:
        message = gettext_noop("The last band “%(band)s” has a bound; none is expected.")
        raise BandsError(Message(message, {"band": match["name"]}))
    try:
        bound = read_decimal(match["bound"])
    except NotANumber as error:
        message = gettext_noop("The bound of “%(band)s” is “%(found)s”; a number is expected.")
        raise BandsError(Message(message, {"band": match["name"], "found": match["bound"]})) from error
    return Band(match["name"], bound, match["sign"] != ">")
