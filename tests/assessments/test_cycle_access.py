"""Each address of the cycle desk for each role: who may open it, everybody else gets 404."""

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments import cycle_links
from assessments.models import Assessment, Step
from tests.factories import AssessmentFactory, CycleFactory, UserFactory, leaf

pytestmark = pytest.mark.django_db

MANAGER, AUDITOR, OFFICER, LEADER = "manager", "auditor", "officer of a unit", "leader of a unit"
ELSEWHERE, APPRAISER, ROOT = "manager of another cycle", "council member", "superuser"
ROLES = (MANAGER, AUDITOR, OFFICER, LEADER, ELSEWHERE, APPRAISER, ROOT)

ALLOWED = {
    "cycles": {MANAGER, AUDITOR, ELSEWHERE},
    "cycle": {MANAGER, AUDITOR},
    "progress_workbook": {MANAGER, AUDITOR},
    "open_step": {MANAGER},
    "close_step": {MANAGER},
    "send_back": {MANAGER},
    "exemptions": {MANAGER, AUDITOR},
    "exempt": {MANAGER},
    "withdraw": {MANAGER},
}
"""Address name → the roles that may use it; `exempt` is a POST to `exemptions`."""

POSTED = {"exempt", "withdraw"}


@pytest.fixture(autouse=True)
def links(monkeypatch):
    """An empty registry: what the rooms above add is tested there."""
    monkeypatch.setattr(cycle_links, "_providers", [])


@pytest.fixture
def sheet() -> Assessment:
    return AssessmentFactory(status=Assessment.Status.PREPARING)


@pytest.fixture
def people(sheet) -> dict[str, object]:
    found = {role: UserFactory(is_superuser=role == ROOT, is_staff=role == ROOT) for role in ROLES}
    assign_perm("assessments.manage_cycle", found[MANAGER], sheet.cycle)
    assign_perm("assessments.audit_cycle", found[AUDITOR], sheet.cycle)
    assign_perm("assessments.score_unit", found[OFFICER], sheet.unit)
    assign_perm("assessments.lead_unit", found[LEADER], sheet.unit)
    assign_perm("assessments.manage_cycle", found[ELSEWHERE], CycleFactory())
    assign_perm("assessments.appraise_assessment", found[APPRAISER], sheet)
    return found


def address(name: str, sheet: Assessment) -> str:
    code = sheet.cycle.code
    arguments = {
        "cycles": [],
        "cycle": [code],
        "progress_workbook": [code],
        "open_step": [code, Step.Kind.SELF_ASSESSMENT],
        "close_step": [code, Step.Kind.SELF_ASSESSMENT],
        "send_back": [code, sheet.pk],
        "exempt": [code, sheet.pk],
        "exemptions": [code, sheet.pk],
        "withdraw": [code, sheet.pk, leaf(sheet, "1.1").pk],
    }
    return reverse(f"cycles:{'exemptions' if name == 'exempt' else name}", args=arguments[name])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ALLOWED)
def test_address_is_open_to_its_roles_alone(client, sheet, people, name, role):
    client.force_login(people[role])

    send = client.post if name in POSTED else client.get
    response = send(address(name, sheet))

    assert (response.status_code != 404) == (role in ALLOWED[name])


@pytest.mark.parametrize("name", ALLOWED)
def test_visitor_is_sent_to_log_in(client, sheet, name):
    send = client.post if name in POSTED else client.get

    response = send(address(name, sheet))

    assert response.status_code == 302
    assert response.url.startswith("/dang-nhap/")


@pytest.mark.parametrize("name", ["open_step", "close_step", "send_back", "exempt"])
def test_act_posted_by_an_auditor_changes_nothing(client, sheet, people, name):
    client.force_login(people[AUDITOR])

    response = client.post(
        address(name, sheet), {"reason": "x", "criterion": leaf(sheet, "1.1").pk, "day": "", "hour": ""}
    )

    sheet.refresh_from_db()
    assert response.status_code == 404
    assert sheet.status == Assessment.Status.PREPARING
    assert not sheet.exemptions.exists()
    assert not sheet.cycle.steps.exists()


@pytest.mark.parametrize("name", ["cycles", "cycle", "progress_workbook"])
def test_page_to_read_refuses_a_post(client, sheet, people, name):
    client.force_login(people[MANAGER])

    assert client.post(address(name, sheet)).status_code == 405


def test_withdraw_by_a_link_is_refused(client, sheet, people):
    client.force_login(people[MANAGER])

    assert client.get(address("withdraw", sheet)).status_code == 405


def test_sheet_is_found_only_below_its_own_cycle(client, sheet, people):
    other = AssessmentFactory()
    assign_perm("assessments.manage_cycle", people[MANAGER], other.cycle)
    client.force_login(people[MANAGER])

    wrong = reverse("cycles:exemptions", args=[other.cycle.code, sheet.pk])

    assert client.get(wrong).status_code == 404
