from decimal import Decimal

import pytest

from criteria.scoring.rules import format_declared, split_declared


@pytest.mark.parametrize(
    ("kind", "parameters", "text", "declared"),
    [
        ("ratio", "còn lại = x4", "12; 40", ("12", "40")),
        ("ratio", "còn lại = x4", " 3,5 ;40 ", ("3,5", "40")),
        ("ratio", "còn lại = x4", "12;", ("12", "")),
        ("count", "mỗi = 1", "3", ("3",)),
        ("count", "mỗi = 1", "  ", ()),
        ("yes_no", "có = 1; không = 0", "Có", ("Có",)),
        ("levels", "Tốt = 1", "Từ 80% - dưới 100%; đủ = hồ sơ", ("Từ 80% - dưới 100%; đủ = hồ sơ",)),
    ],
)
def test_split_declared_follows_the_rule(rule, kind, parameters, text, declared):
    assert split_declared(text, rule(kind, parameters)) == declared


def test_format_declared_writes_what_split_declared_reads(rule):
    text = format_declared([Decimal("3.50"), 40])
    assert text == "3,5; 40"
    assert rule("ratio", "còn lại = x4").score(
        split_declared(text, rule("ratio", "còn lại = x4"))
    ).points == (Decimal("0.35"))


def test_format_declared_keeps_a_choice_as_it_is():
    assert format_declared(["Đầy đủ  100%"]) == "Đầy đủ 100%"
