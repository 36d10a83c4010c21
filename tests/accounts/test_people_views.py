"""The administrator's pages: who may open them, the list, one account, the acts."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from par_index.accounts import services
from par_index.accounts.models import User
from tests.factories import AT, AssessmentFactory, UserFactory

pytestmark = pytest.mark.django_db

ADMINISTRATOR, SUPERUSER, STAFF = "administrator", "superuser", "staff without rights"
MANAGER, OFFICER, LEADER = "cycle manager", "officer", "leader"
ROLES = (ADMINISTRATOR, SUPERUSER, STAFF, MANAGER, OFFICER, LEADER)

ALLOWED = {
    "people": {ADMINISTRATOR, SUPERUSER},
    "new_person": {ADMINISTRATOR, SUPERUSER},
    "person": {ADMINISTRATOR, SUPERUSER},
    "reset_password": {ADMINISTRATOR, SUPERUSER},
    "deactivate": {ADMINISTRATOR, SUPERUSER},
    "activate": {ADMINISTRATOR, SUPERUSER},
}
"""Address name → the roles that may use it. Accounts are no scores: a superuser may keep them."""


@pytest.fixture
def somebody() -> User:
    return UserFactory(full_name="Lê Minh Ước", position="Sở Xây dựng")


@pytest.fixture
def administrator(client) -> User:
    user = UserFactory()
    services.name_administrator(user=user, by=None, at=AT)
    client.force_login(user)
    return user


def address(name: str, user: User) -> str:
    return {
        "people": "/nguoi-dung/",
        "new_person": "/nguoi-dung/them/",
        "person": f"/nguoi-dung/{user.pk}/",
        "reset_password": f"/nguoi-dung/{user.pk}/mat-khau/",
        "deactivate": f"/nguoi-dung/{user.pk}/khoa/",
        "activate": f"/nguoi-dung/{user.pk}/mo/",
    }[name]


def reach(client, name: str, user: User):
    send = client.post if name == "activate" else client.get
    return send(address(name, user))


# --- access -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ALLOWED)
def test_address_is_open_to_its_roles_alone(client, somebody, name, role):
    sheet = AssessmentFactory()
    user = UserFactory(is_staff=role in (SUPERUSER, STAFF), is_superuser=role == SUPERUSER)
    if role == ADMINISTRATOR:
        services.name_administrator(user=user, by=None, at=AT)
    if role in (MANAGER, OFFICER, LEADER):
        permission = {MANAGER: "manage_cycle", OFFICER: "score_unit", LEADER: "lead_unit"}[role]
        assign_perm(f"assessments.{permission}", user, sheet.cycle if role == MANAGER else sheet.unit)
    client.force_login(user)

    response = reach(client, name, somebody)

    assert (response.status_code != 404) == (role in ALLOWED[name])


@pytest.mark.parametrize("name", ALLOWED)
def test_visitor_is_sent_to_log_in(client, somebody, name):
    response = reach(client, name, somebody)

    assert response.status_code == 302
    assert response.url.startswith("/dang-nhap/")


@pytest.mark.parametrize("name", ["new_person", "person", "reset_password", "deactivate", "activate"])
def test_act_posted_by_anybody_else_changes_nothing(client, somebody, name):
    client.force_login(UserFactory(is_staff=True))
    before = list(User.objects.order_by("pk").values())

    response = client.post(
        address(name, somebody), {"username": "x", "full_name": "X", "reason": "x", "email": ""}
    )

    assert response.status_code == 404
    after = list(User.objects.order_by("pk").values())
    assert [row | {"last_login": None} for row in after] == [row | {"last_login": None} for row in before]


def test_account_that_is_not_there_is_not_found(client, administrator):
    assert client.get("/nguoi-dung/999999/").status_code == 404


def test_switching_on_by_a_link_is_refused(client, administrator, somebody):
    assert client.get(address("activate", somebody)).status_code == 405


def test_menu_leads_administrators_alone_to_the_accounts(client, administrator):
    assert 'href="/nguoi-dung/"' in client.get("/").content.decode()

    client.force_login(UserFactory())
    assert 'href="/nguoi-dung/"' not in client.get("/").content.decode()


# --- the list ---------------------------------------------------------------------------------------------------------


def listed(client, query: str = "") -> list[str]:
    page = client.get(f"/nguoi-dung/{query}").context["page"]
    return [person.user.full_name for person in page]


def test_list_is_filtered_and_searched(client, administrator, somebody):
    UserFactory(full_name="Vũ Đã Khóa", is_active=False)
    UserFactory(full_name="Trần Đã Vào", last_login=AT)

    own = administrator.full_name
    assert listed(client) == ["Lê Minh Ước", own, "Trần Đã Vào", "Vũ Đã Khóa"]
    assert listed(client, "?loc=da-khoa") == ["Vũ Đã Khóa"]
    assert listed(client, "?loc=chua-vao") == ["Lê Minh Ước"]
    assert listed(client, "?loc=quan-tri") == [own]
    assert listed(client, "?loc=dang-dung&tim=xay dung") == ["Lê Minh Ước"]
    assert listed(client, "?loc=la") == listed(client)
    assert "Không có tài khoản nào" in client.get("/nguoi-dung/?tim=khong-ai").content.decode()


def queries_of(client, path: str) -> int:
    """How many queries the page takes, those of the other rooms' menus among them."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured)


