from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.rules import RuleKind, parse_rule
from criteria.scoring.rules.ratio import shown_percent

BANDS = "còn lại = 0; từ 90 = x2; từ 100 = 4; từ 95 = x4; mẫu 0 = không áp dụng"


@pytest.mark.parametrize(
    ("numerator", "denominator", "points", "line"),
    [
        ("137", "137", "4", 0),
        ("12873", "13204", "3.8997", 1),
        ("95", "100", "3.8", 1),
        ("94999999", "100000000", "1.9", 2),
        ("9", "10", "1.8", 2),
        ("89", "100", "0", 3),
        ("0", "7", "0", 3),
        ("150", "100", "4", 0),
        ("2,4", "2,5", "3.84", 1),
    ],
)
def test_the_highest_band_that_the_ratio_reaches_applies(rule, numerator, denominator, points, line):
    outcome = rule("ratio", BANDS).score([numerator, denominator])
    assert (outcome.points, outcome.line) == (Decimal(points), line)


@pytest.mark.parametrize(
    ("parameters", "numerator", "denominator", "points"),
    [
        ("còn lại = x1,5", "129", "137", "1.4124"),
        ("còn lại = x 1.5", "129", "137", "1.4124"),
        ("còn lại = ×1,5", "129", "137", "1.4124"),
        ("từ 70 = 2; còn lại = x2/0,7", "45", "100", "1.2857"),
        ("từ 70 = 2; còn lại = x2 ÷ 0,7", "45", "100", "1.2857"),
        ("từ 70% = 50%; còn lại = 10%", "70", "100", "2"),
        ("từ 70% = 50%; còn lại = 10%", "69", "100", "0.4"),
        ("còn lại = x9", "1", "2", "4"),
        ("từ 66,6667 = 1; còn lại = 0", "2", "3", "0"),
        ("từ 66,6666 = 1; còn lại = 0", "2", "3", "1"),
    ],
)
def test_values_are_fixed_points_or_multiples_of_the_ratio(rule, parameters, numerator, denominator, points):
    assert rule("ratio", parameters).score([numerator, denominator]).points == Decimal(points)


def test_denominator_zero_is_not_applicable_where_the_rule_says_so(rule):
    outcome = rule("ratio", BANDS).score(["0", "0"])
    assert (outcome.points, outcome.not_applicable, outcome.line) == (None, True, 4)
    assert str(outcome.because) == "The denominator is 0: not applicable"


def test_denominator_zero_gives_points_where_the_rule_says_so(rule):
    outcome = rule("ratio", "còn lại = 0; mẫu 0 = 2").score(["0", "0"])
    assert (outcome.points, outcome.not_applicable, outcome.line) == (Decimal(2), False, 1)
    assert str(outcome.because) == "The denominator is 0: 2 points"


def test_denominator_zero_is_refused_where_the_rule_says_nothing(rule, errors):
    assert errors(rule("ratio", "còn lại = x4"), "0", "0") == {
        1: "The denominator is 0, for which this rule gives no points. A number above 0 is expected."
    }


@pytest.mark.parametrize(
    ("parameters", "lines"),
    [
        (
            BANDS,
            [
                "100 %: 4 points",
                "from 95 % to below 100 %: ratio × 4",
                "from 90 % to below 95 %: ratio × 2",
                "below 90 %: 0 points",
                "denominator 0: not applicable",
            ],
        ),
        ("từ 70 = 2; còn lại = x2/0,7", ["from 70 % on: 2 points", "below 70 %: ratio × 2 ÷ 0.7"]),
        ("còn lại = x1,5; mẫu 0 = 1", ["Points = ratio × 1.5", "denominator 0: 1 point"]),
        ("còn lại = 1", ["any ratio: 1 point"]),
    ],
)
def test_rule_lists_its_bands_from_the_highest(rule, parameters, lines):
    assert [str(line) for line in rule("ratio", parameters).lines] == lines


