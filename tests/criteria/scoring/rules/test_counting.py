from decimal import Decimal

import pytest


@pytest.mark.parametrize(
    ("count", "points", "sentence"),
    [
        ("0", "0", "0 × 0.75 = 0 points"),
        ("3", "2.25", "3 × 0.75 = 2.25 points"),
        ("6", "4", "6 × 0.75 = 4.5, at most: 4 points"),
    ],
)
def test_count_gives_points_for_each_up_to_the_maximum(rule, count, points, sentence):
    outcome = rule("count", "mỗi = 0,75").score([count])
    assert (outcome.points, str(outcome.because), outcome.line) == (Decimal(points), sentence, 0)


def test_count_percentages_are_of_the_maximum(rule):
    assert rule("count", "mỗi = 10%").score([3]).points == Decimal("1.2")


def test_count_reads_as_one_line(rule):
    assert [str(line) for line in rule("count", "mỗi = 0,75").lines] == [
        "Each: 0.75 points, at most 4 points"
    ]


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("mỗi nội quy = 0,5", "“mỗi nội quy” is unknown here; expected: “mỗi”."),
        ("mỗi = 0,5; mỗi = 1", "“mỗi” stands twice."),
        ("mỗi = -1", "“mỗi”: −1 is below 0; a number from 0 on is expected."),
        ("mỗi = x2", "“mỗi”: “x2” is not a number of points or a percentage."),
    ],
)
def test_count_parameters_are_checked(refusal, parameters, sentence):
    assert refusal("count", parameters) == sentence


@pytest.mark.parametrize(
    ("counts", "points", "line", "sentence"),
    [
        (("0", "0"), "3", 0, "No violation: 3 points"),
        (("2", "0"), "2.5", 1, "3 − 2 × 0.25 = 2.5 points"),
        (("0", "1"), "2.5", 2, "3 − 1 × 0.5 = 2.5 points"),
        (("1", "2"), "1.75", 1, "3 − 1 × 0.25 − 2 × 0.5 = 1.75 points"),
        (("0", "7"), "0", 2, "3 − 7 × 0.5 = −0.5, not below 0: 0 points"),
    ],
)
def test_deduction_takes_from_the_maximum_down_to_zero(rule, counts, points, line, sentence):
    outcome = rule("deduction", "báo cáo muộn = 0,25; báo cáo thiếu = 0,5", "3").score(counts)
    assert (outcome.points, outcome.line, str(outcome.because)) == (Decimal(points), line, sentence)


def test_deduction_of_one_kind_needs_no_name(rule):
    deduction = rule("deduction", "mỗi = 0,25", "1")
    assert deduction.score(["1"]).points == Decimal("0.75")
    assert [str(line) for line in deduction.lines] == [
        "No violation: 1 point",
        "Each: minus 0.25, down to 0",
    ]
    assert str(deduction.fields[0].label) == "Number of violations"


def test_deduction_lists_every_kind(rule):
    assert [str(line) for line in rule("deduction", "muộn = 0,25; thiếu = 50%").lines] == [
        "No violation: 4 points",
        "Each “muộn”: minus 0.25, down to 0",
        "Each “thiếu”: minus 2, down to 0",
    ]


def test_deduction_may_cost_more_than_the_maximum(rule):
    assert rule("deduction", "không báo cáo = 9").score([1]).points == 0


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("muộn = 0,25; Muộn = 0,5", "“Muộn” stands twice."),
        ("muộn = -0,25", "“muộn”: −0.25 is below 0; a number from 0 on is expected."),
        ("muộn", "“muộn” is not an entry of the form “name = value”."),
    ],
)
def test_deduction_parameters_are_checked(refusal, parameters, sentence):
    assert refusal("deduction", parameters) == sentence
