"""The manager's pages."""

import csv
import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from guardian.shortcuts import assign_perm
from openpyxl import load_workbook

from par_index.core import worklist
from par_index.core.models import Job
from surveys import ballot_box, links, queries, services
from surveys.models import Invitation, MeasuredResult, Questionnaire, RespondentGroup
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    UnitFactory,
    UserFactory,
    choices,
    leaf,
    make_links,
    make_questionnaire,
    return_forms,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(block):
    user = UserFactory()
    assign_perm("assessments.manage_cycle", user, block.cycle)
    return user


@pytest.fixture
def desk(client, manager):
    client.force_login(manager)
    return client


def url(name, cycle, *arguments):
    return reverse(f"surveys:{name}", args=[cycle.code, *arguments])


def test_index_leads_to_the_only_cycle(desk, block):
    response = desk.get(reverse("surveys:index"))
    assert response.url == url("desk", block.cycle)


def test_desk_shows_turnout_but_no_small_counts(desk, block, questionnaire, assessments):
    return_forms(questionnaire, assessments[0].unit, *"AAA")
    page = desk.get(url("desk", block.cycle)).content.decode()
    assert "dưới 5" in page
    return_forms(questionnaire, assessments[0].unit, *"AA")
    page = desk.get(url("desk", block.cycle)).content.decode()
    assert "dưới 5" not in page


def test_unit_with_fewer_forms_than_the_minimum_shows_no_count(desk, block, questionnaire, assessments):
    return_forms(questionnaire, assessments[0].unit, *"AAAAAA")
    return_forms(questionnaire, assessments[1].unit, *"AAAA")
    page = desk.get(url("questionnaire", block.cycle, questionnaire.pk)).content.decode()
    assert page.count('<span class="max">dưới 5</span>') == 2  # returned and valid, of one unit
    assert not re.search(r">\s*4\s*<", page)


def test_counts_come_in_a_fixed_number_of_queries(
    block, questionnaire, assessments, django_assert_num_queries
):
    for number in range(20):
        AssessmentFactory(block=block, unit=UnitFactory(parent=block.cycle.owner), position=number + 9)
    make_questionnaire(block, code="P2")
    make_links(questionnaire, assessments[0].unit, 3)
    with django_assert_num_queries(6):
        rows = queries.questionnaires_of(block.cycle)
    assert [(row.questionnaire.code, row.counts.sent, row.units) for row in rows] == [
        ("P1", 3, 23),
        ("P2", 0, 23),
    ]
    questionnaire = Questionnaire.objects.select_related("group").get(code="P1")
    with django_assert_num_queries(5):
        queries.turnout_of(questionnaire)


def test_counts_tell_used_links_before_and_after_closing(questionnaire, unit):
    used, _unused = make_links(questionnaire, unit, 2)
    ballot_box.cast(token=used, choices=choices(questionnaire, "A"))
    counts = queries.counts_of([questionnaire])[questionnaire.pk][unit.pk]
    assert (counts.sent, counts.used, counts.returned, counts.valid) == (2, 1, 1, 0)
    services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    questionnaire.refresh_from_db()
    counts = queries.counts_of([questionnaire])[questionnaire.pk][unit.pk]
    assert (counts.sent, counts.used, counts.returned, counts.valid) == (2, 1, 1, 1)


def test_desk_names_leaves_about_which_nobody_is_asked(desk, block, questionnaire):
    BlockFactory(cycle=block.cycle, name="Khối xã, phường")
    page = desk.get(url("desk", block.cycle)).content.decode()
    assert "Khối xã, phường: 1 tiêu chí điều tra chưa có phiếu nào hỏi" in page


