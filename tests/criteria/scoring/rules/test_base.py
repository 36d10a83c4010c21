from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.scoring.rules import RuleKind, parse_rule

RULES = [
    ("direct", "", ()),
    ("yes_no", "có = 100%; không = 0,25", ()),
    ("levels", "Tốt = 75%; Xuất sắc, đủ 100% = 4; Không đạt = 0", ()),
    ("ratio", "từ 90 = x2; từ 100 = 4; còn lại = x1/0,7; mẫu 0 = không áp dụng", ("Đạt", "Tổng")),
    ("count", "mỗi = 0,75", ("Số sáng kiến",)),
    ("deduction", "muộn = 0,25; thiếu = 0,5", ("Số muộn", "Số thiếu")),
    ("formula", "mẫu 0 = 1; điểm = min(a / b / 0,7; 1) * tối_đa", ("Đạt", "Tổng")),
]


@pytest.mark.parametrize(("kind", "parameters", "labels"), RULES)
def test_parameters_of_a_rule_read_as_the_same_rule(rule, kind, parameters, labels):
    one = rule(kind, parameters, labels=labels)
    assert rule(kind, one.parameters, labels=labels) == one


@pytest.mark.parametrize(("kind", "parameters", "labels"), RULES)
def test_parameters_may_be_written_decomposed_in_capitals_and_with_a_last_semicolon(
    rule, kind, parameters, labels
):
    decomposed = parameters.replace("ò", "o\u0300").replace("ạ", "a\u0323").replace("ô", "o\u0302")
    spaced = decomposed.replace(";", "  ; ")
    assert rule(kind, spaced, labels=labels) == rule(kind, parameters, labels=labels)


@given(
    st.sampled_from(RULES),
    st.lists(st.decimals(0, 200, places=2) | st.integers(0, 200), min_size=2, max_size=2),
)
def test_points_stay_within_the_maximum_with_four_decimals_and_name_a_line(chosen, figures):
    kind, parameters, labels = chosen
    rule = parse_rule(RuleKind(kind), parameters, max_points=Decimal(4), labels=labels)
    declared = [
        field.choices[int(figure) % len(field.choices)]
        if field.choices
        else (int(figure) if field.kind == "count" else min(figure, 4) if field.kind == "points" else figure)
        for field, figure in zip(rule.fields, figures, strict=False)
    ]

    outcome = rule.score(declared)

    assert rule.lines[outcome.line]
    assert outcome.because
    if outcome.not_applicable:
        assert outcome.points is None
    else:
        assert 0 <= outcome.points <= 4
        assert outcome.points == round(outcome.points, 4)


def test_every_wrong_figure_is_reported_at_its_field(rule, errors):
    ratio = rule("ratio", "còn lại = x4")
    assert errors(ratio, "ba", "") == {
        0: "“ba” is not a number. Digits with at most one decimal mark are expected.",
        1: "A number is missing.",
    }
    assert errors(ratio, "-3") == {
        0: "−3 is below 0; a number from 0 on is expected.",
        1: "A number is missing.",
    }


def test_more_figures_than_the_rule_reads_are_refused(rule, errors):
    assert errors(rule("count", "mỗi = 1"), "1", "2") == {None: "Figures declared: 2; expected: 1."}


def test_fractions_are_refused_where_things_are_counted(rule, errors):
    expected = {0: "12.873 is not a whole number; 0, 1, 2 … are expected."}
    assert errors(rule("count", "mỗi = 1"), "12.873") == expected
    assert errors(rule("deduction", "mỗi = 1"), Decimal("12.873")) == expected


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+30"), Decimal("1E-30")])
def test_decimals_out_of_all_proportion_are_refused(rule, errors, value):
    assert errors(rule("ratio", "còn lại = x4"), value, 1) == {
        0: "The number has too many digits; at most 15 are read on either side of the mark."
    }


def test_floats_are_a_mistake_of_the_caller(rule):
    with pytest.raises(TypeError):
        rule("count", "mỗi = 1").score([1.0])


def test_labels_of_another_number_than_the_rule_reads_are_refused(refusal):
    sentence = "Declared figures named: 3; the rule reads 2."
    assert refusal("ratio", "còn lại = x4", labels=("a", "b", "c")) == sentence
    assert refusal("deduction", "muộn = 1; thiếu = 2", labels=("a", "b", "c")) == sentence


def test_fields_carry_the_labels_of_the_sheet_and_else_names_of_their_own(rule):
    labelled = rule("deduction", "muộn = 0,25; thiếu = 0,5", labels=("Số muộn", "Số thiếu"))
    assert [field.label for field in labelled.fields] == ["Số muộn", "Số thiếu"]
    assert [field.label for field in rule("deduction", "muộn = 0,25; thiếu = 0,5").fields] == [
        "muộn",
        "thiếu",
    ]
    assert [str(field.label) for field in rule("ratio", "còn lại = x4").fields] == [
        "Numerator",
        "Denominator",
    ]


@pytest.mark.parametrize("kind", ["yes_no", "levels", "ratio", "count", "deduction"])
def test_rules_other_than_typed_points_need_parameters(refusal, kind):
    assert refusal(kind, " ") == "The rule has no parameters."


@pytest.mark.parametrize("kind", ["yes_no", "levels", "ratio", "count", "deduction"])
@pytest.mark.parametrize("parameters", ["Khá", "= 1", "Khá =", "a = 1;; b = 2"])
def test_entries_without_name_or_value_are_refused(refusal, kind, parameters):
    assert "is not an entry of the form “name = value”." in refusal(kind, parameters)
