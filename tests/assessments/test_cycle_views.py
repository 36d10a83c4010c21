"""The manager's pages: the cycle, its steps, its units, sheets sent back and leaves that do not apply."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm
from openpyxl import load_workbook

from assessments import cycle_links
from assessments.cycle_links import Link
from assessments.models import Assessment, Exemption, Step
from assessments.models.assessment import Status
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    ScoreFactory,
    UserFactory,
    leaf,
    open_step,
)

pytestmark = pytest.mark.django_db
SELF = Step.Kind.SELF_ASSESSMENT
DIALOG = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def links(monkeypatch):
    """An empty registry: what the rooms above add is tested there."""
    monkeypatch.setattr(cycle_links, "_providers", [])


@pytest.fixture
def block():
    return BlockFactory(cycle__code="MAU2025", code="SO", name="Khối sở, ban, ngành")


@pytest.fixture
def cycle(block):
    return block.cycle


@pytest.fixture
def manager(cycle, client):
    user = UserFactory()
    assign_perm("assessments.manage_cycle", user, cycle)
    client.force_login(user)
    return user


def unit(block, name: str, *, status=Status.DRAFT, **fields) -> Assessment:
    return AssessmentFactory(block=block, unit__name=name, status=status, **fields)


def complete(sheet: Assessment) -> Assessment:
    for code in ("1.1", "1.2", "1.3", "1.4"):
        ScoreFactory(assessment=sheet, criterion=leaf(sheet, code), points=1)
    return sheet


def page_of(client, address: str, *arguments, **query) -> str:
    return client.get(reverse(f"cycles:{address}", args=arguments), query).content.decode()


# --- the cycle's page -------------------------------------------------------------------------------------------------


def test_cycle_page_shows_every_unit_of_the_first_block(client, cycle, block, manager):
    unit(block, "Sở Xây dựng")
    unit(block, "Sở Y tế", status=Status.SUBMITTED)
    unit(BlockFactory(cycle=cycle, position=block.position + 1), "Xã Mẫu")
    AssessmentFactory(unit__name="Đơn vị của kỳ khác")

    page = page_of(client, "cycle", cycle.code)

    assert "Sở Xây dựng" in page
    assert "Sở Y tế" in page
    assert "Xã Mẫu" not in page
    assert "Đơn vị của kỳ khác" not in page


def test_cycle_page_of_another_block_shows_its_units(client, cycle, block, manager):
    unit(block, "Sở Xây dựng")
    unit(BlockFactory(cycle=cycle, code="XA"), "Xã Mẫu")

    page = page_of(client, "cycle", cycle.code, khoi="XA")

    assert "Xã Mẫu" in page
    assert "Sở Xây dựng" not in page
    assert '<input type="hidden" name="khoi" value="XA">' in page


def test_cycle_page_filters_units_by_state(client, cycle, block, manager):
    unit(block, "Sở Xây dựng")
    unit(block, "Sở Y tế", status=Status.SUBMITTED)

    page = page_of(client, "cycle", cycle.code, loc="da-nop")

    assert "Sở Y tế" in page
    assert "Sở Xây dựng" not in page


def test_cycle_page_with_an_unknown_filter_shows_all(client, cycle, block, manager):
    unit(block, "Sở Xây dựng")

    assert "Sở Xây dựng" in page_of(client, "cycle", cycle.code, loc="la", khoi="la", trang="la")


def test_search_finds_units_whatever_the_case_and_the_block(client, cycle, block, manager):
    unit(block, "Sở Xây dựng")
    unit(BlockFactory(cycle=cycle, position=block.position + 1), "Xã Đông Sơn")

    page = page_of(client, "cycle", cycle.code, tim="ĐÔNG", khoi="SO")

    assert "Xã Đông Sơn" in page
    assert "Sở Xây dựng" not in page


def test_search_without_a_hit_says_so_and_keeps_what_was_typed(client, cycle, block, manager):
    unit(block, "Sở Xây dựng")

    page = page_of(client, "cycle", cycle.code, tim='"><b>')

    assert "Không có đơn vị nào" in page
    assert 'value="&quot;&gt;&lt;b&gt;"' in page


def test_cycle_without_units_says_where_they_come_from(client, manager):
    empty = CycleFactory()
    assign_perm("assessments.manage_cycle", manager, empty)

    assert "Đơn vị được nhập cùng tệp Excel" in page_of(client, "cycle", empty.code)


def test_cycle_page_shows_points_with_the_units_own_maximum(client, cycle, block, manager):
    sheet = complete(unit(block, "Sở Xây dựng"))
    Exemption.objects.create(assessment=sheet, criterion=leaf(sheet, "1.1"), at=AT)

    page = page_of(client, "cycle", cycle.code)

    assert '3,00 <span class="max">/ 6</span>' in page


def test_cycle_page_offers_to_send_back_all_but_the_managers_own_unit(client, cycle, block, manager):
    other = unit(block, "Sở Y tế", status=Status.SUBMITTED)
    own = unit(block, "Sở Nội vụ", status=Status.SUBMITTED)
    draft = unit(block, "Sở Xây dựng")
    assign_perm("assessments.score_unit", manager, own.unit)

    page = page_of(client, "cycle", cycle.code)

    offered = [
        sheet
        for sheet in (other, own, draft)
        if reverse("cycles:send_back", args=[cycle.code, sheet.pk]) in page
    ]
    assert offered == [other]


def test_cycle_page_of_an_auditor_offers_no_act(client, cycle, block):
    auditor = UserFactory()
    assign_perm("assessments.audit_cycle", auditor, cycle)
    client.force_login(auditor)
    unit(block, "Sở Y tế", status=Status.SUBMITTED)
    unit(block, "Sở Xây dựng", status=Status.PREPARING)

    page = page_of(client, "cycle", cycle.code)

    assert "Sở Y tế" in page
    assert "/buoc/" not in page
    assert "/tra-lai/" not in page
    assert "/khong-ap-dung/" not in page


def test_cycle_page_of_a_published_cycle_offers_no_act(client, cycle, block, manager):
    cycle.published_at = AT
    cycle.save()
    unit(block, "Sở Y tế", status=Status.FINALISED)

    page = page_of(client, "cycle", cycle.code)

    assert "/buoc/" not in page
    assert "/tra-lai/" not in page


def test_cycle_page_links_the_rooms_that_registered(client, cycle, block, manager):
    cycle_links.register(
        lambda request, found: [Link("Hội đồng", "Giao việc", f"/hoi-dong/{found.code}/", order=2)]
    )
    cycle_links.register(lambda request, found: [Link("Điều tra", "Mở phiếu", "/dieu-tra/", order=1)])

    page = page_of(client, "cycle", cycle.code)

    assert page.index('href="/dieu-tra/"') < page.index('href="/hoi-dong/MAU2025/"')


@pytest.mark.parametrize("units", [2, 60])
def test_cycle_page_takes_the_same_number_of_queries_for_any_number_of_units(
    client, cycle, block, manager, units, django_assert_max_num_queries
):
    open_step(cycle, SELF)
    for number in range(units):
        ScoreFactory(assessment=unit(block, f"Xã {number}"))

    with django_assert_max_num_queries(CYCLE_PAGE_QUERIES):
        page = page_of(client, "cycle", cycle.code)

    assert page.count('<th scope="row"><a') == min(units, 50)


CYCLE_PAGE_QUERIES = 44
"""Most of them are the menu's and the tasks' of all rooms; the desk's own are counted in test_cycle_queries."""


