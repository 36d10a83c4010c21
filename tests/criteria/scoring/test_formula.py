from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.formula import MAX_DEPTH, MAX_LENGTH, DivisionByZero, FormulaError, parse_formula


def value_of(text: str, *figures: str, maximum: str = "3") -> Fraction:
    formula = parse_formula(text, variables=len(figures))
    return formula.evaluate([Decimal(figure) for figure in figures], Decimal(maximum))


@pytest.mark.parametrize(
    ("text", "figures", "value"),
    [
        ("1 + 2 * 3", (), 7),
        ("(1 + 2) * 3", (), 9),
        ("8 - 3 - 2", (), 3),
        ("8 / 4 / 2", (), 1),
        ("2 × 3 ÷ 4 − 1", (), Fraction(1, 2)),
        ("-2 + 5", (), 3),
        ("3 - -2", (), 5),
        ("2 * -3", (), -6),
        ("1,5 + 0.5", (), 2),
        ("a / b", ("1", "3"), Fraction(1, 3)),
        ("A + B", ("1", "3"), 4),
        ("min(a; 2; b)", ("5", "3"), 2),
        ("MAX(a; b)", ("5", "3"), 5),
        ("tối_đa / 2", (), Fraction(3, 2)),
        ("toi_da + tối_đa", (), 6),
        ("tròn(a; 2)", ("0.125",), Fraction(13, 100)),
        ("tron(-a; 0)", ("2.5",), -3),
        ("round(a / 3; 4)", ("2",), Fraction(6667, 10000)),
        ("min(a / b / 0,7; 1) * tối_đa", ("30", "40"), 3),
        ("max(3 - 0,5 * a - b - 3 * c; 0)", ("1", "1", "0"), Fraction(3, 2)),
        ("max(a / d * 1; b / d * 2; c / d * 2,5)", ("0", "0", "12", "12"), Fraction(5, 2)),
    ],
)
def test_formula_is_evaluated_exactly(text, figures, value):
    assert value_of(text, *figures) == value


def test_formula_reads_decomposed_vietnamese():
    assert value_of("tro\u0300n(to\u0302\u0301i_đa / 7; 1)") == Fraction(4, 10)


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ("", None, "The formula is empty."),
        ("  ", None, "The formula is empty."),
        ("a +", 4, "The formula ends too early, at position 4."),
        ("a + * b", 5, "“*” is not expected at position 5 of the formula."),
        ("a b", 3, "“b” is not expected at position 3 of the formula."),
        ("2a", 2, "“a” is not expected at position 2 of the formula."),
        ("a ^ b", 3, "“^” is not expected at position 3 of the formula."),
        ("(a", 3, "“)” is expected at position 3 of the formula."),
        ("a)", 2, "“)” is not expected at position 2 of the formula."),
        ("a + c", 5, "“c” at position 5 is unknown: the declared figures are a to b."),
        ("a + total", 5, "“total” at position 5 is unknown: the declared figures are a to b."),
        ("1.234,5", 1, "“1.234,5” at position 1 is not a number with one decimal mark."),
        ("min(a, b)", 6, "“,” is not expected at position 6 of the formula."),
        ("min a", 5, "“(” is expected at position 5 of the formula."),
        ("tròn(a)", 7, "“;” is expected at position 7 of the formula."),
        ("tròn(a; b)", 9, "A number of decimals from 0 to 9 is expected at position 9."),
        ("tròn(a; 12)", 9, "A number of decimals from 0 to 9 is expected at position 9."),
        ("__import__", 1, "“__import__” at position 1 is unknown: the declared figures are a to b."),
    ],
)
def test_formula_outside_the_grammar_is_refused_with_its_position(text, position, sentence):
    with pytest.raises(FormulaError) as refused:
        parse_formula(text, variables=2)
    assert (refused.value.position, str(refused.value)) == (position, sentence)


def test_formula_without_declared_data_knows_no_letters():
    with pytest.raises(FormulaError, match="no declared data are named"):
        parse_formula("a", variables=0)


def test_formula_has_a_length_limit():
    parse_formula("1" + "+1" * (MAX_LENGTH // 2 - 1), variables=0)
    with pytest.raises(FormulaError, match="has 501 characters"):
        parse_formula("1" + "+1" * (MAX_LENGTH // 2), variables=0)


@pytest.mark.parametrize("opening", ["(", "-"])
def test_formula_has_a_depth_limit(opening):
    closing = ")" if opening == "(" else ""
    parse_formula(opening * (MAX_DEPTH - 1) + "1" + closing * (MAX_DEPTH - 1), variables=0)
    with pytest.raises(FormulaError) as refused:
        parse_formula(opening * MAX_DEPTH + "1" + closing * MAX_DEPTH, variables=0)
    assert refused.value.position == MAX_DEPTH + 1


def test_division_by_zero_is_told_apart():
    with pytest.raises(DivisionByZero):
        value_of("1 / (a - b)", "2", "2")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("min(a/b/0,7;1)*tối_đa", "min(30 ÷ 40 ÷ 0.7; 1) × 3"),
        ("(a-b)*(a+b)", "(30 − 40) × (30 + 40)"),
        ("a-(b-1)", "30 − (40 − 1)"),
        ("a+b*2", "30 + 40 × 2"),
        ("a/(b*2)", "30 ÷ (40 × 2)"),
        ("-a + -b", "(−30) + (−40)"),
        ("tron(a;2)", "tròn(30; 2)"),
    ],
)
def test_render_puts_the_figures_in(text, shown):
    formula = parse_formula(text, variables=2)
    assert str(formula.render([Decimal(30), Decimal(40)], Decimal(3))) == shown


def test_render_without_figures_keeps_the_letters():
    assert str(parse_formula("a/b*2", variables=2).render(None, Decimal(3))) == "a ÷ b × 2"


@given(st.text(max_size=60) | st.text("ab1,;()+-*/ ", max_size=60))
def test_parser_never_fails_with_anything_but_its_own_error(text):
    try:
        formula = parse_formula(text, variables=2)
    except FormulaError:
        return
    try:
        formula.evaluate([Decimal(1), Decimal(0)], Decimal(3))
    except DivisionByZero:
        return


terms = st.recursive(
    st.sampled_from(["a", "b", "2", "0,5", "tối_đa"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
        inner.map(lambda term: f"({term})"),
        inner.map(lambda term: f"-({term})"),
        st.tuples(inner, inner).map(lambda pair: f"min({pair[0]}; {pair[1]})"),
    ),
    max_leaves=8,
)


@given(terms)
def test_what_render_shows_reads_as_the_same_value(text):
    formula = parse_formula(text, variables=2)
    figures, maximum = [Decimal(3), Decimal(7)], Decimal(4)
    shown = parse_formula(str(formula.render(figures, maximum)), variables=2)
    try:
        value = formula.evaluate(figures, maximum)
    except DivisionByZero:
        return
    assert shown.evaluate(figures, maximum) == value
