"""The survey in a browser: a respondent's phone, with and without script, and the manager's desk."""

import re

import pytest
from guardian.shortcuts import assign_perm
from playwright.sync_api import Page, expect

from surveys import services
from surveys.models import SealedForm
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    UnitFactory,
    UserFactory,
    leaf,
    make_links,
    make_questionnaire,
    return_forms,
)
from tests.journeys.conftest import OFFICE, PHONE
from tests.journeys.test_look import faults

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

MOST_BYTES = 100_000


@pytest.fixture
def assessment():
    block = BlockFactory(code="SO", name="Khối sở, ban, ngành")
    unit = UnitFactory(parent=block.cycle.owner, code="S1", name="Sở Xây dựng")
    return AssessmentFactory(block=block, unit=unit)


@pytest.fixture
def questionnaire(assessment):
    """Open, with two questions."""
    draft = make_questionnaire(assessment.block, state="draft")
    services.add_question(
        questionnaire_id=draft.pk,
        criterion_id=leaf(assessment, "2.2").pk,
        text="Kết quả có được trả đúng hẹn không?",
        scale="yes_no",
        by=None,
        at=AT,
    )
    services.open_questionnaire(questionnaire_id=draft.pk, by=None, at=AT)
    return draft


@pytest.fixture
def address(questionnaire, assessment, live_portal) -> str:
    (token,) = make_links(questionnaire, assessment.unit)
    return f"{live_portal}/k/{token}/"


def choose(page: Page, question: int, answer: str) -> None:
    page.locator("fieldset").nth(question - 1).get_by_text(answer, exact=True).click()


def kept(page: Page) -> int:
    """How many drafts the device keeps."""
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('survey-')).length")


def test_respondent_answers_on_a_phone(phone, address):
    received = []
    phone.on("response", lambda response: received.append(response.body() if response.ok else b""))
    phone.goto(address)
    phone.wait_for_load_state("networkidle")
    assert sum(map(len, received)) < MOST_BYTES
    assert faults(phone) == []
    for answer in phone.locator(".ans label").all():
        assert answer.bounding_box()["height"] >= 48

    choose(phone, 1, "Khá")
    expect(phone.locator("[data-answered]")).to_have_text("1")
    phone.reload()
    expect(phone.get_by_label("Khá")).to_be_checked()
    assert kept(phone) == 1
    assert address.split("/")[-2] not in phone.evaluate("JSON.stringify(localStorage)")

    phone.get_by_role("button", name="Gửi phiếu").click()
    expect(phone.get_by_role("alert")).to_contain_text("Còn 1 câu chưa chọn")
    assert faults(phone) == []
    phone.get_by_role("link", name="Đến câu 2").click()
    choose(phone, 2, "Có")
    phone.get_by_role("button", name="Gửi phiếu").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Xin cảm ơn")
    assert faults(phone) == []
    assert kept(phone) == 0
    assert SealedForm.objects.count() == 1

    assert phone.goto(address).status == 410
    assert faults(phone) == []
    assert SealedForm.objects.count() == 1


def test_respondent_answers_without_script(open_page, address):
    page = open_page(PHONE, java_script_enabled=False)
    page.goto(address)
    choose(page, 1, "Khá")
    page.get_by_role("button", name="Gửi phiếu").click()
    expect(page.get_by_role("alert")).to_contain_text("Còn 1 câu chưa chọn")
    expect(page.get_by_label("Khá")).to_be_checked()
    choose(page, 2, "Không")
    page.get_by_role("button", name="Gửi phiếu").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xin cảm ơn")
    assert SealedForm.objects.count() == 1


@pytest.mark.parametrize("viewport", [OFFICE, PHONE], ids=["office", "phone"])
def test_managers_pages_are_without_fault(open_page, live_portal, questionnaire, assessment, viewport):
    cycle = assessment.cycle
    assign_perm("assessments.manage_cycle", UserFactory(username="quanly"), cycle)
    return_forms(questionnaire, assessment.unit, *["KB"] * 3)
    page = open_page(viewport)
    page.goto(f"{live_portal}/dang-nhap/")
    page.get_by_label("Tên đăng nhập").fill("quanly")
    page.get_by_label("Mật khẩu").fill("mat-khau-thu-nghiem")
    page.get_by_role("button", name="Đăng nhập").click()
    desk = f"{live_portal}/dieu-tra/{cycle.code}/"
    external = f"chi-so-ngoai/{assessment.block_id}/{leaf(assessment, '2.3').pk}/"
    found = []
    for path in (
        "",
        f"phieu/{questionnaire.pk}/",
        "phieu/them/",
        "nhap/",
        "tinh-diem/",
        "ket-qua/",
        external,
    ):
        assert page.goto(desk + path).status == 200
        found += faults(page)
    page.goto(f"{desk}phieu/{questionnaire.pk}/lien-ket/")
    found += faults(page)
    page.get_by_role("button", name="Tạo liên kết").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("10 liên kết"))
    found += faults(page)
    assert found == []
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel").click()
    assert download.value.suggested_filename.endswith(".xlsx")
