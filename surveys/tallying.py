"""
From answers to the result of one leaf of one unit: pure arithmetic, without Django, clock or database.

Rule (docs/domain.md §6). Within a group of respondents the result is the mean of its questions' means of option
weights; over the groups that have at least their minimum of valid forms it is the weighted mean, the weights
renormalised over them. A form is valid for a leaf when it holds at least one counted answer to the leaf's questions;
"không biết" is not counted.

Standard error. With forms f and questions q of one group, weights x(f,q) where answered, N(q) answers and mean m(q) of
each of the k answered questions, the group's result R = Σ m(q) / k is a mean of ratios. Its linearised share of
one form is

    z(f) = Σ over the questions answered by f of (x(f,q) − m(q)) / N(q), divided by k

which sums to 0 over the forms, so that the variance over n forms is n / (n − 1) × Σ z(f)². When every form answers
every question this is exactly s² / n, with s the standard deviation of the forms' own means. Groups are strata: the
variances add with the squares of the renormalised weights. The 95 % interval is result ± 1.96 × error, cut to 0..1.

All is exact (fractions) up to the one square root, so that neither the order of the forms nor a second run changes a
digit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from criteria.scoring.numbers import round_half_up, round_points

DIGITS = 12
"""Decimals of mean, error and interval."""

Z_95 = Fraction(196, 100)

Pattern = tuple[Fraction | None, ...]
"""A form's option weights (0..1) on a leaf's questions, in a fixed order; None: not answered, or not counted."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group's forms on one unit: how many forms show each pattern. `weight` counts against the other groups'."""

    weight: Fraction
    minimum: int
    patterns: Mapping[Pattern, int]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The result of one group: exact mean (0..1) over `n` valid forms; no variance from a single form."""

    n: int
    mean: Fraction
    variance: Fraction | None


@dataclass(frozen=True, slots=True)
class LeafResult:
    """
    The result of one leaf of one unit: `mean`, `standard_error` and the bounds on 0..1 with 12 decimals, over `n`
    valid forms of the groups that count. `exact` is the mean before rounding; points are computed from it.
    """

    n: int
    exact: Fraction
    mean: Decimal
    standard_error: Decimal | None
    low: Decimal | None
    high: Decimal | None

    def points(self, max_points: Decimal) -> Decimal:
        """max × result, half up to 4 decimals."""
        return round_points(self.exact * Fraction(max_points))


def leaf_result(groups: Iterable[Group]) -> LeafResult | None:
    """The leaf's result, or None when no group has its minimum of valid forms."""
    counted = []
    for group in groups:
        estimate = group_estimate(group.patterns)
        if estimate is not None and estimate.n >= group.minimum:
            counted.append((group.weight, estimate))
    if not counted:
        return None
    total = sum(weight for weight, _estimate in counted)
    mean = sum(weight * estimate.mean for weight, estimate in counted) / total
    variance: Fraction | None = Fraction(0)
    for weight, estimate in counted:
        if variance is None or estimate.variance is None:
            variance = None
        else:
            variance += (weight / total) ** 2 * estimate.variance
    error = None if variance is None else square_root(variance)
    low, high = interval(mean, error)
    return LeafResult(
        n=sum(estimate.n for _weight, estimate in counted),
        exact=mean,
        mean=round_half_up(mean, DIGITS),
        standard_error=error,
        low=low,
        high=high,
    )


def group_estimate(patterns: Mapping[Pattern, int]) -> Estimate | None:
    """The mean of the questions' means with its variance over forms; None without a valid form."""
    forms = {pattern: count for pattern, count in patterns.items() if count and _is_valid(pattern)}
    if not forms:
        return None
    length = max(len(pattern) for pattern in forms)
    means: dict[int, tuple[Fraction, int]] = {}
    for place in range(length):
        answers = [(pattern[place], count) for pattern, count in forms.items() if place < len(pattern)]
        counted = [(weight, count) for weight, count in answers if weight is not None]
        if counted:
            number = sum(count for _weight, count in counted)
            means[place] = sum(weight * count for weight, count in counted) / Fraction(number), number
    n = sum(forms.values())
    mean = sum(question_mean for question_mean, _number in means.values()) / len(means)
    if n == 1:
        return Estimate(n, mean, None)
    squares = sum(_share(pattern, means) ** 2 * count for pattern, count in forms.items())
    return Estimate(n, mean, squares * n / (n - 1))


def _is_valid(pattern: Sequence[Fraction | None]) -> bool:
    return any(weight is not None for weight in pattern)


def _share(pattern: Pattern, means: Mapping[int, tuple[Fraction, int]]) -> Fraction:
    """z(f) of the module's docstring."""
    parts = (
        (pattern[place] - mean) / number
        for place, (mean, number) in means.items()
        if place < len(pattern) and pattern[place] is not None
    )
    return sum(parts, Fraction(0)) / len(means)


def interval(
    mean: Fraction | Decimal, standard_error: Decimal | None
) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """The bounds of the 95 % interval within 0..1, 12 decimals; none without a standard error."""
    if standard_error is None:
        return None, None
    half = Z_95 * Fraction(standard_error)
    low, high = max(Fraction(mean) - half, Fraction(0)), min(Fraction(mean) + half, Fraction(1))
    return round_half_up(low, DIGITS), round_half_up(high, DIGITS)


def square_root(value: Fraction) -> Decimal:
    """To 12 decimals, half up."""
    with localcontext() as context:
        context.prec = 60
        return round_half_up((Decimal(value.numerator) / Decimal(value.denominator)).sqrt(), DIGITS)
