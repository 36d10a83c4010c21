from decimal import Decimal

import pytest

LEVELS = "Từ 80% - dưới 100%, đủ hồ sơ = 75%; Đầy đủ 100% = 100%; a = b = 0,5; Không = 0%"


@pytest.mark.parametrize(
    ("answer", "points"), [("có", "0.5"), ("Có", "0.5"), ("CO\u0301", "0.5"), (" không ", "0")]
)
def test_yes_no_knows_its_words_in_any_form(rule, answer, points):
    assert rule("yes_no", "có = 0,5; không = 0", "0.5").score([answer]).points == Decimal(points)


def test_yes_no_percentages_are_of_the_maximum(rule):
    assert rule("yes_no", "không = 25%; có = 100%", "3").score(["không"]).points == Decimal("0.75")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("yes", "“yes” is not one of the choices: có; không."), ("", "A choice is missing.")],
)
def test_yes_no_refuses_other_words(rule, errors, answer, sentence):
    assert errors(rule("yes_no", "có = 1; không = 0"), answer) == {0: sentence}


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("có = 1", "The entry “không” is missing."),
        ("không = 0", "The entry “có” is missing."),
        ("có = 1; không = 0; CÓ = 2", "“CÓ” stands twice."),
        ("có = 1; không = 0; khác = 2", "“khác” is unknown here; expected: “có”, “không”."),
        ("có = 5; không = 0", "“có”: 5 points are above the maximum of 4."),
        ("có = 101%; không = 0", "“có”: 4.04 points are above the maximum of 4."),
        ("có = -1; không = 0", "“có”: −1 is below 0; a number from 0 on is expected."),
        ("có = nhiều; không = 0", "“có”: “nhiều” is not a number of points or a percentage."),
    ],
)
def test_yes_no_parameters_are_checked(refusal, parameters, sentence):
    assert refusal("yes_no", parameters) == sentence


def test_yes_no_explains_itself(rule):
    yes_no = rule("yes_no", "có = 0,5; không = 0")
    assert [str(line) for line in yes_no.lines] == ["Yes: 0.5 points", "No: 0 points"]
    assert (str(yes_no.score(["không"]).because), yes_no.score(["không"]).line) == ("No: 0 points", 1)


@pytest.mark.parametrize(
    ("label", "points"),
    [
        ("Từ 80% - dưới 100%, đủ hồ sơ", "2.25"),
        ("từ 80%  - dưới 100%, ĐỦ hồ sơ", "2.25"),
        ("Đâ\u0300y đủ 100%", "3"),
        ("a = b", "0.5"),
        ("Không", "0"),
    ],
)
def test_levels_are_found_by_their_label(rule, label, points):
    assert rule("levels", LEVELS, "3").score([label]).points == Decimal(points)


def test_levels_are_listed_highest_first(rule):
    levels = rule("levels", LEVELS, "3")
    assert [str(line) for line in levels.lines] == [
        "Đầy đủ 100%: 3 points",
        "Từ 80% - dưới 100%, đủ hồ sơ: 2.25 points",
        "a = b: 0.5 points",
        "Không: 0 points",
    ]
    assert levels.fields[0].choices == ("Đầy đủ 100%", "Từ 80% - dưới 100%, đủ hồ sơ", "a = b", "Không")
    assert levels.score(["a = b"]).line == 2


def test_levels_refuse_a_label_that_is_none_of_theirs(rule, errors):
    assert errors(rule("levels", "Tốt = 1; Khá = 0,5"), "Giỏi") == {
        0: "“Giỏi” is not one of the choices: Tốt; Khá."
    }


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ("Tốt = 100%; Khá", "“Khá” is not an entry of the form “name = value”."),
        ("Tốt = 1; tốt = 2", "“tốt” stands twice."),
        ("Tốt = 4,0001", "“Tốt”: 4.0001 points are above the maximum of 4."),
        ("Tốt = 1.234,5", "“Tốt”: “1.234,5” is not a number of points or a percentage."),
    ],
)
def test_levels_parameters_are_checked(refusal, parameters, sentence):
    assert refusal("levels", parameters) == sentence