@pytest.mark.parametrize(
    ("numerator", "denominator", "sentence"),
    [
        ("12873", "13204", "Ratio 97.49 %. 12873 ÷ 13204 × 4 = 3.8997 points"),
        ("14", "14", "Ratio 14 ÷ 14 = 100 %: 4 points"),
        ("21", "14", "Ratio 21 ÷ 14 = 150 %, counted as 100 %: 4 points"),
        ("99996", "100000", "Ratio 99.99 %. 99996 ÷ 100000 × 4 = 3.9998 points"),
        ("9", "12", "Ratio 9 ÷ 12 = 75 %: 0 points"),
    ],
)
def test_the_sentence_computes_the_points(rule, numerator, denominator, sentence):
    assert str(rule("ratio", BANDS).score([numerator, denominator]).because) == sentence


def test_the_sentence_says_where_points_are_cut(rule):
    assert str(rule("ratio", "còn lại = x9").score(["1", "2"]).because) == (
        "Ratio 50 %. 1 ÷ 2 × 9 = 4.5, at most: 4 points"
    )
    assert str(rule("ratio", "còn lại = x3").score(["3", "2"]).because) == (
        "Ratio 3 ÷ 2 = 150 %, counted as 100 %. 1 × 3 = 3 points"
    )


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("từ 100 = 4", "The entry “còn lại” is missing."),
        ("từ 90 = 1; từ 90 = 2; còn lại = 0", "“từ 90” stands twice."),
        ("từ 90 = 1; từ 90,0 = 2; còn lại = 0", "“từ 90” stands twice."),
        ("còn lại = 0; Còn lại = 1", "“Còn lại” stands twice."),
        ("từ 101 = 1; còn lại = 0", "“từ 101”: a bound from 0 to 100 per cent is expected."),
        ("từ -1 = 1; còn lại = 0", "“từ -1”: −1 is below 0; a number from 0 on is expected."),
        ("từ mười = 1; còn lại = 0", "“từ mười”: “mười” is not a number of points or a percentage."),
        ("trên 90 = 1; còn lại = 0", "“trên 90” is unknown here; expected: “từ …”, “còn lại”, “mẫu 0”."),
        ("từ 90 = 5; còn lại = 0", "“từ 90”: 5 points are above the maximum of 4."),
        ("mẫu 0 = 5; còn lại = 0", "“mẫu 0”: 5 points are above the maximum of 4."),
        ("còn lại = x", "“còn lại”: “x” is not a multiple of the ratio such as “x4” or “x2/0,7”."),
        ("còn lại = x50%", "“còn lại”: “x50%” is not a multiple of the ratio such as “x4” or “x2/0,7”."),
        ("còn lại = x2/0", "“còn lại”: “x2/0” divides by 0."),
        ("còn lại = x-2", "“còn lại”: −2 is below 0; a number from 0 on is expected."),
    ],
)
def test_parameters_are_checked(refusal, parameters, sentence):
    assert refusal("ratio", parameters) == sentence


@given(st.integers(0, 500), st.integers(1, 500))
def test_points_agree_with_a_second_way_of_reading_the_bands(numerator, denominator):
    rule = parse_rule(RuleKind.RATIO, BANDS, max_points=Decimal(4), labels=())
    ratio = min(Fraction(numerator, denominator), Fraction(1))
    if numerator >= denominator:
        exact = Fraction(4)
    elif 100 * numerator >= 95 * denominator:
        exact = 4 * ratio
    elif 10 * numerator >= 9 * denominator:
        exact = 2 * ratio
    else:
        exact = Fraction(0)

    points = rule.score([numerator, denominator]).points

    assert abs(Fraction(points) - exact) <= Fraction(1, 20_000)


@pytest.mark.parametrize(
    ("ratio", "bounds", "percent"),
    [
        (Fraction(2, 3), [], "66.67"),
        (Fraction(99_996, 100_000), [], "99.99"),
        (Fraction(94_999, 100_000), [Decimal(95)], "94.99"),
        (Fraction(94_999, 100_000), [Decimal(94)], "95.00"),
    ],
)
def test_shown_percent_never_reaches_a_bound_that_the_ratio_misses(ratio, bounds, percent):
    assert str(shown_percent(ratio, bounds)) == percent