def test_list_is_paged_and_takes_as_many_queries_for_many(client, administrator):
    for_one = queries_of(client, "/nguoi-dung/")
    UserFactory.create_batch(60)

    assert queries_of(client, "/nguoi-dung/") == for_one
    assert len(listed(client)) == 50
    assert len(listed(client, "?trang=2")) == 11


# --- opening ----------------------------------------------------------------------------------------------------------


def open_account(client, **fields):
    data = {"full_name": "Trần Hải Yến", "username": "lanhdao.khoahoc", "position": "Giám đốc", "email": ""}
    return client.post("/nguoi-dung/them/", data | fields)


def test_opened_account_shows_its_password_once_and_it_works(client, administrator):
    response = open_account(client)

    page = response.content.decode()
    password = re.search(r"(\w{4}-){3}\w{4}", page).group()
    user = User.objects.get(username="lanhdao.khoahoc")
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert user.check_password(password)
    assert password not in client.get(f"/nguoi-dung/{user.pk}/").content.decode()
    client.post("/dang-xuat/")
    client.post("/dang-nhap/", {"username": user.username, "password": password})
    assert client.get("/").url == "/mat-khau/"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"username": "NGUOI.KHAC"}, "đã có người dùng"),
        ({"username": "lê minh"}, "Chỉ dùng chữ cái không dấu"),
        ({"username": ""}, "Hãy ghi tên dùng để đăng nhập."),
        ({"full_name": ""}, "Hãy ghi họ và tên của người này."),
        ({"email": "khong-phai"}, "Hãy ghi một địa chỉ thư điện tử"),
    ],
)
def test_account_that_cannot_be_opened_says_why_and_keeps_what_was_typed(
    client, administrator, fields, sentence
):
    UserFactory(username="nguoi.khac")

    response = open_account(client, **fields)

    page = response.content.decode()
    assert response.status_code == 422
    assert sentence in page
    assert 'value="Giám đốc"' in page
    assert User.objects.count() == 2


# --- one account ------------------------------------------------------------------------------------------------------


def test_details_are_corrected_on_the_account_page(client, administrator, somebody):
    response = client.post(
        address("person", somebody), {"full_name": "Lê Minh Ước", "position": "Phó phòng", "email": ""}
    )

    somebody.refresh_from_db()
    assert response.url == address("person", somebody)
    assert somebody.position == "Phó phòng"
    page = client.get(response.url).content.decode()
    assert "Sửa tên, chức vụ hoặc thư điện tử" in page
    assert administrator.full_name in page


def test_details_without_a_name_are_refused(client, administrator, somebody):
    response = client.post(address("person", somebody), {"full_name": " ", "position": "", "email": ""})

    somebody.refresh_from_db()
    assert response.status_code == 422
    assert somebody.full_name == "Lê Minh Ước"


def test_account_page_takes_as_many_queries_for_a_long_history(client, administrator, somebody):
    for_none = queries_of(client, address("person", somebody))
    for _number in range(5):
        services.reset_password(user_id=somebody.pk, by=administrator, at=AT)

    assert queries_of(client, address("person", somebody)) == for_none


def test_password_is_reset_after_being_asked(client, administrator, somebody):
    asked = client.get(address("reset_password", somebody), headers={"hx-request": "true"})
    shown = client.post(address("reset_password", somebody))

    somebody.refresh_from_db()
    password = re.search(r"(\w{4}-){3}\w{4}", shown.content.decode()).group()
    assert "Lê Minh Ước" in asked.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert somebody.check_password(password)


def test_account_is_switched_off_with_a_reason_and_on_again(client, administrator, somebody):
    refused = client.post(address("deactivate", somebody), {"reason": ""})
    done = client.post(address("deactivate", somebody), {"reason": "Nghỉ hưu"})

    assert (refused.status_code, done.url) == (422, address("person", somebody))
    page = client.get(done.url).content.decode()
    assert "Nghỉ hưu" in page
    assert "Mở khóa" in page
    client.post(address("activate", somebody))
    somebody.refresh_from_db()
    assert somebody.is_active


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("deactivate", "Không ai tự khóa tài khoản của mình"),
        ("reset_password", "Hãy đổi mật khẩu của chính bạn"),
    ],
)
def test_own_account_is_left_to_another_administrator(client, administrator, name, sentence):
    response = client.post(address(name, administrator), {"reason": "x"}, follow=True)

    administrator.refresh_from_db()
    assert sentence in response.content.decode()
    assert administrator.is_active
    assert not administrator.must_change_password


def test_own_page_offers_neither_act(client, administrator):
    page = client.get(address("person", administrator)).content.decode()

    assert address("deactivate", administrator) not in page
    assert address("reset_password", administrator) not in page


@pytest.mark.parametrize("name", ["people", "new_person", "person", "deactivate"])
def test_page_speaks_english_too(client, administrator, somebody, name):
    client.cookies["django_language"] = "en"

    page = client.get(address(name, somebody)).content.decode()

    assert 'lang="en"' in page
    assert "ccount" in page
