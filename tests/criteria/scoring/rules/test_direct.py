from decimal import Decimal

import pytest


@pytest.mark.parametrize(("typed", "points"), [("0", "0"), ("2,5", "2.5"), ("4", "4"), ("1.23455", "1.2346")])
def test_points_are_taken_as_typed(rule, typed, points):
    outcome = rule("direct", "").score([typed])
    assert (outcome.points, outcome.not_applicable, outcome.line) == (Decimal(points), False, 0)


def test_points_above_the_maximum_are_refused(rule, errors):
    expected = {0: "4.1 is above the maximum. Points from 0 to 4 are expected."}
    assert errors(rule("direct", ""), "4,1") == expected


def test_points_below_zero_are_refused(rule, errors):
    assert errors(rule("direct", ""), "-1") == {0: "−1 is below 0; a number from 0 on is expected."}


def test_parameters_are_refused(refusal):
    assert refusal("direct", "mỗi = 1") == "Points that are typed have no parameters; “mỗi = 1” was found."


def test_rule_reads_as_one_line(rule):
    assert [str(line) for line in rule("direct", "").lines] == ["Points from 0 to 4, typed in"]
    assert str(rule("direct", "").score(["1"]).because) == "Typed in: 1 point"
