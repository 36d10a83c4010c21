"""What counts as decided for one leaf of one unit (docs/domain.md §3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from criteria.scoring.tree import Node, Source


class Stage(StrEnum):
    """The stages of a leaf's ledger, in order."""

    SELF = "self"
    ROUND_1 = "round_1"
    EXPLANATION = "explanation"
    ROUND_2 = "round_2"
    MEETING = "meeting"


DECIDING_STAGES = (Stage.MEETING, Stage.ROUND_2, Stage.ROUND_1)
"""Where points can be decided, the weightiest first; a unit's own score and explanation decide nothing."""


class NoSurvey(StrEnum):
    """What becomes of the survey leaves of a block in which nothing was surveyed."""

    STOP = "stop"
    RESCALE = "rescale"
    ZERO = "zero"


class MissingKind(StrEnum):
    UNDECIDED = "undecided"
    NO_SURVEY = "no_survey"
    NO_EXTERNAL = "no_external"
    NO_SURVEY_IN_BLOCK = "no_survey_in_block"


@dataclass(frozen=True, slots=True)
class Opinion:
    """
    One entry of a leaf's ledger.

    One with neither points nor `not_applicable` leaves the leaf open, as a `provisional` one does; the
    caller turns a provisional one into a firm one when the time to explain has passed.
    """

    stage: Stage
    points: Decimal | None
    not_applicable: bool = False
    reason: str = ""
    provisional: bool = False

    @property
    def is_open(self) -> bool:
        return self.provisional or (self.points is None and not self.not_applicable)


@dataclass(frozen=True, slots=True)
class LeafInput:
    """
    What is known about one leaf of one unit.

    `opinions` run from the oldest to the newest; `measured_points` is the result of the survey or outside
    index, in points; `exempt` is the cycle manager's "not applicable", set before self-scoring.
    """

    code: str
    self_points: Decimal | None = None
    opinions: tuple[Opinion, ...] = ()
    measured_points: Decimal | None = None
    exempt: bool = False
    exempt_reason: str = ""


@dataclass(frozen=True, slots=True)
class DecidedLeaf:
    """One leaf of one unit in the result; `points` is 0 where the leaf is not applicable or counts as 0."""

    code: str
    applicable: bool
    max_points: Decimal
    self_points: Decimal | None
    points: Decimal
    source: Source
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A leaf that nobody entitled has decided, or whose figure is not there."""

    code: str
    kind: MissingKind


Decision: TypeAlias = "DecidedLeaf | Missing"

_ZERO = Decimal(0)


def decide(node: Node, leaf: LeafInput | None, *, surveyed: bool, no_survey: NoSurvey) -> Decision:
    """
    The points of a leaf, or what is missing for them.

    :param leaf: None when nothing at all is known, which is never taken for 0 points except of bonus and
        penalty
    :param surveyed: whether any unit of the block has a survey result
    :raises ValueError: points outside 0..max, which no service records
    """
    leaf = leaf or LeafInput(node.code)
    if leaf.exempt:
        return _decided(node, leaf, None, leaf.exempt_reason)
    if node.source == Source.SURVEY:
        return _surveyed(node, leaf, surveyed=surveyed, no_survey=no_survey)
    if node.source == Source.EXTERNAL:
        if leaf.measured_points is None:
            return Missing(node.code, MissingKind.NO_EXTERNAL)
        return _decided(node, leaf, leaf.measured_points)
    opinion = governing(leaf.opinions)
    if node.source.is_extra:
        return _extra(node, leaf, opinion)
    if opinion is None or opinion.is_open:
        return Missing(node.code, MissingKind.UNDECIDED)
    return _decided(node, leaf, None if opinion.not_applicable else opinion.points, opinion.reason)


def governing(opinions: tuple[Opinion, ...]) -> Opinion | None:
    """The opinion that stands: of the weightiest deciding stage that has any, the newest."""
    for stage in DECIDING_STAGES:
        for opinion in reversed(opinions):
            if opinion.stage == stage:
                return opinion
    return None


def _surveyed(node: Node, leaf: LeafInput, *, surveyed: bool, no_survey: NoSurvey) -> Decision:
    if leaf.measured_points is not None:
        return _decided(node, leaf, leaf.measured_points)
    if surveyed:
        return Missing(node.code, MissingKind.NO_SURVEY)
    if no_survey == NoSurvey.STOP:
        return Missing(node.code, MissingKind.NO_SURVEY_IN_BLOCK)
    return _decided(node, leaf, None if no_survey == NoSurvey.RESCALE else _ZERO)


def _extra(node: Node, leaf: LeafInput, opinion: Opinion | None) -> Decision:
    """Bonus and penalty: nothing entered counts 0, and no leaf counts above its maximum."""
    if opinion is None:
        return _decided(node, leaf, _ZERO)
    if opinion.provisional:
        return Missing(node.code, MissingKind.UNDECIDED)
    if opinion.not_applicable:
        return _decided(node, leaf, None, opinion.reason)
    return _decided(node, leaf, min(opinion.points or _ZERO, node.max_points), opinion.reason)


def _decided(node: Node, leaf: LeafInput, points: Decimal | None, reason: str = "") -> DecidedLeaf:
    """With these points, or not applicable for None."""
    if points is not None and not 0 <= points <= node.max_points:
        raise ValueError(f"{node.code}: {points} points are outside 0..{node.max_points}.")
    return DecidedLeaf(
        code=node.code,
        applicable=points is not None,
        max_points=node.max_points,
        self_points=leaf.self_points,
        points=_ZERO if points is None else points,
        source=node.source,
        reason=reason,
    )
