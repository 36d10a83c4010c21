"""
A whole cycle in the browser: import, self-score, submit, appraise, survey, consolidate, confirm, publish.

On PostgreSQL, Redis, gunicorn and a prefork worker; the index is computed by hand below and read out of the PDF and
the Excel that a visitor downloads.
"""

import csv
import io
import subprocess
import sys
import urllib.request
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from processes import free_port, wait_until

from tests.journeys.conftest import PHONE, ROOT, Stack, wait_for
from tests.workbooks import BLOCKS, CRITERIA, SCORES, UNITS, Book
from tests.workbooks import CYCLE as HEAD

pytestmark = pytest.mark.journey

PASSWORD = "mat-khau-hanh-trinh-2025"
CYCLE = "HT2025"
PEOPLE = {
    "quanly": ["--name", "Nguyễn Thị Hạnh", "--import-cycles"],
    "canbo": ["--name", "Lê Minh Ước"],
    "lanhdao": ["--name", "Phạm Quốc Toàn"],
    "uyvien": ["--name", "Vũ Thị Kim Oanh"],
    "chutich": ["--name", "Trịnh Sơn Hà"],
}
SHEETS = {
    HEAD: [
        ("Mã kỳ", CYCLE),
        ("Tên kỳ", "Chỉ số cải cách hành chính năm 2025"),
        ("Năm", 2025),
        ("Cơ quan chủ trì", "Sở Nội vụ"),
    ],
    BLOCKS: [
        ("Mã khối", "Tên khối", "Bộ tiêu chí", "Xếp loại"),
        ("SO", "Khối sở, ban, ngành", "BTC-HT", "Tốt >= 80; Khá >= 65; Yếu"),
    ],
    UNITS: [
        ("Mã đơn vị", "Tên đơn vị", "Mã khối", "Trạng thái"),
        ("A", "Sở Xây dựng", "SO", "chuẩn bị"),
        ("B", "Ban Quản lý Khu kinh tế Nghi Sơn và các Khu công nghiệp", "SO", "đã chốt"),
    ],
    CRITERIA: [
        (
            "Bộ tiêu chí",
            "Mã",
            "Mã cha",
            "Tên",
            "Điểm tối đa",
            "Nguồn điểm",
            "Loại quy tắc",
            "Tham số",
            "Số liệu kê khai",
            "Tài liệu kiểm chứng",
        ),
        ("BTC-HT", "1", None, "Thủ tục hành chính", 5, None, None, None, None, None),
        (
            "BTC-HT",
            "1.1",
            "1",
            "Có quyết định",
            1,
            "Tự chấm",
            "Có/Không",
            "có = 1; không = 0",
            None,
            "Quyết định",
        ),
        (
            "BTC-HT",
            "1.2",
            "1",
            "Tỷ lệ đúng hạn",
            4,
            "Tự chấm",
            "Tỷ lệ",
            "từ 100 = 4; từ 95 = x4; còn lại = 0",
            "Đúng hạn / Tổng số",
            "Báo cáo",
        ),
        ("BTC-HT", "2", None, "Tác động", 5, None, None, None, None, None),
        ("BTC-HT", "2.1", "2", "Mức độ hài lòng", 5, "Điều tra XHH", None, None, None, None),
    ],
    SCORES: [
        ("Mã đơn vị", "Mã tiêu chí", "Kê khai", "Điểm thẩm định", "Minh chứng"),
        ("B", "1.1", "có", 1, "QĐ 12/QĐ-BQL"),
        ("B", "1.2", "100; 100", 4, "BC 5/BC-BQL"),
    ],
}
# Unit A. The council cuts 1.2 from 97/100 × 4 = 3.88 to 3.80; of the questionnaire's options A counts 100 %, B 60 %.
# Five forms, by link A A and from the file A A B: (4 × 100 + 60) / 5 = 92 %, so 4.60 of 5 points.
A_POINTS = Decimal("1") + Decimal("3.80") + Decimal("4.60")
A_INDEX = "94,00"
# Unit B: full marks, and five forms B: 60 % of 5.
B_INDEX = "80,00"


