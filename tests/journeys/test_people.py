"""An account on its way: opened by the administrator, given a unit by the manager, used by its owner."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, expect

from assessments.models import Step
from par_index.accounts import services
from tests.factories import PASSWORD, AssessmentFactory, UserFactory, open_step
from tests.journeys.conftest import OFFICE, PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

OWN_PASSWORD = "cau-mat-khau-moi-2026"


@pytest.fixture
def sheet():
    """A unit that nobody scores yet; its cycle's manager and the portal's administrator have accounts."""
    sheet = AssessmentFactory(unit__name="Sở Xây dựng", block__cycle__code="MAU2025")
    open_step(sheet.cycle, Step.Kind.SELF_ASSESSMENT)
    administrator = UserFactory(username="quantri")
    services.name_administrator(user=administrator, by=None, at=timezone.now())
    assign_perm("assessments.manage_cycle", UserFactory(username="quanly"), sheet.cycle)
    return sheet


def log_in(page: Page, portal: str, username: str, password: str = PASSWORD) -> None:
    page.context.clear_cookies()
    page.goto(portal + "/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


def faults(page: Page) -> list[str]:
    found = [
        f"{page.url} {violation['id']}: {violation['nodes'][0]['html']}"
        for violation in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url} is wider than the window")
    return found


@pytest.mark.parametrize("viewport", [OFFICE, PHONE], ids=["office", "phone"])
def test_account_is_opened_given_a_unit_and_used(sheet, live_portal, open_page, viewport):
    page = open_page(viewport)
    found = []

    log_in(page, live_portal, "quantri")
    page.get_by_role("link", name="Tài khoản", exact=True).click()
    found += faults(page)
    page.get_by_role("link", name="Mở tài khoản mới").click()
    page.get_by_label("Họ và tên").fill("Lê Minh Ước")
    page.get_by_label("Tên đăng nhập").fill("canbo.xaydung")
    found += faults(page)
    page.get_by_role("button", name="Mở tài khoản").click()
    password = page.locator(".secret").inner_text()
    found += faults(page)
    page.get_by_role("link", name="Đến trang tài khoản").click()
    found += faults(page)

    log_in(page, live_portal, "quanly")
    page.goto(f"{live_portal}/ky/MAU2025/")
    page.get_by_role("link", name="Người dùng và vai trò").click()
    found += faults(page)
    page.get_by_role("link", name="Sở Xây dựng", exact=True).click()
    page.get_by_label("Tên đăng nhập").fill("canbo.xaydung")
    page.get_by_label("Cán bộ: chấm điểm").check()
    page.get_by_role("button", name="Giao vai trò").click()
    expect(page.get_by_role("table")).to_contain_text("Lê Minh Ước")
    found += faults(page)

    log_in(page, live_portal, "canbo.xaydung", password)
    page.get_by_label("Mật khẩu hiện tại").fill(password)
    page.get_by_label("Mật khẩu mới", exact=True).fill(OWN_PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(OWN_PASSWORD)
    page.get_by_role("button", name="Đổi mật khẩu").click()
    page.goto(f"{live_portal}/phieu/{sheet.pk}/")
    expect(page.get_by_role("main")).to_contain_text("Sở Xây dựng")

    assert found == []