def test_cycles_page_of_a_manager_of_one_cycle_opens_it(client, cycle, manager):
    response = client.get(reverse("cycles:cycles"))

    assert (response.status_code, response.url) == (302, reverse("cycles:cycle", args=[cycle.code]))


def test_cycles_page_lists_the_managers_cycles_alone(client, cycle, manager):
    last = CycleFactory(year=2024, published_at=AT)
    assign_perm("assessments.manage_cycle", manager, last)
    foreign = CycleFactory(year=2023)

    page = page_of(client, "cycles")

    assert page.index(cycle.name) < page.index(last.name)
    assert foreign.name not in page


# --- steps ------------------------------------------------------------------------------------------------------------


def test_open_step_with_a_deadline_opens_it_until_then(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế", status=Status.PREPARING)
    day = timezone.localtime() + timedelta(days=3)

    response = client.post(
        reverse("cycles:open_step", args=[cycle.code, SELF]), {"day": f"{day:%d/%m/%Y}", "hour": "16:30"}
    )

    assert response.url == reverse("cycles:cycle", args=[cycle.code])
    ends_at = timezone.localtime(cycle.steps.get(kind=SELF).ends_at)
    assert (ends_at.date(), f"{ends_at:%H:%M}") == (day.date(), "16:30")
    sheet.refresh_from_db()
    assert sheet.status == Status.DRAFT


def test_open_step_with_a_past_deadline_is_refused_beside_the_field(client, cycle, manager):
    response = client.post(
        reverse("cycles:open_step", args=[cycle.code, SELF]), {"day": "01/01/2020", "hour": ""}
    )

    assert response.status_code == 422
    assert "Hạn này đã qua" in response.content.decode()
    assert not cycle.steps.exists()


def test_open_step_that_is_open_says_so(client, cycle, manager):
    open_step(cycle, SELF)

    response = client.post(reverse("cycles:open_step", args=[cycle.code, SELF]), {"day": "", "hour": ""})

    assert response.status_code == 422
    assert "đang mở rồi" in response.content.decode()


def test_open_step_page_counts_units_that_can_then_score(client, cycle, block, manager):
    unit(block, "Sở Y tế", status=Status.PREPARING)
    unit(block, "Sở Xây dựng", status=Status.PREPARING)

    assert "2 đơn vị tự chấm được" in page_of(client, "open_step", cycle.code, SELF)


def test_open_step_asked_as_a_dialog_is_the_piece_alone(client, cycle, manager):
    page = client.get(reverse("cycles:open_step", args=[cycle.code, SELF]), **DIALOG).content.decode()

    assert 'id="act-title"' in page
    assert "<html" not in page


def test_close_step_page_says_what_will_happen_to_how_many_sheets(client, cycle, block, manager):
    open_step(cycle, SELF)
    complete(unit(block, "Sở Y tế"))
    unit(block, "Sở Xây dựng")
    unit(block, "Sở Nội vụ")
    unit(block, "Thanh tra tỉnh", status=Status.RETURNED)

    page = page_of(client, "close_step", cycle.code, SELF)

    assert "1 phiếu đã đủ sẽ tự động nộp" in page
    assert "2 phiếu chưa đủ sẽ bị khóa" in page
    assert "1 phiếu bị trả lại vẫn mở" in page


def test_close_step_submits_complete_sheets_as_its_page_said(client, cycle, block, manager):
    open_step(cycle, SELF)
    ready, blank = complete(unit(block, "Sở Y tế")), unit(block, "Sở Xây dựng")

    client.post(reverse("cycles:close_step", args=[cycle.code, SELF]))

    ready.refresh_from_db()
    blank.refresh_from_db()
    assert (ready.status, ready.submitted_automatically, blank.status) == (
        Status.SUBMITTED,
        True,
        Status.DRAFT,
    )
    page = page_of(client, "cycle", cycle.code)
    assert "tự động nộp" in page
    assert "Chưa nộp, đã khóa" in page


def test_close_step_that_is_not_open_says_so(client, cycle, manager):
    response = client.post(reverse("cycles:close_step", args=[cycle.code, SELF]))

    assert response.status_code == 422
    assert "không mở" in response.content.decode()


def test_step_with_an_unknown_name_is_not_found(client, cycle, manager):
    assert client.get(f"/ky/{cycle.code}/buoc/tu-cham/mo/").status_code == 404


# --- sheets sent back -------------------------------------------------------------------------------------------------


def test_send_back_returns_the_sheet_with_its_reason(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế", status=Status.SUBMITTED)

    response = client.post(
        reverse("cycles:send_back", args=[cycle.code, sheet.pk]), {"reason": "Thiếu biểu quý IV"}
    )

    assert response.url == reverse("cycles:cycle", args=[cycle.code])
    assert sheet.status_changes.get().reason == "Thiếu biểu quý IV"


def test_send_back_without_reason_is_refused_beside_the_field(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế", status=Status.SUBMITTED)

    response = client.post(reverse("cycles:send_back", args=[cycle.code, sheet.pk]), {"reason": " "})

    sheet.refresh_from_db()
    assert (response.status_code, sheet.status) == (422, Status.SUBMITTED)
    assert 'aria-invalid="true"' in response.content.decode()


def test_send_back_of_the_managers_own_unit_is_refused_with_a_sentence(client, cycle, block, manager):
    sheet = unit(block, "Sở Nội vụ", status=Status.SUBMITTED)
    assign_perm("assessments.lead_unit", manager, sheet.unit)

    response = client.post(reverse("cycles:send_back", args=[cycle.code, sheet.pk]), {"reason": "Sửa"})

    sheet.refresh_from_db()
    assert (response.status_code, sheet.status) == (422, Status.SUBMITTED)
    assert "Bạn thuộc Sở Nội vụ" in response.content.decode()


def test_send_back_of_a_draft_is_refused_with_a_sentence(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế")

    response = client.post(reverse("cycles:send_back", args=[cycle.code, sheet.pk]), {"reason": "Sửa"})

    assert response.status_code == 422
    assert not sheet.status_changes.exists()


def test_send_back_of_another_cycles_sheet_is_not_found(client, cycle, manager):
    foreign = AssessmentFactory(status=Status.SUBMITTED)

    response = client.post(reverse("cycles:send_back", args=[cycle.code, foreign.pk]), {"reason": "Sửa"})

    assert response.status_code == 404


# --- leaves that do not apply -----------------------------------------------------------------------------------------


def test_exempt_fixes_a_leaf_and_withdraw_makes_it_apply_again(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế", status=Status.PREPARING)
    criterion = leaf(sheet, "1.1")
    address = reverse("cycles:exemptions", args=[cycle.code, sheet.pk])

    client.post(address, {"criterion": criterion.pk, "reason": "Không có thủ tục"})
    page = client.get(address).content.decode()
    client.post(reverse("cycles:withdraw", args=[cycle.code, sheet.pk, criterion.pk]))

    assert "Không có thủ tục" in page
    assert not sheet.exemptions.exists()


def test_exempt_without_a_leaf_keeps_the_reason_that_was_typed(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế", status=Status.PREPARING)

    response = client.post(
        reverse("cycles:exemptions", args=[cycle.code, sheet.pk]), {"reason": "Không có thủ tục"}
    )

    assert response.status_code == 422
    assert "Không có thủ tục" in response.content.decode()


def test_exempt_once_self_scoring_has_begun_is_refused(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế")

    response = client.post(
        reverse("cycles:exemptions", args=[cycle.code, sheet.pk]),
        {"criterion": leaf(sheet, "1.1").pk, "reason": "Không có thủ tục"},
    )

    assert response.status_code == 422
    assert not sheet.exemptions.exists()


def test_exemptions_of_the_managers_own_unit_are_read_only(client, cycle, block, manager):
    sheet = unit(block, "Sở Nội vụ", status=Status.PREPARING)
    assign_perm("assessments.score_unit", manager, sheet.unit)
    address = reverse("cycles:exemptions", args=[cycle.code, sheet.pk])

    page = client.get(address).content.decode()
    response = client.post(address, {"criterion": leaf(sheet, "1.1").pk, "reason": "Không có"})

    assert "<textarea" not in page
    assert response.status_code == 422
    assert not sheet.exemptions.exists()


def test_withdraw_of_what_applies_is_told(client, cycle, block, manager):
    sheet = unit(block, "Sở Y tế", status=Status.PREPARING)

    response = client.post(
        reverse("cycles:withdraw", args=[cycle.code, sheet.pk, leaf(sheet, "1.1").pk]), follow=True
    )

    assert "vốn đang áp dụng" in response.content.decode()


# --- Excel ------------------------------------------------------------------------------------------------------------


def test_progress_workbook_has_a_sheet_per_block_with_numbers_as_numbers(client, cycle, block, manager):
    open_step(cycle, SELF)
    complete(unit(block, "=HYPERLINK(0)", unit__code="007", position=1))
    unit(block, "Sở Y tế", unit__code="008", position=2)
    unit(BlockFactory(cycle=cycle, code="XA/1", position=block.position + 1), "Xã Mẫu")

    response = client.get(reverse("cycles:progress_workbook", args=[cycle.code]))

    book = load_workbook(BytesIO(response.content))
    assert book.sheetnames == ["SO Khối sở, ban, ngành", "XA 1 Khối XA 1"]
    header, first, second = book.worksheets[0].iter_rows()
    assert [cell.value for cell in header[:5]] == [
        "Mã đơn vị",
        "Đơn vị",
        "Trạng thái",
        "Tiêu chí đã chấm",
        "Tiêu chí phải chấm",
    ]
    assert [cell.value for cell in first[:8]] == [
        "007",
        "=HYPERLINK(0)",
        "Chờ lãnh đạo duyệt",
        4,
        4,
        0,
        4,
        10,
    ]
    assert first[1].data_type == "s"
    assert first[8].value == timezone.localtime(AT).replace(tzinfo=None)
    assert [cell.value for cell in first[11:13]] == [4, 4]
    assert [cell.value for cell in second[:9]] == ["008", "Sở Y tế", "Chưa bắt đầu", 0, 4, 0, None, 10, None]
