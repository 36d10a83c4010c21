"""Logging in and out, one's own password and language."""

import pytest

from par_index.accounts import demo
from par_index.accounts.demo import DemoAccount
from par_index.core.models import AuditEntry
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "cau-mat-khau-moi-2026"


def log_in(client, user, password=PASSWORD, **data):
    return client.post("/dang-nhap/", {"username": user.username, "password": password, **data})


def test_log_in_leads_home(client):
    user = UserFactory()

    response = log_in(client, user)

    assert (response.status_code, response.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_log_in_leads_back_to_where_one_wanted_to_go(client):
    assert log_in(client, UserFactory(), next="/phieu/3/?loc=thieu").url == "/phieu/3/?loc=thieu"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_log_in_never_leads_to_another_host(client, target):
    assert log_in(client, UserFactory(), next=target).url == "/"


@pytest.mark.parametrize("target", ["NaN", "accounts:log_out", "phieu/3/"])
def test_log_in_leads_home_from_what_is_no_address(client, target):
    assert log_in(client, UserFactory(), next=target).url == "/"


def test_log_in_with_a_wrong_password_keeps_the_name_and_says_what_to_check(client):
    user = UserFactory()

    response = log_in(client, user, "sai-mat-khau")

    page = response.content.decode()
    assert response.status_code == 422
    assert f'value="{user.username}"' in page
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in page
    assert "sai-mat-khau" not in page
    assert "_auth_user_id" not in client.session


def test_log_in_of_a_switched_off_account_reads_like_a_wrong_password(client):
    user = UserFactory(is_active=False)

    assert "Tên đăng nhập hoặc mật khẩu không đúng" in log_in(client, user).content.decode()


def test_log_in_page_sends_a_logged_in_user_home(client):
    client.force_login(UserFactory())

    assert client.get("/dang-nhap/").url == "/"


def test_log_in_is_locked_after_too_many_failures_even_for_the_right_password(client, settings):
    settings.AXES_ENABLED = True
    settings.AXES_FAILURE_LIMIT = 3
    user = UserFactory()
    for _ in range(3):
        log_in(client, user, "sai-mat-khau")

    response = log_in(client, user)

    assert response.status_code == 429
    assert "Mật khẩu đã sai 3 lần liên tiếp" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_log_in_takes_up_the_language_of_the_account(client):
    response = log_in(client, UserFactory(language="en"))

    assert response.cookies["django_language"].value == "en"


def test_log_in_leaves_a_browser_alone_that_was_switched_before(client):
    client.cookies["django_language"] = "vi"

    assert "django_language" not in log_in(client, UserFactory(language="en")).cookies


def test_log_out_ends_the_session_and_the_language(client):
    client.force_login(UserFactory())
    client.cookies["django_language"] = "en"

    response = client.post("/dang-xuat/")

    assert response.url == "/dang-nhap/"
    assert response.cookies["django_language"].value == ""
    assert "_auth_user_id" not in client.session


def test_log_out_by_following_a_link_is_refused(client):
    client.force_login(UserFactory())

    assert client.get("/dang-xuat/").status_code == 405


def test_account_shows_ones_own_data(client):
    user = UserFactory(position="Phó Giám đốc")
    client.force_login(user)

    page = client.get("/tai-khoan/").content.decode()

    assert user.full_name in page
    assert "Phó Giám đốc" in page


@pytest.mark.parametrize("path", ["/tai-khoan/", "/mat-khau/"])
def test_account_of_a_visitor_asks_to_log_in(client, path):
    assert client.get(path).url == f"/dang-nhap/?next={path}"


def change(client, old, new, again):
    return client.post("/mat-khau/", {"old_password": old, "new_password1": new, "new_password2": again})


def test_password_change_keeps_this_session_and_is_in_the_log(client):
    user = UserFactory()
    client.force_login(user)

    response = change(client, PASSWORD, NEW_PASSWORD, NEW_PASSWORD)

    user.refresh_from_db()
    assert response.url == "/tai-khoan/"
    assert user.check_password(NEW_PASSWORD)
    assert client.get("/tai-khoan/").status_code == 200
    assert list(AuditEntry.objects.values_list("actor", "action", "target", "detail")) == [
        (user.pk, "account.password_changed", f"user {user.username}", {})
    ]


@pytest.mark.parametrize(
    ("old", "new", "again", "sentence"),
    [
        ("sai-mat-khau", NEW_PASSWORD, NEW_PASSWORD, "Đây không phải mật khẩu hiện tại của bạn."),
        (PASSWORD, NEW_PASSWORD, "khac-han-2026", "Hai mật khẩu mới không giống nhau."),
        (PASSWORD, "1234567890", "1234567890", "Mật khẩu"),
    ],
)
def test_password_change_that_is_refused_says_why(client, old, new, again, sentence):
    user = UserFactory()
    client.force_login(user)

    response = change(client, old, new, again)

    user.refresh_from_db()
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert user.check_password(PASSWORD)


def test_switching_the_language_is_remembered_for_the_account(client):
    user = UserFactory()
    client.force_login(user)

    response = client.post("/ngon-ngu/", {"language": "en", "next": "/tai-khoan/"})

    user.refresh_from_db()
    assert response.url == "/tai-khoan/"
    assert response.cookies["django_language"].value == "en"
    assert user.language == "en"


def test_switching_to_an_unknown_language_changes_nothing(client):
    user = UserFactory()
    client.force_login(user)

    response = client.post("/ngon-ngu/", {"language": "fr", "next": "https://evil.example/"})

    user.refresh_from_db()
    assert response.url == "/"
    assert "django_language" not in response.cookies
    assert user.language == "vi"


@pytest.fixture
def demo_account(monkeypatch, settings):
    settings.ALLOWED_HOSTS = ["*"]
    monkeypatch.setattr(demo, "_providers", [])
    demo.register(lambda: [DemoAccount("canbo", "Sở Xây dựng, cán bộ nhập liệu")])


@pytest.mark.parametrize(
    ("enabled", "host", "offered"),
    [
        (True, "localhost:8000", True),
        (True, "127.0.0.1:8000", True),
        (True, "[::1]:8000", True),
        (True, "10.0.0.5:8000", False),
        (True, "cchc.example.vn", False),
        (False, "localhost:8000", False),
    ],
)
def test_demo_accounts_are_offered_in_demo_mode_on_loopback_alone(
    client, settings, demo_account, enabled, host, offered
):
    settings.DEMO = enabled

    page = client.get("/dang-nhap/", headers={"host": host}).content.decode()

    assert ("cán bộ nhập liệu" in page, demo.PASSWORD in page) == (offered, offered)