def test_group_is_added_with_a_decimal_comma(desk, block):
    data = {"code": "HDND", "name": "Đại biểu HĐND", "weight": "1,5", "minimum": "5"}
    assert desk.post(url("group_add", block.cycle), data).status_code == 302
    assert RespondentGroup.objects.get().weight == Decimal("1.5")


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "có cách"},
        {"name": ""},
        {"weight": "nhiều"},
        {"weight": "0"},
        {"weight": "1.000,5"},
        {"minimum": "1"},
    ],
)
def test_group_with_a_wrong_field_is_refused_and_kept(desk, block, wrong):
    data = {"code": "HDND", "name": "Đại biểu HĐND", "weight": "1", "minimum": "5"} | wrong
    response = desk.post(url("group_add", block.cycle), data)
    assert response.status_code == 422
    assert RespondentGroup.objects.count() == 0
    assert "aria-invalid" in response.content.decode()


def test_questionnaire_goes_from_draft_over_open_to_closed(desk, block, assessments):
    group = services.add_group(
        cycle_id=block.cycle_id, code="N", name="Nhóm", weight=Decimal(1), minimum=5, by=None, at=AT
    )
    data = {"code": "P1", "block": block.pk, "group": group.pk, "title": "Phiếu", "introduction": ""}
    desk.post(url("questionnaire_add", block.cycle), data)
    found = Questionnaire.objects.get()
    here = (block.cycle, found.pk)
    desk.post(url("standard_questions", *here))
    (question,) = found.questions.all()
    desk.post(
        url("question_change", *here, question.pk), {"criterion": question.criterion_id, "text": "Câu mới"}
    )
    desk.post(
        url("question_add", *here),
        {"criterion": question.criterion_id, "text": "Câu hai", "scale": "satisfaction"},
    )
    desk.post(url("question_remove", *here, found.questions.get(text="Câu hai").pk))
    desk.post(url("questionnaire_change", *here), {"title": "Tên mới", "introduction": "Lời"})
    assert "Câu mới" in desk.get(url("preview", *here)).content.decode()
    desk.post(url("questionnaire_open", *here))
    found.refresh_from_db()
    assert (found.state, found.title, found.questions.get().text) == ("open", "Tên mới", "Câu mới")
    desk.post(url("questionnaire_close", *here))
    found.refresh_from_db()
    assert found.state == "closed"


@pytest.mark.parametrize("name", ["questionnaire_open", "questionnaire_close", "questionnaire_delete"])
def test_asking_for_an_act_changes_nothing(desk, block, questionnaire, name):
    assert desk.get(url(name, block.cycle, questionnaire.pk)).status_code == 200
    questionnaire.refresh_from_db()
    assert questionnaire.state == "open"


def test_refused_act_says_why(desk, block, questionnaire):
    response = desk.post(url("questionnaire_delete", block.cycle, questionnaire.pk), follow=True)
    assert "không đổi được nữa" in response.content.decode()
    assert Questionnaire.objects.filter(pk=questionnaire.pk).exists()


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def sheet(desk, block, questionnaire, assessments):
    data = {"per_unit": "2", "units": [each.unit_id for each in assessments[:2]]}
    return desk.post(url("links", block.cycle, questionnaire.pk), data)


def tokens_on(response) -> list[str]:
    return re.search(r'name="tokens" value="([^"]+)"', response.content.decode())[1].split()


def test_sheet_shows_each_link_once_with_its_code(sheet):
    page = sheet.content.decode()
    tokens = tokens_on(sheet)
    assert len(tokens) == 4
    assert page.count("<path") >= 4
    assert all(f"http://testserver/k/{token}/" in page for token in tokens)
    assert "no-store" in sheet.headers["Cache-Control"]
    assert " style=" not in page
    assert set(Invitation.objects.values_list("token_digest", flat=True)) == {
        links.digest(token) for token in tokens
    }


def test_links_can_be_downloaded_from_their_sheet(desk, block, questionnaire, sheet):
    tokens = tokens_on(sheet)
    address = url("links_file", block.cycle, questionnaire.pk)
    book = desk.post(address, {"tokens": " ".join(tokens), "format": "xlsx"})
    rows = list(load_workbook(io.BytesIO(book.content)).active.iter_rows(values_only=True))
    assert rows[0] == ("Mã đơn vị", "Đơn vị", "Liên kết một lần")
    assert rows[1] == ("S1", "Sở 1", f"http://testserver/k/{tokens[0]}/")
    text = desk.post(address, {"tokens": " ".join(tokens), "format": "csv"}).content.decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == ["S1", "S1", "S2", "S2"]


