import ast
from decimal import Decimal
from pathlib import Path

import polib
import pytest
from django.utils import translation

from criteria.scoring.messages import Message
from criteria.scoring.rules import RuleKind, parse_rule
from criteria.wording import localise

ROOT = Path(__file__).resolve().parents[2]


def catalogue() -> dict[str, str]:
    entries = polib.pofile(str(ROOT / "criteria/locale/vi/LC_MESSAGES/django.po"))
    return {entry.msgid: entry.msgstr for entry in entries}


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("vi", Decimal("3.8997"), "3,8997"),
        ("en", Decimal("3.8997"), "3.8997"),
        ("vi", Decimal("12873.00"), "12.873"),
        ("en", 12873, "12,873"),
        ("vi", Decimal("12873.5"), "12873,5"),
        ("vi", Decimal("4.5000"), "4,5"),
        ("vi", Decimal("-0.25"), "−0,25"),
        ("vi", Decimal("-1000"), "−1.000"),
        ("vi", Decimal(0), "0"),
    ],
)
def test_numbers_follow_the_language(language, number, text):
    with translation.override(language):
        assert localise(Message("%(number)s", {"number": number})) == text


def test_values_inside_values_are_localised_and_texts_kept():
    inner = Message("%(n)s %%", {"n": Decimal("97.49")})
    with translation.override("vi"):
        assert localise(Message("%(a)s: %(b)s", {"a": "Điểm 1.5", "b": inner})) == "Điểm 1.5: 97,49 %"


def test_english_sentences_are_the_sources():
    rule = parse_rule(RuleKind.RATIO, "còn lại = x4", max_points=Decimal(4))
    with translation.override("en"):
        assert localise(rule.score([12873, 13204]).because) == (
            "Ratio 97.49 %. 12,873 ÷ 13,204 × 4 = 3.8997 points"
        )


def test_every_sentence_of_the_core_has_a_vietnamese_one_with_the_same_places():
    translated = catalogue()
    literals = {
        call.args[0].value
        for path in (ROOT / "criteria" / "scoring").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "gettext_noop"
    }
    places = {text: sorted(part.split(")")[0] for part in text.split("%(")[1:]) for text in literals}
    assert len(literals) > 50
    for text in literals:
        assert translated.get(text), text
        assert sorted(part.split(")")[0] for part in translated[text].split("%(")[1:]) == places[text]
        assert translated[text].count("%%") == text.count("%%")


def test_the_vietnamese_sentence_of_a_ratio_reads_as_on_the_form():
    rule = parse_rule(
        RuleKind.RATIO,
        "từ 100 = 4; từ 95 = x4; còn lại = 0",
        max_points=Decimal(4),
        labels=("Đúng hạn", "Tổng"),
    )
    sentence = rule.score(["12873", "13204"]).because
    translated = catalogue()
    assert translated[sentence.text] % {
        "percent": "97,49",
        "result": "12.873 ÷ 13.204 × 4 = 3,8997 điểm",
    } == ("Tỷ lệ 97,49 %. 12.873 ÷ 13.204 × 4 = 3,8997 điểm")
