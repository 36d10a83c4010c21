import pytest
from django.utils import translation

from criteria.scoring.ranking import parse_bands
from par_index.results.presenting.block import joined, shade_of
from par_index.results.wording import calm, edges_of


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH CCHC", "Công tác chỉ đạo, điều hành CCHC"),
        ("THỰC HIỆN NHIỆM VỤ UBND TỈNH GIAO", "Thực hiện nhiệm vụ UBND tỉnh giao"),
        ("TTHC VÀ XÃ, PHƯỜNG", "TTHC và xã, phường"),
        ("Cải cách TTHC", "Cải cách TTHC"),
    ],
)
def test_calm_writes_names_in_capitals_as_a_sentence(written, shown):
    assert calm(written) == shown


def test_edges_tell_from_and_above_apart():
    assert edges_of(parse_bands("A >= 90; B > 80; C > 70,5; D")) == {
        "A": "from 90 up",
        "B": "above 80 to below 90",
        "C": "above 70.5 to 80",
        "D": "up to 70.5",
    }


def test_edges_of_bands_that_include_their_bounds():
    assert edges_of(parse_bands("Tốt >= 80; Khá >= 70; Yếu")) == {
        "Tốt": "from 80 up",
        "Khá": "from 70 to below 80",
        "Yếu": "below 70",
    }


def test_edges_of_a_single_band():
    assert edges_of(parse_bands("Đạt")) == {"Đạt": "all units"}


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C"], "A, B and C"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 others"),
    ],
)
def test_joined_names_the_first_few(names, text):
    assert joined(names) == text


@pytest.mark.parametrize(
    ("index", "shade"), [(100, "h5"), (90, "h5"), (80, "h4"), (70, "h3"), (60, "h2"), (0, "h1"), (None, "na")]
)
def test_shade_of_an_index(index, shade):
    assert shade_of(index) == shade