def test_links_of_nobody_cannot_be_downloaded(desk, block, questionnaire):
    address = url("links_file", block.cycle, questionnaire.pk)
    assert desk.post(address, {"tokens": "AAAA BBBB", "format": "csv"}).status_code == 404
    assert desk.get(address).status_code == 405


def test_names_like_formulas_stay_text(desk, block, questionnaire, assessments):
    unit = assessments[0].unit
    unit.name = "=HYPERLINK(1)"
    unit.save()
    (token,) = make_links(questionnaire, unit)
    address = url("links_file", block.cycle, questionnaire.pk)
    book = desk.post(address, {"tokens": token, "format": "xlsx"})
    cell = load_workbook(io.BytesIO(book.content)).active["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    text = desk.post(address, {"tokens": token, "format": "csv"}).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1][1] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    "wrong", [{"units": []}, {"units": ["999999"]}, {"per_unit": "0"}, {"per_unit": "2001"}, {"per_unit": ""}]
)
def test_wrong_number_of_links_is_refused(desk, block, questionnaire, unit, wrong):
    data = {"per_unit": "1", "units": [unit.pk]} | wrong
    assert desk.post(url("links", block.cycle, questionnaire.pk), data).status_code == 422
    assert Invitation.objects.count() == 0


# --- import, tally, results -----------------------------------------------------------------------------------------


def upload(questionnaire, answer="A"):
    text = (
        "questionnaire,group,unit_code,question_code,answer,respondent\n"
        f"P1,{questionnaire.group.code},S1,C1,{answer},1\n"
    )
    return SimpleUploadedFile("phieu.csv", text.encode())


def test_file_is_checked_without_being_stored_and_then_imported(desk, block, questionnaire):
    address = url("import", block.cycle)
    checked = desk.post(address, {"file": upload(questionnaire), "act": "check"})
    assert checked.status_code == 200
    assert "Tệp nhập được" in checked.content.decode()
    assert questionnaire.forms.count() == 0
    assert desk.post(address, {"file": upload(questionnaire), "act": "import"}).status_code == 302
    assert questionnaire.forms.count() == 1
    again = desk.post(address, {"file": upload(questionnaire), "act": "import"})
    assert again.status_code == 422
    assert questionnaire.forms.count() == 1


