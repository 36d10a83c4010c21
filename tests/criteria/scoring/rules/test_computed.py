from decimal import Decimal

import pytest

from criteria.scoring.rules import RuleError

LABELS = ("Hồ sơ trực tuyến", "Tổng số hồ sơ")
ONLINE = "mẫu 0 = 0; điểm = min(a / b / 0,7; 1) * tối_đa"


@pytest.mark.parametrize(
    ("figures", "points", "line"),
    [(("30", "40"), "3", 0), (("249", "480"), "2.2232", 0), (("0", "0"), "0", 1)],
)
def test_points_are_what_the_formula_gives(rule, figures, points, line):
    outcome = rule("formula", ONLINE, "3", LABELS).score(figures)
    assert (outcome.points, outcome.line) == (Decimal(points), line)


def test_points_are_cut_to_the_maximum_and_to_zero(rule):
    plain = rule("formula", "điểm = 2 * a - b", "3", LABELS)
    high, low = plain.score(["5", "1"]), plain.score(["0", "1"])
    assert (high.points, str(high.because)) == (Decimal(3), "2 × 5 − 1 = 9, at most: 3 points")
    assert (low.points, str(low.because)) == (Decimal(0), "2 × 0 − 1 = −1, not below 0: 0 points")


def test_the_formula_is_all_text_after_the_first_equals_sign_of_the_last_entry(rule):
    computed = rule("formula", "Điểm = max(3 - 0,5 * a - b; 0)", "3", LABELS)
    assert computed.score(["1", "1"]).points == Decimal("1.5")


def test_division_by_zero_is_not_applicable_where_the_rule_says_so(rule):
    computed = rule("formula", "mẫu 0 = không áp dụng; điểm = a / b", "3", LABELS)
    assert computed.score(["1", "0"]).not_applicable


def test_division_by_zero_is_refused_where_the_rule_says_nothing(rule, errors):
    assert errors(rule("formula", "điểm = a / b", "3", LABELS), "1", "0") == {
        None: "The denominator is 0, for which this rule gives no points. A number above 0 is expected."
    }


def test_rule_lists_formula_and_letters(rule):
    assert [str(line) for line in rule("formula", ONLINE, "3", LABELS).lines] == [
        "Points = min(a ÷ b ÷ 0.7; 1) × 3",
        "denominator 0: 0 points",
        "a: Hồ sơ trực tuyến",
        "b: Tổng số hồ sơ",
    ]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("", "The last entry “điểm = …” with the formula is missing."),
        ("mẫu 0 = 1", "The last entry “điểm = …” with the formula is missing."),
        ("điểm =", "The formula is empty."),
        ("mẫu 0 = 1; mẫu 0 = 2; điểm = a", "“mẫu 0” stands twice."),
        ("mẫu 0 = 4; điểm = a", "“mẫu 0”: 4 points are above the maximum of 3."),
        ("khác = 1; điểm = a", "“khác” is unknown here; expected: “mẫu 0”, “điểm”."),
        ("điểm = a; 1", "“;” is not expected at position 2 of the formula."),
        ("điểm = a = b", "“=” is not expected at position 3 of the formula."),
    ],
)
def test_parameters_are_checked(refusal, parameters, sentence):
    assert refusal("formula", parameters, "3", LABELS) == sentence


def test_error_in_the_formula_carries_its_position(rule):
    with pytest.raises(RuleError) as refused:
        rule("formula", "mẫu 0 = 1; điểm = a / d", "3", LABELS)
    assert refused.value.position == 5
