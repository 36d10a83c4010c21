"""The frame in a browser: both widths, both colour schemes, by keyboard, without script, after the session."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from par_index.accounts import demo
from par_index.accounts.demo import DemoAccount
from par_index.core import menu, worklist
from par_index.core.menu import Item
from par_index.core.worklist import Task
from tests.factories import PASSWORD, UserFactory
from tests.journeys.conftest import OFFICE, PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def officer(monkeypatch, settings):
    """A person with work to do, in a portal whose menu and tasks are this test's alone."""
    settings.DEMO = True
    for module, names in (
        (worklist, ("_tasks", "_panels", "_public_panels", "_strips")),
        (menu, ("_providers",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, [])
    monkeypatch.setattr(demo, "_providers", [])
    demo.register(lambda: [DemoAccount("canbo", "Sở Xây dựng, cán bộ nhập liệu")])
    menu.register(lambda request: [Item("Việc của tôi", "/"), Item("Phiếu tự chấm", "/phieu/")])
    worklist.register(
        lambda user, at: [
            Task(1, "Chưa nhập số liệu SIPAS", "/a/", "Nhập số liệu", at - timedelta(days=2), True),
            Task(9, "Đơn vị chưa bắt đầu", "/b/", "Chọn và nhắc", at + timedelta(days=4)),
        ]
    )
    worklist.register_strip(
        lambda user, at: ("3/9 – Tự đánh giá, chấm điểm", at + timedelta(days=4, minutes=30))
    )
    return UserFactory(username="canbo", position="Cán bộ nhập liệu")


def log_in(page: Page, portal: str, password: str = PASSWORD) -> None:
    page.goto(portal + "/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill("canbo")
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()


def faults(page: Page) -> list[str]:
    """What axe finds, and whether the page is wider than the window."""
    found = [
        f"{page.url} {violation['id']}: {violation['nodes'][0]['html']}"
        for violation in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url} is wider than the window")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [OFFICE, PHONE], ids=["office", "phone"])
def test_frame_has_no_accessibility_faults(officer, live_portal, open_page, settings, viewport, scheme):
    page = open_page(viewport, color_scheme=scheme)
    found = []
    for path in ("/", "/dang-nhap/", "/khong-co/"):
        page.goto(live_portal + path)
        found += faults(page)
    log_in(page, live_portal, "sai-mat-khau")
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    found += faults(page)
    log_in(page, live_portal)
    settings.DEBUG = True  # for the gallery
    for path in ("/", "/tai-khoan/", "/mat-khau/", "/ui/"):
        page.goto(live_portal + path)
        found += faults(page)
    page.goto(live_portal + "/tai-khoan/")
    page.get_by_role("link", name="Đổi mật khẩu").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += faults(page)

    assert found == []


def test_strip_says_step_work_and_deadline_on_every_page_of_an_officer(officer, live_portal, page):
    log_in(page, live_portal)

    for path in ("/", "/tai-khoan/"):
        page.goto(live_portal + path)
        strip = page.get_by_role("region", name="Kỳ đánh giá đang ở đâu")
        expect(strip).to_contain_text("3/9 – Tự đánh giá, chấm điểm")
        expect(strip).to_contain_text("2 việc, 1 việc quá hạn")
        expect(strip).to_contain_text("còn 4 ngày")


def test_choosing_a_demo_account_fills_the_form_and_sends_nothing(officer, live_portal, page):
    page.goto(live_portal + "/dang-nhap/")

    page.get_by_role("button", name="canbo").click()

    expect(page.get_by_label("Tên đăng nhập")).to_have_value("canbo")
    expect(page.get_by_label("Mật khẩu")).to_have_value(demo.PASSWORD)
    expect(page).to_have_url(live_portal + "/dang-nhap/")


def test_skip_link_is_the_first_stop_and_leads_to_the_content(officer, live_portal, page):
    page.goto(live_portal + "/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Bỏ qua đến nội dung")).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_language_is_switched_and_stays(officer, live_portal, phone):
    log_in(phone, live_portal)

    phone.get_by_role("button", name="English").tap()

    expect(phone.get_by_role("heading", name="To do", level=1)).to_be_visible()
    phone.goto(live_portal + "/tai-khoan/")
    expect(phone.get_by_role("button", name="Log out")).to_be_visible()


def test_ended_session_is_said_without_leaving_the_page(officer, live_portal, page):
    log_in(page, live_portal)
    page.goto(live_portal + "/tai-khoan/")
    page.context.clear_cookies(name="sessionid")

    page.evaluate("htmx.ajax('GET', '/tai-khoan/', '#main')")

    dialog = page.get_by_role("dialog", name="Phiên đăng nhập đã hết")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Quay lại trang").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("heading", name="Tài khoản của tôi")).to_be_visible()


def test_lost_connection_is_said_until_something_gets_through_again(officer, live_portal, page):
    log_in(page, live_portal)
    page.goto(live_portal + "/tai-khoan/")
    piece = "htmx.ajax('GET', '/tai-khoan/', {target: '#main', swap: 'none'})"
    trouble = page.get_by_role("alert").filter(has_text="Chưa gửi được")

    page.context.set_offline(True)
    page.evaluate(f"{piece}.catch(() => null)")
    expect(trouble).to_be_visible()
    page.context.set_offline(False)
    page.evaluate(piece)

    expect(trouble).to_be_hidden()


def test_act_opens_as_a_dialog_and_its_errors_come_back_beside_the_fields(officer, live_portal, page):
    log_in(page, live_portal)
    page.goto(live_portal + "/tai-khoan/")
    page.get_by_role("link", name="Đổi mật khẩu").click()
    dialog = page.get_by_role("dialog", name="Đổi mật khẩu")
    dialog.get_by_label("Mật khẩu hiện tại").fill("sai-mat-khau")
    dialog.get_by_label("Mật khẩu mới", exact=True).fill("cau-mat-khau-moi-2026")
    dialog.get_by_label("Nhập lại mật khẩu mới").fill("cau-mat-khau-moi-2026")

    dialog.get_by_role("button", name="Đổi mật khẩu").click()

    expect(page.get_by_label("Mật khẩu hiện tại")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Đây không phải mật khẩu hiện tại của bạn.")).to_be_visible()


def test_act_works_without_script(officer, live_portal, open_page):
    page = open_page(java_script_enabled=False)
    log_in(page, live_portal)
    page.goto(live_portal + "/tai-khoan/")

    page.get_by_role("link", name="Đổi mật khẩu").click()

    expect(page.get_by_role("heading", name="Đổi mật khẩu", level=1)).to_be_visible()
    page.get_by_role("link", name="Để nguyên").click()
    expect(page).to_have_url(live_portal + "/tai-khoan/")