def test_errors_of_a_file_are_shown_by_line(desk, block, questionnaire):
    response = desk.post(
        url("import", block.cycle), {"file": upload(questionnaire, "<b>X</b>"), "act": "import"}
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert "&lt;b&gt;X&lt;/b&gt;" in page
    assert questionnaire.forms.count() == 0


def test_tally_runs_as_a_job_in_the_managers_name(
    desk, block, questionnaire, unit, manager, run_jobs, django_capture_on_commit_callbacks
):
    return_forms(questionnaire, unit, *"AAAAB")
    response = desk.post(url("tally", block.cycle), {"reason": "Báo cáo 12"})
    (job,) = run_jobs()
    assert response.url == reverse("core:job", args=[job.pk])
    assert job.state == Job.State.DONE
    assert job.result["url"] == url("results", block.cycle)
    row = MeasuredResult.objects.get()
    assert (row.by, row.reason) == (manager, "Báo cáo 12")
    page = desk.get(url("results", block.cycle)).content.decode()
    assert "4,60" in page
    assert "Tính từ phiếu" in page


def test_tally_that_is_refused_fails_with_the_reason(desk, block, questionnaire, run_jobs):
    desk.post(url("tally", block.cycle), {"reason": "x"})
    (job,) = run_jobs()
    assert job.state == Job.State.FAILED
    assert "đủ phiếu hợp lệ" in job.error


def test_tally_asks_for_a_reason(desk, block, questionnaire):
    assert desk.post(url("tally", block.cycle), {"reason": ""}).status_code == 422
    assert Job.objects.count() == 0


def test_results_choose_block_and_leaf(desk, block, questionnaire):
    address = url("results", block.cycle)
    page = desk.get(address, {"khoi": block.code, "tieu-chi": "2.3"}).content.decode()
    assert "2.3 Tiêu chí 2.3" in page
    assert desk.get(address, {"khoi": "<x>", "tieu-chi": "9"}).status_code == 200


# --- external figures -------------------------------------------------------------------------------------------------


@pytest.fixture
def figures(desk, block, assessments):
    """The page of leaf 2.3 and the names of its fields, by unit."""
    address = url("external", block.cycle, block.pk, leaf(assessments[0], "2.3").pk)
    return address, [f"f{each.pk}-0" for each in assessments]


def test_external_figures_are_entered_for_several_units(desk, figures, manager):
    address, (first, second, third) = figures
    data = {"scale": "percent", "reason": "QĐ 5/QĐ-BNV", first: "86,5", second: "90.25", third: ""}
    assert desk.post(address, data).status_code == 302
    rows = list(MeasuredResult.objects.values_list("assessment__unit__code", "points", "by", "reason"))
    assert rows == [
        ("S1", Decimal("1.7300"), manager.pk, "QĐ 5/QĐ-BNV"),
        ("S2", Decimal("1.8050"), manager.pk, "QĐ 5/QĐ-BNV"),
    ]


def test_one_wrong_external_figure_stores_none_and_keeps_all_typed(desk, figures):
    address, (first, second, _third) = figures
    data = {"scale": "points", "reason": "QĐ 5", first: "1,5", second: "2,5"}
    response = desk.post(address, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert MeasuredResult.objects.count() == 0
    assert 'value="1,5"' in page
    assert f'id="{second}-error"' in page
    assert f'id="{first}-error"' not in page


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"scale": "stars"}, {"scale": ""}])
def test_external_figures_without_meaning_or_source_are_refused(desk, figures, wrong):
    address, (first, *_rest) = figures
    assert desk.post(address, {"scale": "points", "reason": "QĐ", first: "1"} | wrong).status_code == 422
    assert MeasuredResult.objects.count() == 0


def test_external_page_without_a_figure_says_so(desk, figures):
    address, _names = figures
    assert desk.post(address, {"scale": "points", "reason": "QĐ"}).status_code == 422


# --- home -------------------------------------------------------------------------------------------------------------


def test_manager_is_told_what_waits(block, assessments, manager, questionnaire, unit):
    make_questionnaire(block, code="P2", state="draft")
    return_forms(questionnaire, unit, *"AAAAA")
    services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    told = [(task.count, task.action) for task in worklist.tasks_for(manager, AT) if "/dieu-tra/" in task.url]
    assert told == [(1, "Nhập số liệu"), (1, "Mở phiếu"), (1, "Tính điểm từ phiếu")]
    services.tally(cycle_id=block.cycle_id, reason="x", by=None, at=AT)
    told = [task.action for task in worklist.tasks_for(manager, AT) if "/dieu-tra/" in task.url]
    assert told == ["Nhập số liệu", "Mở phiếu"]


def test_others_are_told_nothing_of_the_survey(block, assessments):
    assert not [task for task in worklist.tasks_for(UserFactory(), AT) if "/dieu-tra/" in task.url]


@pytest.mark.parametrize("unit", [str(2**70), "9" * 5000, "x", "0"])
def test_links_about_what_is_no_unit_are_refused(client, questionnaire, manager, unit):
    client.force_login(manager)

    response = client.post(
        url("links", questionnaire.cycle, questionnaire.pk), {"per_unit": "1", "units": [unit]}
    )

    assert response.status_code == 422
    assert not questionnaire.invitations.exists()
