import unicodedata
from datetime import date, datetime
from decimal import Decimal

import pytest

from criteria.workbook import cells
from criteria.workbook.cells import CellError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1.10", "1.10"),
        ("  SO01 ", "SO01"),
        (1, "1"),
        (12.0, "12"),
        (unicodedata.normalize("NFD", "XÃ01"), "XÃ01"),
    ],
)
def test_code_is_text_or_the_digits_of_a_whole_number(value, expected):
    assert cells.code(value) == expected


@pytest.mark.parametrize("value", [1.1, date(2025, 1, 1), datetime(2025, 1, 1), True, "x" * 41])
def test_code_refuses_what_excel_has_changed(value):
    with pytest.raises(CellError):
        cells.code(value)


def test_codes_are_split_at_semicolons():
    assert cells.codes("A1; A2 ;;1.10") == ("A1", "A2", "1.10")
    assert cells.codes(12) == ("12",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3,5", "3.5"),
        ("3.5", "3.5"),
        (" 12 ", "12"),
        (7, "7"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.3"),
        (3.6667, "3.6667"),
        (99.55, "99.55"),
        (1e-7, "0.0000001"),
    ],
)
def test_number_is_the_one_that_excel_shows(value, expected):
    assert cells.number()(value) == Decimal(expected)


@pytest.mark.parametrize("value", ["1.234,5", "1 000", "ba", "1e3", "NaN", "", True, date(2025, 1, 1)])
def test_number_refuses_anything_else(value):
    with pytest.raises(CellError):
        cells.number()(value)


def test_number_keeps_its_bounds_and_decimals():
    reader = cells.number(0, 10, decimals=2)
    assert reader("9,25") == Decimal("9.25")
    for value in (-1, 11, "1,255"):
        with pytest.raises(CellError):
            reader(value)


def test_whole_number_has_no_fraction():
    assert cells.whole(1990, 2200)("2025") == 2025
    assert cells.whole(1990, 2200)(2025.0) == 2025
    for value in (2025.5, 1989, "hai nghìn"):
        with pytest.raises(CellError):
            cells.whole(1990, 2200)(value)


@pytest.mark.parametrize(
    "value",
    ["15/01/2025", "2025-01-15", "15-01-2025", "15.01.2025", date(2025, 1, 15), datetime(2025, 1, 15, 8)],
)
def test_day_is_a_date_cell_or_a_written_date(value):
    assert cells.day(value) == date(2025, 1, 15)


@pytest.mark.parametrize("value", ["31/02/2025", "2025", 45672, "hôm qua"])
def test_day_refuses_anything_else(value):
    with pytest.raises(CellError):
        cells.day(value)


def test_choice_does_not_mind_case_or_spelling_of_diacritics():
    reader = cells.choice({"Tự chấm": 1, "0 điểm": 2})
    assert reader(unicodedata.normalize("NFD", " TỰ  chấm ")) == 1
    assert reader("0 Điểm") == 2
    with pytest.raises(CellError, match="Tự chấm · 0 điểm"):
        reader("Tự nghĩ")


def test_text_is_normalised_and_limited():
    reader = cells.text(5)
    assert reader(unicodedata.normalize("NFD", " Sở ")) == "Sở"
    assert reader(2025) == "2025"
    assert reader(0.5) == "0,5"
    with pytest.raises(CellError, match="6"):
        reader("sáu ký")


def test_error_of_excel_is_no_text():
    with pytest.raises(CellError, match="#REF!"):
        cells.read(cells.text(100), "#REF!")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "TRUE"),
        (datetime(2025, 1, 2, 8, 30), "08:30 02/01/2025"),
        (datetime(2025, 1, 2), "02/01/2025"),
        (1.5, "1,5"),
    ],
)
def test_value_is_shown_as_in_excel(value, expected):
    assert cells.shown(value) == expected
