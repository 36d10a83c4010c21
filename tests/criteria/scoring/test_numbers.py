from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.numbers import normalise, plain, read_decimal, round_half_up, round_points, tidy
from criteria.scoring.rules import NumberError, parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3,5", "3.5"),
        ("3.5", "3.5"),
        (" 12 ", "12"),
        ("-2", "-2"),
        ("−2", "-2"),
        ("+1,50", "1.5"),
        ("007", "7"),
    ],
)
def test_parse_number_reads_comma_and_point(text, number):
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "ba",
        "1.234,5",
        "1,234.5",
        "1 000",
        "1e3",
        "NaN",
        "Infinity",
        "-∞",
        "5,",
        ",5",
        "1/2",
        "٣",
        "1_000",
    ],
)
def test_parse_number_refuses_anything_that_would_have_to_be_guessed(text):
    with pytest.raises(NumberError):
        parse_number(text)


def test_parse_number_refuses_more_than_15_digits_on_a_side():
    assert parse_number("9" * 15 + "," + "9" * 15) == Decimal("9" * 15 + "." + "9" * 15)
    for text in ("1" * 16, "0," + "1" * 16):
        with pytest.raises(NumberError):
            parse_number(text)


def test_parse_number_says_what_was_found():
    with pytest.raises(NumberError) as refused:
        parse_number("1.234,5")
    assert str(refused.value) == (
        "“1.234,5” is not a number. Digits with at most one decimal mark are expected."
    )


@given(st.integers(0, 10**12), st.integers(0, 9999))
def test_read_decimal_gives_back_what_plain_prints(whole, decimals):
    number = Decimal(f"{whole}.{decimals:04}")
    assert read_decimal(plain(number)) == read_decimal(plain(number, ",")) == number


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(2, 3), "0.6667"),
        (Decimal("0.00005"), "0.0001"),
        (Decimal("0.00004999"), "0.0000"),
        (Decimal("-0.00005"), "-0.0001"),
        (4, "4.0000"),
    ],
)
def test_round_points_is_half_up_to_four_decimals(value, rounded):
    assert str(round_points(value)) == rounded


@given(st.fractions(), st.integers(0, 6))
def test_round_half_up_is_never_further_than_half_a_step(value, decimals):
    step = Fraction(1, 10**decimals)
    assert abs(Fraction(round_half_up(value, decimals)) - value) <= step / 2


@pytest.mark.parametrize(
    ("number", "text"), [("1E+1", "10"), ("4.5000", "4.5"), ("0.000", "0"), ("-0", "0"), ("1200", "1200")]
)
def test_plain_prints_without_exponent_and_trailing_zeros(number, text):
    assert plain(Decimal(number)) == text


def test_words_compare_whatever_their_normal_form_case_and_spacing():
    assert normalise("CÒN   LẠI ") == normalise("co\u0300n la\u0323i") == "còn lại"
    assert tidy(" Co\u0300n  lại ") == "Còn lại"
