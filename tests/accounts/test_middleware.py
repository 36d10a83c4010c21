"""A password that was made for somebody is changed first."""

import pytest

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "cau-mat-khau-moi-2026"


@pytest.fixture
def newcomer(client):
    user = UserFactory(must_change_password=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("path", ["/", "/tai-khoan/"])
def test_newcomer_is_led_to_the_password_from_every_page(client, newcomer, path):
    assert client.get(path).url == "/mat-khau/"


def test_newcomer_gets_no_pieces_of_pages(client, newcomer):
    assert client.get("/tai-khoan/", headers={"hx-request": "true"}).status_code == 401


def test_newcomer_may_switch_the_language_and_leave(client, newcomer):
    assert client.post("/ngon-ngu/", {"language": "en", "next": "/mat-khau/"}).url == "/mat-khau/"
    assert client.post("/dang-xuat/").url == "/dang-nhap/"


def test_newcomer_with_a_password_of_their_own_goes_on(client, newcomer):
    assert "Mật khẩu này do người khác đặt cho bạn" in client.get("/mat-khau/").content.decode()

    client.post(
        "/mat-khau/",
        {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD},
    )

    assert client.get("/").status_code == 200