@pytest.fixture
def portal(production_stack: Stack) -> str:
    """The stack's own web command for plain HTTP, since the browser stands inside the TLS proxy."""
    port = free_port()
    production_stack.start("web", "web-plain", HTTPS="0", ALLOWED_HOSTS="127.0.0.1", PORT=str(port))
    production_stack.start_worker()
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: is_served(address), what="web for the browser")
    return address


def is_served(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/song/", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def open_accounts(stack: Stack) -> None:
    for username, options in PEOPLE.items():
        _manage(stack, "add_account", username, *options, "--password-stdin", stdin=PASSWORD)


def _manage(stack: Stack, *arguments: str, stdin: str = "") -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=stack.env, input=stdin + "\n", text=True, check=True)


@pytest.fixture
def person(open_page, portal):
    """`person("canbo")`: a page of their own, logged in."""

    def come(username: str) -> Page:
        page = open_page()
        page.goto(f"{portal}/dang-nhap/")
        page.get_by_label("Tên đăng nhập").fill(username)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url(f"{portal}/")
        return page

    return come


def test_whole_cycle_from_the_workbook_to_the_published_documents(
    production_stack, portal, person, open_page, tmp_path
):
    open_accounts(production_stack)
    manager = person("quanly")
    import_cycle(manager, portal, small_book().save(tmp_path / "ky.xlsx"))
    _manage(production_stack, "add_account", "canbo", "--score", "A")
    _manage(production_stack, "add_account", "lanhdao", "--lead", "A")
    seat_council(manager, portal)
    open_self_scoring(manager, portal)

    score(person("canbo"), portal, tmp_path)
    submit(person("lanhdao"), portal)
    appraise(person("uyvien"), portal)

    survey(manager, open_page, portal, tmp_path)

    chair = person("chutich")
    run_url = consolidate(chair, portal)
    publish(manager, run_url)
    visitor = open_page()
    read_documents(visitor, portal, tmp_path)


def small_book() -> Book:
    book = Book()
    book.sheets = SHEETS
    return book


def import_cycle(page: Page, portal: str, book: Path) -> None:
    page.goto(f"{portal}/nhap-ky/")
    page.locator("input[type=file]").set_input_files(book)
    page.get_by_role("button", name="Xem nội dung sổ").click()
    page.get_by_role("button", name=f"Lưu kỳ {CYCLE}").click(timeout=60_000)
    page.get_by_role("link", name="Xem kết quả").click(timeout=60_000)
    page.wait_for_url(f"{portal}/ky/{CYCLE}/")


def seat_council(page: Page, portal: str) -> None:
    for username, role in (("uyvien", "member"), ("chutich", "chair")):
        page.goto(f"{portal}/hoi-dong/{CYCLE}/")
        form = page.locator("form[action$='/thanh-vien/']")
        form.locator("[name=username]").fill(username)
        form.locator("[name=role]").select_option(role)
        form.locator("button").click()
        expect(page.get_by_role("row").filter(has_text=PEOPLE[username][1])).to_be_visible()
    form = page.locator("form[action$='/giao/']")
    form.locator("[name=member]").select_option(label=member_label(form, "Vũ Thị Kim Oanh"))
    form.locator("[name=block]").select_option(label="Khối sở, ban, ngành")
    form.locator("button").click()
    expect(page.get_by_text("Mọi tiêu chí của mọi đơn vị đã có người thẩm định")).to_be_visible()


def member_label(form, name: str) -> str:
    return form.locator("[name=member] option").filter(has_text=name).inner_text()


def open_self_scoring(page: Page, portal: str) -> None:
    page.goto(f"{portal}/ky/{CYCLE}/")
    page.locator("a[href$='/buoc/tu-danh-gia/mo/']").first.click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(page.locator("a[href$='/buoc/tu-danh-gia/dong/']").first).to_be_visible()


