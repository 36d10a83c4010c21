import pytest
import time_machine
from django.urls import reverse

from assessments.models import Assessment
from assessments.services import Document, attach_evidence, record_score, submit
from tests.assessments.conftest import DEADLINE


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


def submit_url(desk):
    return reverse("assessments:submit", args=[desk.sheet.pk])


def test_page_lists_what_is_missing_each_with_its_place_on_the_sheet(client, desk):
    client.force_login(desk.leader)
    html = client.get(submit_url(desk)).content.decode()
    sheet = reverse("assessments:sheet", args=[desk.sheet.pk])
    for code in ("1.1", "1.2", "1.3", "1.4"):
        assert f'href="{sheet}?linh-vuc=1#leaf-{desk.leaf(code).pk}"' in html


def test_leader_submits_a_complete_sheet(client, desk):
    desk.complete()
    client.force_login(desk.leader)
    response = client.post(submit_url(desk))
    assert response.url == reverse("assessments:sheet", args=[desk.sheet.pk])
    desk.sheet.refresh_from_db()
    assert desk.sheet.status == Assessment.Status.SUBMITTED


def test_submission_of_an_incomplete_sheet_is_refused_with_the_list(client, desk):
    client.force_login(desk.leader)
    response = client.post(submit_url(desk))
    assert response.status_code == 422
    assert [one["leaf"].criterion.code for one in response.context["lacking"]] == ["1.1", "1.2", "1.3", "1.4"]
    desk.sheet.refresh_from_db()
    assert desk.sheet.status == Assessment.Status.DRAFT


def test_officer_learns_who_submits_and_has_no_button(client, desk):
    desk.complete()
    client.force_login(desk.officer)
    response = client.get(submit_url(desk))
    assert response.context["leaders"] == [desk.leader]
    assert desk.leader.full_name in response.content.decode()
    assert 'class="btn pri big"' not in response.content.decode()
    assert client.post(submit_url(desk)).status_code == 404


def test_page_of_a_submitted_sheet_offers_nothing_to_submit(client, desk, at):
    desk.complete()
    submit(assessment_id=desk.sheet.pk, by=desk.leader, at=at)
    client.force_login(desk.leader)
    assert 'class="btn pri big"' not in client.get(submit_url(desk)).content.decode()
    assert client.post(submit_url(desk)).status_code == 422


def test_sheet_filled_by_hand_is_complete_with_evidence_or_account(client, desk, at):
    declared = {"1.1": ["100", "100"], "1.2": ["Tốt"], "1.3": ["có"], "1.4": ["3"]}
    for code, figures in declared.items():
        record_score(
            assessment_id=desk.sheet.pk,
            criterion_id=desk.leaf(code).pk,
            declared=figures,
            account="" if code == "1.1" else "Theo sổ theo dõi",
            version=0,
            by=desk.officer,
            at=at,
        )
    client.force_login(desk.leader)
    assert [one["leaf"].criterion.code for one in client.get(submit_url(desk)).context["lacking"]] == ["1.1"]
    attach_evidence(
        assessment_id=desk.sheet.pk,
        criterion_id=desk.leaf("1.1").pk,
        document=Document(link="https://example.vn/bao-cao"),
        by=desk.officer,
        at=at,
    )
    assert client.get(submit_url(desk)).context["lacking"] == []


def test_page_after_the_deadline_says_that_the_sheet_is_locked(client, desk):
    with time_machine.travel(DEADLINE, tick=False):
        client.force_login(desk.leader)
        response = client.get(submit_url(desk))
    assert "17:00 22/12/2025" in response.context["locked"]
