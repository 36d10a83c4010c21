"""Home, front page, gallery and error pages."""

import pytest
from django.test import Client, RequestFactory
from django.views import defaults

from par_index.core import menu, worklist
from par_index.core.worklist import Panel, Task
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    """Empty registries: what the apps have registered is tested there."""
    for name in ("_tasks", "_panels", "_public_panels", "_strips"):
        monkeypatch.setattr(worklist, name, [])
    monkeypatch.setattr(menu, "_providers", [])


def test_home_lists_what_waits_for_the_user_alone(client):
    mine, other = UserFactory(), UserFactory()
    texts = {mine: "Phiếu của tôi", other: "Phiếu của người khác"}
    worklist.register(lambda user, at: [Task(3, texts[user], "/phieu/1/", "Mở phiếu")])
    client.force_login(mine)

    page = client.get("/").content.decode()

    assert "Phiếu của tôi" in page
    assert "Phiếu của người khác" not in page


def test_home_without_tasks_says_so(client):
    client.force_login(UserFactory())

    assert "Không có việc nào chờ bạn" in client.get("/").content.decode()


def test_home_of_a_user_without_any_provider_takes_two_queries(client, django_assert_num_queries):
    client.force_login(UserFactory())
    with django_assert_num_queries(2):  # session and user
        client.get("/")


def test_home_shows_the_panels_that_apps_registered(client):
    worklist.register_panel(lambda request, at: [Panel("components/empty.html", {})])
    client.force_login(UserFactory())

    assert 'class="split"' in client.get("/").content.decode()


def test_front_page_of_a_visitor_offers_log_in_and_no_tasks(client):
    worklist.register(lambda user, at: pytest.fail("a visitor has no tasks"))

    page = client.get("/").content.decode()

    assert "Chưa có kết quả nào được công bố" in page
    assert 'href="/dang-nhap/"' in page


def test_front_page_shows_the_public_panels(client):
    worklist.register_public_panel(lambda request, at: [Panel("components/alert.html", {})])

    assert "Chưa có kết quả nào được công bố" not in client.get("/").content.decode()


def test_gallery_is_not_there_in_use(client):
    assert client.get("/ui/").status_code == 404


def test_gallery_is_shown_while_debugging(client, settings):
    settings.DEBUG = True

    assert client.get("/ui/").status_code == 200


@pytest.mark.parametrize("demo", [True, False])
def test_footer_marks_illustrative_data_in_demo_mode_alone(client, settings, demo):
    settings.DEMO = demo

    assert ("Số liệu minh họa" in client.get("/").content.decode()) is demo


def test_page_that_is_not_there_says_so_in_the_frame(client):
    response = client.get("/khong-co/")

    assert response.status_code == 404
    assert "Không có trang này" in response.content.decode()


def test_form_with_a_stale_token_is_told_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/dang-nhap/", {"username": "a", "password": "b"})

    assert response.status_code == 403
    assert "Trang đã mở quá lâu" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (lambda request: defaults.bad_request(request, ValueError()), "Không đọc được yêu cầu này"),
        (lambda request: defaults.permission_denied(request, ValueError()), "Bạn không được làm việc này"),
        (defaults.server_error, "Cổng đang gặp lỗi"),
    ],
)
def test_error_pages_stand_without_a_user(view, text):
    assert text in view(RequestFactory().get("/")).content.decode()


def test_page_carries_no_inline_script_or_style(client, settings):
    settings.DEBUG = True

    page = client.get("/ui/").content.decode()

    assert [mark for mark in (" style=", "<style", "onclick=", "javascript:") if mark in page] == []
