import random
import statistics
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.tallying import Group, group_estimate, interval, leaf_result, square_root

A, B, C, D = Fraction(1), Fraction(3, 5), Fraction(1, 5), Fraction(0)
WEIGHTS = (A, B, C, D)
patterns_of_two = st.lists(
    st.tuples(st.sampled_from([*WEIGHTS, None]), st.sampled_from([*WEIGHTS, None])), min_size=2, max_size=30
)


def group(*forms, weight=1, minimum=5) -> Group:
    return Group(Fraction(weight), minimum, Counter(forms))


def single(*weights, **fields) -> Group:
    return group(*((weight,) for weight in weights), **fields)


def test_leaf_result_of_one_question_is_mean_and_standard_error_of_the_answers():
    answers = [A, A, B, B, B, C, D]
    result = leaf_result([single(*answers)])
    exact = [float(answer) for answer in answers]
    assert result.n == 7
    assert result.exact == Fraction(4, 7)
    assert result.mean == Decimal("0.571428571429")
    assert float(result.standard_error) == pytest.approx(statistics.stdev(exact) / sqrt(7), abs=1e-11)
    assert result.points(Decimal(5)) == Decimal("2.8571")


def test_leaf_result_rounds_points_half_up_once():
    # mean 0.5; 0.0001 × 0.5 = 0.00005
    assert leaf_result([single(A, D, A, D, A, D)]).points(Decimal("0.0001")) == Decimal("0.0001")


def test_leaf_result_with_equal_answers_has_no_error():
    result = leaf_result([single(A, A, A, A, A)])
    assert (result.standard_error, result.low, result.high) == (0, 1, 1)


def test_interval_is_cut_to_the_scale():
    assert interval(Fraction(99, 100), Decimal("0.1")) == (
        Decimal("0.794000000000"),
        Decimal("1.000000000000"),
    )
    assert interval(Fraction(1, 100), Decimal("0.1")) == (Decimal("0"), Decimal("0.206000000000"))


def test_answers_that_are_not_counted_make_no_valid_form():
    result = leaf_result([single(A, A, A, B, B, None, None)])
    assert (result.n, result.exact) == (5, Fraction(21, 25))


def test_group_below_its_minimum_does_not_count():
    assert leaf_result([single(A, A, A, A, None)]) is None
    enough, few = single(D, D, D, D, D), single(A, A, A, A, weight=9)
    assert leaf_result([enough, few]).exact == 0


def test_weights_of_groups_are_renormalised_over_those_that_count():
    first = single(A, A, A, A, A, weight=3)
    second = single(D, D, D, D, D, D, weight=1)
    third = single(A, weight=4)
    result = leaf_result([first, second, third])
    assert (result.n, result.exact) == (11, Fraction(3, 4))


def test_error_of_several_groups_is_stratified():
    first, second = [A, B, A, D, C, B], [B, B, C, A, D]
    result = leaf_result([single(*first, weight=3), single(*second, weight=1)])
    variance = sum(
        share**2 * statistics.variance([float(answer) for answer in answers]) / len(answers)
        for share, answers in ((0.75, first), (0.25, second))
    )
    assert float(result.standard_error) == pytest.approx(sqrt(variance), abs=1e-11)


def test_several_questions_are_a_mean_of_question_means():
    # question 1: 1, 1, 0.6 of three answers; question 2: 0.2 of one answer
    forms = [(A, None), (A, None), (B, C), (None, None)]
    estimate = group_estimate(Counter(forms))
    assert estimate.n == 3
    assert estimate.mean == (Fraction(13, 15) + Fraction(1, 5)) / 2


def test_error_of_complete_forms_is_that_of_the_forms_own_means():
    forms = [(A, B), (B, B), (C, A), (D, C), (A, A), (B, D)]
    result = leaf_result([group(*forms)])
    means = [float(sum(form) / 2) for form in forms]
    assert float(result.mean) == pytest.approx(statistics.fmean(means), abs=1e-12)
    assert float(result.standard_error) == pytest.approx(statistics.stdev(means) / sqrt(6), abs=1e-11)


def test_error_of_incomplete_forms_agrees_with_repeated_sampling():
    """The formula against the spread of results over many samples drawn from one population of forms."""
    generator = random.Random(7)
    population = [
        tuple(generator.choice([*WEIGHTS, None]) if place else generator.choice(WEIGHTS) for place in (0, 1))
        for _form in range(400)
    ]
    means, errors = [], []
    for _sample in range(400):
        result = leaf_result([group(*generator.choices(population, k=60))])
        means.append(float(result.exact))
        errors.append(float(result.standard_error))
    assert statistics.fmean(errors) == pytest.approx(statistics.stdev(means), rel=0.1)


def test_questions_that_a_form_was_not_asked_may_be_left_out_at_its_end():
    short, long = (
        group((A,), (B,), (C, A), (D, B), (A, C)),
        group((A, None), (B, None), (C, A), (D, B), (A, C)),
    )
    assert leaf_result([short]) == leaf_result([long])


def test_single_form_has_a_result_without_an_error():
    result = leaf_result([single(B, minimum=1)])
    assert (result.n, result.exact, result.standard_error, result.low) == (1, B, None, None)


def test_square_root_to_twelve_decimals():
    assert square_root(Fraction(2)) == Decimal("1.414213562373")
    assert square_root(Fraction(1, 4)) == Decimal("0.500000000000")


@given(patterns_of_two)
def test_result_stays_on_the_scale_and_inside_its_interval(forms):
    result = leaf_result([group(*forms, minimum=2)])
    if result is None:
        assert sum(any(weight is not None for weight in form) for form in forms) < 2
        return
    assert 0 <= result.low <= result.mean <= result.high <= 1


@given(patterns_of_two, st.randoms(use_true_random=False))
def test_order_of_forms_changes_no_digit(forms, generator):
    shuffled = list(forms)
    generator.shuffle(shuffled)
    assert leaf_result([group(*forms)]) == leaf_result([group(*shuffled)])


@given(st.lists(st.sampled_from(WEIGHTS), min_size=5, max_size=40), st.integers(1, 9))
def test_weight_of_an_only_group_changes_nothing(answers, weight):
    assert leaf_result([single(*answers, weight=weight)]) == leaf_result([single(*answers)])


@given(st.lists(st.sampled_from(WEIGHTS), min_size=5, max_size=40))
def test_figures_equal_those_of_the_standard_library(answers):
    result = leaf_result([single(*answers)])
    assert result.exact == statistics.mean(answers)
    expected = statistics.variance(answers) / len(answers)
    assert abs(Fraction(result.standard_error) ** 2 - expected) < Fraction(1, 10**11)