def score(page: Page, portal: str, folder: Path) -> None:
    page.goto(f"{portal}/phieu/")
    first, second = page.locator("article.leaf").nth(0), page.locator("article.leaf").nth(1)
    first.get_by_label("Có", exact=True).check()
    expect(first.locator(".save")).to_contain_text("đã lưu")
    second.locator("input.num").nth(0).fill("97")
    second.locator("input.num").nth(1).fill("100")
    second.locator("input.num").nth(1).press("Tab")
    expect(second.locator(".save")).to_contain_text("đã lưu")
    expect(second.locator(".pts")).to_contain_text("3,88")
    expect(second.locator(".why")).to_contain_text("97 ÷ 100 × 4 = 3,88")

    paper = folder / "Quyết định số 18.pdf"
    paper.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    first.get_by_role("link", name="Thêm tài liệu").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(paper)
    dialog.locator("[name=number]").fill("18/QĐ-SXD")
    dialog.locator("button[type=submit]").click()
    expect(page.get_by_role("link", name="Quyết định số 18.pdf")).to_be_visible()

    second = page.locator("article.leaf").nth(1)
    second.locator("summary").click()
    second.locator("textarea").fill("Trích từ sổ theo dõi hồ sơ, cột 7.")
    second.locator("textarea").press("Tab")
    expect(second.locator(".save")).to_contain_text("đã lưu")
    page.reload()
    expect(page.locator("article.leaf").nth(1).locator("textarea")).to_have_value(
        "Trích từ sổ theo dõi hồ sơ, cột 7."
    )
    expect(page.locator(".dock .big-n")).to_contain_text("4,88")


def submit(page: Page, portal: str) -> None:
    page.goto(f"{portal}/phieu/")
    page.get_by_role("link", name="Duyệt và nộp phiếu").click()
    page.get_by_role("button", name="Duyệt và nộp").click()
    expect(page.get_by_text("Đã nộp").first).to_be_visible()


