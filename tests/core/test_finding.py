"""Finding by what somebody types in a hurry."""

import pytest

from par_index.core.finding import is_found, plain_name


@pytest.mark.parametrize(
    ("name", "plain"), [("Đặng Thị Ước", "dang thi uoc"), ("PHƯỜNG AN KHÁNH", "phuong an khanh"), ("", "")]
)
def test_plain_name_is_without_case_and_diacritics(name, plain):
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    ("wanted", "found"), [("xay dung", True), ("XÂY", True), (" so07 ", True), ("", True), ("so08", False)]
)
def test_is_found_in_any_of_the_texts(wanted, found):
    assert is_found(wanted, "Sở Xây dựng", "SO07") == found
