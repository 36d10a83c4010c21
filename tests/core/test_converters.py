from urllib.parse import unquote

import pytest
from django.urls import resolve, reverse


@pytest.mark.parametrize(
    "code", ["2025", "2025/CCHC", "100%", "%2F", "..", ".", "Kỳ 2025", "a?b#c&d", "1.2.1"]
)
def test_code_comes_back_from_its_address_as_it_was(code):
    address = reverse("results:unit", args=["KY", code])

    # A server decodes the path once before it hands it on.
    assert resolve(unquote(address)).kwargs == {"cycle_code": "KY", "unit_code": code}


def test_ordinary_code_stands_in_the_address_as_it_is():
    assert reverse("results:ranking", args=["2025"]) == "/ket-qua/2025/"
    assert reverse("results:unit", args=["2025", "SO.01"]) == "/ket-qua/2025/don-vi/SO.01/"