def appraise(page: Page, portal: str) -> None:
    page.goto(f"{portal}/tham-dinh/")
    page.get_by_role("link", name="Sở Xây dựng").click()
    page.get_by_role("link", name="1.1 Có quyết định").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1.1")
    page.wait_for_load_state()  # keys work once the page's script has run
    page.keyboard.press("a")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1.2")
    form = page.locator("#decision-form")
    form.locator("[name=way][value=diem]").check()
    form.locator("[name=points]").fill("3,8")
    form.locator("button[type=submit]").click()
    expect(form.locator(".err").first).to_be_visible()  # points change, so a reason is asked for
    expect(form.locator("[name=points]")).to_have_value("3,8")
    form.locator("[name=reason]").fill("Hai hồ sơ quá hạn chưa được trừ.")
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/tham-dinh/phieu/*/")
    page.get_by_role("link", name="Chốt đơn vị này").click()
    page.get_by_role("dialog").locator("button[type=submit]").click()
    expect(page.get_by_text("Đã chốt").first).to_be_visible()


def survey(manager: Page, open_page, portal: str, folder: Path) -> None:
    desk = f"{portal}/dieu-tra/{CYCLE}/"
    fill_act(manager, f"{desk}nhom/them/", code="DAN", name="Người dân")
    fill_act(manager, f"{desk}phieu/them/", code="P1", title="Anh/chị đánh giá thế nào?")
    manager.goto(desk)
    manager.get_by_role("link", name="Anh/chị đánh giá thế nào?").click()
    questionnaire = manager.url
    manager.locator("form[action$='/cau-hoi-mau/'] button").click()
    fill_act(manager, f"{questionnaire}mo/")
    manager.goto(f"{questionnaire}lien-ket/")
    manager.locator("[name=per_unit]").fill("2")
    manager.get_by_label("Ban Quản lý Khu kinh tế Nghi Sơn").uncheck()
    manager.locator("main form button[type=submit]").click()
    expect(manager.locator(".slips .address")).to_have_count(2)
    links = manager.locator(".slips .address").all_inner_texts()
    for link in links:
        answer(open_page(PHONE, is_mobile=True, has_touch=True), link)

    manager.goto(questionnaire)
    question = manager.locator("td[data-l='Mã']").last.inner_text()
    rows = [["A", "A", "1"], ["A", "A", "2"], ["A", "B", "3"], *(["B", "B", str(n)] for n in range(4, 9))]
    manager.goto(f"{desk}nhap/")
    manager.locator("input[type=file]").set_input_files(responses(folder / "tra-loi.csv", question, rows))
    manager.locator("button[value=import]").click()
    fill_act(manager, f"{questionnaire}dong/")
    fill_act(manager, f"{desk}tinh-diem/", reason="Báo cáo điều tra số 1")
    manager.goto(f"{desk}ket-qua/")
    wait_until(lambda: "92,00" in manager.goto(f"{desk}ket-qua/").text(), patience=60, what="the tally")
    expect(manager.get_by_role("row").filter(has_text="Sở Xây dựng")).to_contain_text("4,60")


def fill_act(page: Page, address: str, **values: str) -> None:
    page.goto(address)
    for name, value in values.items():
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state()
    assert page.locator("main .err").count() == 0


def responses(path: Path, question: str, rows: list[list[str]]) -> Path:
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(["questionnaire", "group", "unit_code", "question_code", "answer", "respondent"])
    sheet.writerows(["P1", "DAN", unit, question, option, label] for unit, option, label in rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def answer(phone: Page, link: str) -> None:
    phone.goto(link)
    phone.get_by_role("button", name="Gửi phiếu").tap()
    expect(phone.get_by_text("Câu này chưa chọn")).to_be_visible()
    phone.locator(".ans label").first.tap()
    phone.get_by_role("button", name="Gửi phiếu").tap()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("ảm ơn")
    assert phone.goto(link).status in (403, 404, 410)


def consolidate(chair: Page, portal: str) -> str:
    chair.goto(f"{portal}/tong-hop/{CYCLE}/")
    chair.locator("form[action$='/chay/'] button").click()
    run = chair.locator("main a[href*='/lan/']").first
    run.click(timeout=60_000)
    expect(chair.get_by_role("row").filter(has_text="Sở Xây dựng")).to_contain_text(A_INDEX)
    address = chair.url
    chair.get_by_role("link", name="Xác nhận").click()
    chair.get_by_role("dialog").locator("button[type=submit]").click()
    expect(chair.get_by_role("link", name="Xác nhận")).to_have_count(0)
    return address


def publish(manager: Page, run_url: str) -> None:
    manager.goto(run_url)
    manager.get_by_role("link", name="Công bố").click()
    number, date, signer = (f"[name={name}]" for name in ("number", "date", "signer"))
    manager.locator(number).fill("123/QĐ-UBND")
    manager.locator(date).fill("31/03/2026")
    manager.locator(signer).fill("Chủ tịch UBND tỉnh")
    manager.locator("main form button[type=submit]").click()
    manager.get_by_role("link", name="Xem kết quả").click(timeout=60_000)
    manager.wait_for_url(f"**/ket-qua/{CYCLE}/")


def read_documents(visitor: Page, portal: str, folder: Path) -> None:
    visitor.goto(f"{portal}/ket-qua/{CYCLE}/")
    expect(visitor.get_by_role("row").filter(has_text="Sở Xây dựng").first).to_contain_text(A_INDEX)

    pdf = download(visitor, "ranking.pdf", folder)
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    [line] = [line for line in text.splitlines() if "Sở Xây dựng" in line and A_INDEX in line]
    assert line.split()[0] == "1"
    assert any(B_INDEX in line for line in text.splitlines())
    assert "Số: 123/QĐ-UBND" in text

    sheet = openpyxl.load_workbook(download(visitor, "results.xlsx", folder))["Xếp hạng"]
    header = next(row for row in sheet.iter_rows(values_only=True) if row and "Đơn vị" in row)
    rows = [dict(zip(header, row, strict=True)) for row in sheet.iter_rows(values_only=True)]
    [unit] = [row for row in rows if row["Đơn vị"] == "Sở Xây dựng"]
    index = next(value for name, value in unit.items() if name and name.startswith("Chỉ số"))
    assert Decimal(str(index)).quantize(Decimal("0.01")) == A_POINTS * 10


def download(page: Page, name: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(f"a[href$='{name}']").click()
    path = folder / name
    waiting.value.save_as(path)
    return path
