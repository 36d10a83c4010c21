from decimal import Decimal

import pytest
from django.utils import translation

from assessments.forms import LeafForm, shown, ungrouped
from assessments.models import Score
from criteria.scoring.rules import Field, RuleKind, parse_rule

RATIO = parse_rule(
    RuleKind.RATIO, "từ 100 = 4; còn lại = x4", max_points=Decimal(4), labels=("Đúng hạn", "Tổng số")
)
COUNT = parse_rule(RuleKind.COUNT, "mỗi = 0,5", max_points=Decimal(2))
DIRECT = parse_rule(RuleKind.DIRECT, "", max_points=Decimal(3))
YES_NO = parse_rule(RuleKind.YES_NO, "có = 1; không = 0", max_points=Decimal(1))


def form(rule, score=None, **data):
    values = {"version": "0", "account": ""} | data
    return LeafForm(values if data else None, rule=rule, leaf_id=7, score=score)


def declared(rule, **data):
    filled = form(rule, **data)
    assert filled.is_valid()
    return filled.declared


@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("vi", "12.873", "12873"),
        ("vi", " 1.234.567 ", "1234567"),
        ("vi", "12,873", "12,873"),
        ("vi", "12.5", "12.5"),
        ("vi", "1234.567", "1234.567"),
        ("en", "12,873", "12873"),
        ("en", "12.873", "12.873"),
        ("vi", "chín", "chín"),
    ],
)
def test_ungrouped_takes_away_the_grouping_of_the_language(language, typed, read):
    with translation.override(language):
        assert ungrouped(typed) == read


@pytest.mark.parametrize(
    ("kind", "stored", "vietnamese", "english"),
    [
        ("count", "12873", "12.873", "12,873"),
        ("number", "97.5", "97,5", "97.5"),
        ("number", "3,25", "3,25", "3.25"),
        ("points", "2.5", "2,5", "2.5"),
        ("points", "1500", "1500", "1500"),
        ("number", "khoảng 9", "khoảng 9", "khoảng 9"),
        ("choice", "có", "Có", "Yes"),
        ("choice", "Hoàn thành tốt", "Hoàn thành tốt", "Hoàn thành tốt"),
    ],
)
def test_shown_writes_a_stored_value_as_people_do(kind, stored, vietnamese, english):
    field = Field("Số liệu", kind)
    with translation.override("vi"):
        assert shown(field, stored) == vietnamese
    with translation.override("en"):
        assert shown(field, stored) == english


def test_declared_reads_grouped_figures_and_keeps_others_as_typed():
    assert declared(RATIO, f0="12.873", f1="13.204,5") == ["12873", "13.204,5"]


def test_declared_never_reads_points_as_grouped():
    assert declared(DIRECT, f0="1.500") == ["1.500"]


def test_declared_is_none_when_nothing_was_typed():
    assert declared(RATIO, f0=" ", f1="") is None
    assert declared(YES_NO, version="1") is None


def test_declared_keeps_the_place_of_a_figure_that_is_missing():
    assert declared(RATIO, f0="", f1="100") == ["", "100"]


def test_form_refuses_a_choice_that_is_not_offered():
    assert not form(YES_NO, f0="có lẽ").is_valid()


def test_form_shows_what_is_stored():
    score = Score(declared=["12873", "13204"], points=Decimal("3.9"), version=3, account="Theo sổ")
    shown_form = form(RATIO, score)
    assert [bound.initial for bound in shown_form.figures] == ["12.873", "13.204"]
    assert (shown_form["version"].initial, shown_form["account"].initial) == (3, "Theo sổ")


def test_form_ticks_not_applicable_only_where_the_unit_asked_for_it():
    asked = Score(declared=None, not_applicable=True, version=1)
    by_rule = Score(declared=["0", "0"], not_applicable=True, version=1)
    assert form(RATIO, asked)["not_applicable"].initial is True
    assert form(RATIO, by_rule)["not_applicable"].initial is False


def test_form_names_figures_by_the_labels_of_the_criteria():
    assert [bound.label for bound in form(RATIO).figures] == ["Đúng hạn", "Tổng số"]
    with translation.override("en"):
        assert [bound.label for bound in form(COUNT).figures] == ["Number"]
