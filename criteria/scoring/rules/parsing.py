"""From a rule kind and its parameter text to the rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from criteria.scoring.numbers import tidy
from criteria.scoring.rules.base import Rule, RuleKind
from criteria.scoring.rules.choices import LevelsRule, YesNoRule
from criteria.scoring.rules.computed import FormulaRule
from criteria.scoring.rules.counting import CountRule, DeductionRule
from criteria.scoring.rules.direct import DirectRule
from criteria.scoring.rules.ratio import RatioRule

_RULES: Mapping[RuleKind, type[Rule]] = {
    rule.kind: rule
    for rule in (DirectRule, YesNoRule, LevelsRule, RatioRule, CountRule, DeductionRule, FormulaRule)
}


def parse_rule(kind: RuleKind, parameters: str, *, max_points: Decimal, labels: Sequence[str] = ()) -> Rule:
    """
    Read the parameters of a rule of this kind, for a leaf of that maximum whose declared figures have these
    labels.

    :raises RuleError: the parameters are not such a rule
    """
    return _parse(RuleKind(kind), parameters or "", max_points, tuple(tidy(label) for label in labels))


@lru_cache(maxsize=4096)
def _parse(kind: RuleKind, parameters: str, max_points: Decimal, labels: tuple[str, ...]) -> Rule:
    """Rules never change, and a set shares many among its units and years, so each is read once."""
    return _RULES[kind].parse(parameters, max_points, labels)
