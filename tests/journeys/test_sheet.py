"""The self-scoring sheet in a browser: the state it shows is the true one, and nothing typed is lost."""

import re

import pytest
from guardian.shortcuts import assign_perm
from playwright.sync_api import Locator, Page, expect

from assessments.models import LedgerEntry, Step
from tests.assessments.conftest import Desk, make_desk
from tests.factories import PASSWORD, UserFactory
from tests.journeys.conftest import OFFICE, PHONE
from tests.journeys.test_look import faults

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SAVED = re.compile(r"^\s*đã lưu \d\d:\d\d\s*$")


@pytest.fixture
def desk() -> Desk:
    """A sheet that is open as long as the test lasts."""
    desk = make_desk()
    Step.objects.filter(pk=desk.step.pk).update(ends_at=None)
    return desk


def enter(page: Page, portal: str, user, desk: Desk) -> None:
    page.goto(f"{portal}/dang-nhap/?next=/phieu/{desk.sheet.pk}/")
    page.get_by_label("Tên đăng nhập").fill(user.username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Phiếu tự chấm")


def card(page: Page, desk: Desk, code: str) -> Locator:
    return page.locator(f"#leaf-{desk.leaf(code).pk}")


def state(page: Page, desk: Desk, code: str) -> Locator:
    return page.locator(f"#leaf-{desk.leaf(code).pk}-save")


def points(page: Page, desk: Desk, code: str) -> Locator:
    return page.locator(f"#leaf-{desk.leaf(code).pk}-points")


def test_points_show_while_typing_and_the_leaf_saves_itself(page, live_portal, desk):
    enter(page, live_portal, desk.officer, desk)
    leaf = card(page, desk, "1.1")
    leaf.get_by_label("Đúng hạn").fill("12873")
    expect(state(page, desk, "1.1")).to_have_text(re.compile("chưa lưu"))
    leaf.get_by_label("Tổng số").fill("13204")
    expect(points(page, desk, "1.1")).to_contain_text("3,90")
    expect(leaf).to_contain_text("12.873 ÷ 13.204 × 4 = 3,8997 điểm")
    leaf.get_by_label("Tổng số").press("Tab")
    expect(state(page, desk, "1.1")).to_have_text(SAVED)
    expect(leaf.get_by_label("Đúng hạn")).to_have_value("12.873")
    expect(page.locator("#save-status")).to_have_text(SAVED)
    expect(page.locator("#sheet-count")).to_contain_text("1/4")
    assert desk.score("1.1").declared == ["12873", "13204"]


def test_wrong_figure_is_not_saved_and_says_so_until_it_is_mended(page, live_portal, desk):
    enter(page, live_portal, desk.officer, desk)
    field = card(page, desk, "1.4").locator("input.num")
    field.fill("3,5")
    field.press("Tab")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("3,5")
    expect(state(page, desk, "1.4")).to_have_text(re.compile("chưa lưu"))
    expect(points(page, desk, "1.4")).to_contain_text("–")
    assert not desk.sheet.scores.exists()
    assert faults(page) == []
    field.fill("2,5")
    field.press("Tab")
    expect(state(page, desk, "1.4")).to_have_text(SAVED)
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_lost_connection_is_told_and_made_up_for(page, live_portal, desk):
    enter(page, live_portal, desk.officer, desk)
    page.context.set_offline(True)
    card(page, desk, "1.3").get_by_label("Có", exact=True).check()
    expect(state(page, desk, "1.3")).to_have_text(re.compile(r"chưa lưu, sẽ thử lại \(1\)"))
    expect(page.locator("#save-status")).to_have_text(re.compile("1 ô chưa lưu, sẽ thử lại"))
    assert not desk.sheet.scores.exists()
    page.context.set_offline(False)
    expect(state(page, desk, "1.3")).to_have_text(SAVED)
    assert desk.score("1.3").declared == ["có"]


def test_two_people_on_one_leaf_are_asked_which_value_counts(open_page, live_portal, desk):
    colleague = UserFactory(full_name="Trần Văn Dũng")
    assign_perm("assessments.score_unit", colleague, desk.sheet.unit)
    mine, theirs = open_page(), open_page()
    enter(mine, live_portal, desk.officer, desk)
    enter(theirs, live_portal, colleague, desk)
    for page, figure in ((theirs, "1"), (mine, "2")):
        card(page, desk, "1.4").locator("input.num").fill(figure)
        card(page, desk, "1.4").locator("input.num").press("Tab")
    leaf = card(mine, desk, "1.4")
    expect(leaf).to_contain_text("Trần Văn Dũng đã lưu số khác")
    expect(leaf).to_contain_text("chờ bạn chọn")
    assert faults(mine) == []
    leaf.get_by_role("button", name="Giữ giá trị đã chọn").click()
    expect(state(mine, desk, "1.4")).to_have_text(SAVED)
    expect(leaf.locator("input.num")).to_have_value("2")
    kept = LedgerEntry.objects.filter(criterion=desk.leaf("1.4")).values_list("declared", flat=True)
    assert list(kept) == [["1"], ["2"]]


def test_value_typed_just_before_leaving_is_kept(page, live_portal, desk):
    enter(page, live_portal, desk.officer, desk)
    card(page, desk, "1.4").locator("input.num").fill("2")
    page.locator("#sheet-tree").get_by_role("link", name="Kết quả").click()
    expect(page.get_by_role("heading", level=2, name="2. Kết quả")).to_be_visible()
    assert desk.score("1.4").declared == ["2"]


def test_evidence_is_attached_in_a_dialog(page, live_portal, desk):
    enter(page, live_portal, desk.officer, desk)
    card(page, desk, "1.4").get_by_role("link", name="Thêm tài liệu").click()
    report = {"name": "Báo cáo.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 noi dung"}
    page.get_by_label("Tệp").set_input_files([report])
    page.get_by_role("button", name="Đính kèm").click()
    expect(card(page, desk, "1.4").get_by_role("link", name="Báo cáo.pdf", exact=True)).to_be_visible()
    with page.expect_download() as download:
        card(page, desk, "1.4").get_by_role("link", name="Báo cáo.pdf", exact=True).click()
    assert download.value.suggested_filename == "Báo cáo.pdf"


def test_sheet_is_scored_and_submitted_without_script(open_page, live_portal, desk):
    page = open_page(java_script_enabled=False)
    enter(page, live_portal, desk.officer, desk)
    figures = {"1.1": ["100", "100"], "1.4": ["3"]}
    for code in ("1.1", "1.2", "1.3", "1.4"):
        leaf = card(page, desk, code)
        if code in figures:
            for position, figure in enumerate(figures[code]):
                leaf.locator("input.num").nth(position).fill(figure)
        else:
            leaf.get_by_role("radio").first.check()
        leaf.locator("summary").click()
        leaf.locator("textarea").fill("Tính theo sổ theo dõi của đơn vị")
        leaf.get_by_role("button", name="Lưu").click()
        expect(page.get_by_text(f"Đã lưu: {code}")).to_be_visible()
    leader = open_page(PHONE, java_script_enabled=False)
    enter(leader, live_portal, desk.leader, desk)
    leader.get_by_role("link", name="Duyệt và nộp").click()
    leader.get_by_role("button", name="Duyệt và nộp").click()
    expect(leader.get_by_text("Đã nộp phiếu của Sở Xây dựng.")).to_be_visible()


@pytest.mark.parametrize("viewport", [OFFICE, PHONE], ids=["office", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_sheet_have_no_fault(open_page, live_portal, desk, viewport, scheme):
    page = open_page(viewport, color_scheme=scheme)
    enter(page, live_portal, desk.officer, desk)
    found = faults(page)
    sheet = f"{live_portal}/phieu/{desk.sheet.pk}/"
    leaf = f"{sheet}{desk.leaf('1.1').pk}/"
    for address in (f"{sheet}?linh-vuc=2", f"{sheet}nop/", f"{leaf}lich-su/", f"{leaf}tai-lieu/"):
        page.goto(address)
        found += faults(page)
    assert found == []
