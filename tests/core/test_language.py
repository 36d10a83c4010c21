"""Vietnamese unless switched."""

import pytest

pytestmark = pytest.mark.django_db


def test_page_is_vietnamese_whatever_the_browser_asks_for(client):
    response = client.get("/dang-nhap/", headers={"accept-language": "en-US,en"})

    assert '<html lang="vi">' in response.content.decode()
    assert response.headers["Content-Language"] == "vi"


def test_page_is_english_once_switched(client):
    client.cookies["django_language"] = "en"

    assert '<html lang="en">' in client.get("/dang-nhap/").content.decode()


def test_unknown_language_is_ignored(client):
    client.cookies["django_language"] = "fr"

    assert '<html lang="vi">' in client.get("/dang-nhap/").content.decode()
