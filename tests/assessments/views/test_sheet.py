import re
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Exemption, LedgerEntry, StatusChange, Step
from criteria.scoring.tree import Source
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    EvidenceLinkFactory,
    LedgerEntryFactory,
    ScoreFactory,
    UserFactory,
    content,
    leaf,
    make_version,
)

Status = Assessment.Status
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def client(client, desk):
    client.force_login(desk.officer)
    return client


def page(desk, **query):
    return reverse("assessments:sheet", args=[desk.sheet.pk], query=query or None)


def record(desk, code="1.1"):
    return reverse("assessments:record", args=[desk.sheet.pk, desk.leaf(code).pk])


def text_of(response) -> str:
    """The page as it reads: without tags, spaces evened out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_sheet_shows_one_area_with_a_form_for_each_leaf(client, desk):
    response = client.get(page(desk))
    assert [card.leaf.criterion.code for card in response.context["cards"]] == ["1.1", "1.2", "1.3", "1.4"]
    assert response.context["area"].node.code == "1"
    assert response.content.decode().count("data-leaf") == 4


def test_sheet_opens_the_first_area_that_lacks_something(client, desk):
    desk.complete()
    assert client.get(page(desk)).context["area"].node.code == "1"
    assert client.get(page(desk, **{"linh-vuc": "2"})).context["area"].node.code == "2"


def test_sheet_says_who_supplies_what_the_unit_does_not_score(client, desk):
    response = client.get(page(desk, **{"linh-vuc": "2"}))
    assert "data-leaf" not in response.content.decode()
    assert response.content.decode().count("#i-lock") >= 3


def test_sheet_filters_leaves_without_points(client, desk):
    ScoreFactory(assessment=desk.sheet, criterion=desk.leaf("1.4"))
    response = client.get(page(desk, loc="thieu-diem"))
    assert [card.leaf.criterion.code for card in response.context["cards"]] == ["1.1", "1.2", "1.3"]


def test_sheet_marks_the_line_that_applies_and_computes(client, desk):
    ScoreFactory(assessment=desk.sheet, criterion=desk.leaf("1.1"), declared=["97", "100"], points="3.88")
    text = text_of(client.get(page(desk)))
    assert "97 ÷ 100 × 4 = 3,88" in text


def test_sheet_groups_whole_figures(client, desk):
    ScoreFactory(
        assessment=desk.sheet, criterion=desk.leaf("1.1"), declared=["12873", "13204.5"], points="3.9"
    )
    html = client.get(page(desk)).content.decode()
    assert 'value="12.873"' in html
    assert 'value="13204,5"' in html


def test_sheet_shows_the_reason_for_which_it_was_sent_back(client, desk, at):
    Assessment.objects.update(status=Status.RETURNED)
    StatusChange.objects.create(
        assessment=desk.sheet,
        source=Status.SUBMITTED,
        target=Status.RETURNED,
        reason="Thiếu biểu quý IV",
        at=at,
    )
    assert "Thiếu biểu quý IV" in text_of(client.get(page(desk)))


def test_submitted_sheet_is_locked(client, desk):
    Assessment.objects.update(status=Status.SUBMITTED)
    response = client.get(page(desk))
    html = response.content.decode()
    assert not response.context["editable"]
    assert "data-leaf" not in html
    assert "sheet.js" not in html
    assert html.count("disabled") >= 4


def test_leader_reads_the_sheet_without_writing(client, desk):
    client.force_login(desk.leader)
    response = client.get(page(desk))
    assert not response.context["editable"]
    assert reverse("assessments:submit", args=[desk.sheet.pk]) in response.content.decode()


def test_sheet_shows_the_year_before_with_the_cut_and_its_reason(client, desk):
    earlier = AssessmentFactory(
        block=BlockFactory(cycle=CycleFactory(owner=desk.sheet.cycle.owner, year=2024, published_at=AT)),
        unit=desk.sheet.unit,
        status=Status.FINALISED,
    )
    ScoreFactory(assessment=earlier, criterion=leaf(earlier, "1.4"), points="3")
    LedgerEntryFactory(
        assessment=earlier,
        criterion=leaf(earlier, "1.4"),
        points="2.75",
        act="adjust",
        reason="Thiếu biểu quý IV",
    )
    card = client.get(page(desk)).context["cards"][3]
    assert (card.leaf.before.year, card.leaf.before.cut, card.leaf.before.reason) == (
        2024,
        Decimal("0.25"),
        "Thiếu biểu quý IV",
    )


def test_sheet_shows_no_decision_before_it_is_released(client, desk, at):
    LedgerEntryFactory(assessment=desk.sheet, points="2", reason="Thiếu quyết định")
    assert "Thiếu quyết định" not in text_of(client.get(page(desk)))
    Step.objects.create(cycle=desk.sheet.cycle, kind=Step.Kind.APPRAISAL_1, opened_at=at, closed_at=at)
    assert "Thiếu quyết định" in text_of(client.get(page(desk)))


def test_sheet_takes_the_same_queries_whatever_its_size(client, desk, at):
    contents = [content("1", 60)] + [content(f"1.{i}", 1, Source.SELF) for i in range(1, 61)]
    block = BlockFactory(cycle=desk.sheet.cycle, version=make_version(contents, code="LON"))
    large = AssessmentFactory(block=block)
    assign_perm("assessments.score_unit", desk.officer, large.unit)
    for sheet, count in ((desk.sheet, 1), (large, 60)):
        for criterion in sheet.block.version.criteria.filter(source="self")[:count]:
            ScoreFactory(assessment=sheet, criterion=criterion, points="1", updated_by=desk.officer)
            EvidenceLinkFactory(evidence__assessment=sheet, criterion=criterion)
    assert queries_of_page(client, desk.sheet) == queries_of_page(client, large) <= 24


def queries_of_page(client, assessment) -> int:
    url = reverse("assessments:sheet", args=[assessment.pk])
    client.get(url)  # the tree of an issued version is read once in a process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_record_by_htmx_answers_with_the_pieces_around_the_inputs(client, desk):
    response = client.post(record(desk), {"f0": "97", "f1": "100", "account": "", "version": "0"}, **HTMX)
    html = response.content.decode()
    assert response.status_code == 200
    assert desk.score("1.1").points == Decimal("3.88")
    assert "10:42" in html
    assert 'name="f0"' not in html
    swapped = set(re.findall(r'id="([\w-]+)"[^>]*hx-swap-oob="true"', html))
    leaf_id = f"leaf-{desk.leaf('1.1').pk}"
    assert swapped == {
        f"{leaf_id}-{name}" for name in ("head", "rule", "errors", "conflict", "version", "needs")
    } | {"strip", "sheet-count", "sheet-tree", "sheet-picks", "sheet-dock", "sheet-dock-acts"}


def test_record_by_htmx_keeps_the_filter_of_the_page_it_came_from(client, desk):
    shown = "http://testserver" + page(desk, **{"linh-vuc": "1", "loc": "thieu-diem"})
    response = client.post(
        record(desk),
        {"f0": "97", "f1": "100", "account": "", "version": "0"},
        headers={"HX-Request": "true", "HX-Current-URL": shown},
    )
    assert [pick["current"] for pick in response.context["picks"]] == [False, True, False]


def test_page_of_a_leader_who_does_not_score_is_closed_without_being_locked(client, desk):
    client.force_login(desk.leader)
    context = client.get(page(desk)).context
    assert (context["locked"], context["editable"], context["may_score"]) == (None, False, False)


def test_record_without_script_comes_back_to_the_leaf(client, desk):
    response = client.post(record(desk), {"f0": "97", "f1": "100", "account": "", "version": "0"})
    assert response.status_code == 302
    assert response.url == page(desk, **{"linh-vuc": "1"}) + f"#leaf-{desk.leaf('1.1').pk}"


def test_record_reads_grouped_whole_figures(client, desk):
    client.post(record(desk), {"f0": "12.873", "f1": "13.204", "account": "", "version": "0"})
    assert desk.score("1.1").declared == ["12873", "13204"]
    assert desk.score("1.1").points == Decimal("3.8997")


@pytest.mark.parametrize("typed", ["2,5", "2.5"])
def test_record_reads_comma_and_point_as_the_decimal_mark_of_points(client, desk, typed):
    client.post(record(desk, "1.4"), {"f0": typed, "account": "", "version": "0"})
    assert str(desk.score("1.4").points) == "2.5000"


def test_record_never_groups_points(client, desk):
    response = client.post(record(desk, "1.4"), {"f0": "1.500", "account": "", "version": "0"}, **HTMX)
    assert response.status_code == 200
    assert str(desk.score("1.4").points) == "1.5000"


def test_record_of_wrong_data_saves_nothing_and_keeps_what_was_typed(client, desk):
    response = client.post(record(desk), {"f0": "chín", "f1": "100", "account": "", "version": "0"})
    html = response.content.decode()
    assert response.status_code == 422
    assert 'value="chín"' in html
    assert 'aria-invalid="true"' in html
    assert not desk.sheet.scores.exists()


def test_record_of_wrong_data_by_htmx_names_the_field(client, desk):
    response = client.post(record(desk), {"f0": "chín", "f1": "100", "account": "", "version": "0"}, **HTMX)
    assert response.status_code == 422
    assert f'data-for="leaf-{desk.leaf("1.1").pk}-f0"' in response.content.decode()
    assert "chưa lưu" in text_of(response) or "not saved" in text_of(response)


def test_record_after_somebody_else_shows_both_values(client, desk):
    client.force_login(desk.officer)
    client.post(record(desk, "1.4"), {"f0": "2", "account": "", "version": "0"})
    response = client.post(record(desk, "1.4"), {"f0": "3", "account": "", "version": "0"}, **HTMX)
    conflict = response.context["card"].conflict
    assert response.status_code == 409
    assert (conflict.mine, conflict.theirs) == ("3", "2")
    assert desk.score("1.4").declared == ["2"]


def test_conflict_ends_with_ones_own_value_when_that_is_chosen(client, desk):
    client.post(record(desk, "1.4"), {"f0": "2", "account": "", "version": "0"})
    answer = {"f0": "3", "account": "", "version": "0", "keep": "mine", "seen": "1"}
    response = client.post(record(desk, "1.4"), answer, **HTMX)
    assert response["HX-Retarget"] == f"#leaf-{desk.leaf('1.4').pk}"
    assert desk.score("1.4").declared == ["3"]
    assert LedgerEntry.objects.filter(criterion=desk.leaf("1.4")).count() == 2


def test_conflict_ends_with_the_stored_value_when_that_is_chosen(client, desk):
    client.post(record(desk, "1.4"), {"f0": "2", "account": "", "version": "0"})
    answer = {"f0": "3", "account": "", "version": "0", "keep": "theirs", "seen": "1"}
    response = client.post(record(desk, "1.4"), answer, **HTMX)
    assert 'value="2"' in response.content.decode()
    assert desk.score("1.4").declared == ["2"]


def test_conflict_comes_again_when_the_stored_value_changed_meanwhile(client, desk):
    client.post(record(desk, "1.4"), {"f0": "2", "account": "", "version": "0"})
    client.post(record(desk, "1.4"), {"f0": "1", "account": "", "version": "1"})
    answer = {"f0": "3", "account": "", "version": "0", "keep": "mine", "seen": "1"}
    assert client.post(record(desk, "1.4"), answer, **HTMX).status_code == 409
    assert desk.score("1.4").declared == ["1"]


def test_record_into_a_locked_sheet_says_why(client, desk):
    Assessment.objects.update(status=Status.SUBMITTED)
    response = client.post(record(desk), {"f0": "97", "f1": "100", "account": "", "version": "0"}, **HTMX)
    assert response.status_code == 422
    assert not desk.sheet.scores.exists()


def test_record_may_ask_for_not_applicable(client, desk):
    answer = {"f0": "", "f1": "", "account": "Không có TTHC", "not_applicable": "on", "version": "0"}
    client.post(record(desk), answer)
    score = desk.score("1.1")
    assert (score.not_applicable, score.points, score.account) == (True, None, "Không có TTHC")


def test_record_takes_a_fixed_number_of_queries(client, desk, django_assert_num_queries):
    client.post(record(desk), {"f0": "97", "f1": "100", "account": "", "version": "0"}, **HTMX)
    url = record(desk)
    with django_assert_num_queries(22):
        client.post(url, {"f0": "98", "f1": "100", "account": "", "version": "1"}, **HTMX)


def test_preview_tells_the_points_and_saves_nothing(client, desk):
    url = reverse("assessments:preview", args=[desk.sheet.pk, desk.leaf("1.1").pk])
    response = client.post(url, {"f0": "97", "f1": "100", "version": "0"})
    assert "3,88" in text_of(response)
    assert not desk.sheet.scores.exists()


def test_preview_of_what_is_not_right_yet_tells_no_points(client, desk):
    url = reverse("assessments:preview", args=[desk.sheet.pk, desk.leaf("1.1").pk])
    response = client.post(url, {"f0": "chín", "f1": "100", "version": "0"})
    assert response.status_code == 200
    assert "– / 4" in text_of(response)


def test_exempt_leaf_has_no_fields_and_leaves_the_maximum(client, desk, at):
    Exemption.objects.create(assessment=desk.sheet, criterion=desk.leaf("1.1"), reason="Không có TTHC", at=at)
    response = client.get(page(desk))
    assert "Không có TTHC" in text_of(response)
    assert response.content.decode().count("data-leaf data-preview") == 3
    assert response.context["sheet"].max_points == 6


def test_history_names_the_agency_and_not_the_person_of_the_council(client, desk, at):
    judge = UserFactory(full_name="Trần Thẩm Định")
    LedgerEntryFactory(assessment=desk.sheet, by=judge, agency="Sở Nội vụ", reason="Thiếu biểu")
    url = reverse("assessments:history", args=[desk.sheet.pk, desk.leaf("1.4").pk])
    assert "Thiếu biểu" not in text_of(client.get(url))
    Step.objects.create(cycle=desk.sheet.cycle, kind=Step.Kind.APPRAISAL_1, opened_at=at, closed_at=at)
    text = text_of(client.get(url))
    assert "Thiếu biểu" in text
    assert "Sở Nội vụ" in text
    assert "Trần Thẩm Định" not in text


def test_sheets_opens_the_only_one_under_way(client, desk):
    assert client.get(reverse("assessments:sheets")).url == page(desk)


def test_sheets_lists_all_years_of_own_units_alone(client, desk):
    earlier = AssessmentFactory(
        block=BlockFactory(cycle=CycleFactory(owner=desk.sheet.cycle.owner, year=2024)), unit=desk.sheet.unit
    )
    AssessmentFactory(block=desk.sheet.block)
    response = client.get(reverse("assessments:sheets"))
    assert response.context["assessments"] == [desk.sheet, earlier]


def test_sheets_of_somebody_without_a_unit_says_what_to_do(client, desk):
    client.force_login(UserFactory())
    assert client.get(reverse("assessments:sheets")).context["assessments"] == []
