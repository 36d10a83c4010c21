"""Who may open which address of the sheet: everybody else gets 404, visitors the log-in page."""

import pytest
import time_machine
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Score
from tests.factories import (
    AssessmentFactory,
    EvidenceFileFactory,
    EvidenceLinkFactory,
    ScoreFactory,
    UserFactory,
)

OWN = {"officer", "leader"}
READERS = OWN | {"manager", "auditor"}
APPRAISERS = {"appraiser"}
ROLES = READERS | APPRAISERS | {"neighbour", "superuser", "outsider"}

# address name -> who may read it (GET), who may act by it (POST)
ADDRESSES = {
    "assessments:sheet": (READERS, None),
    "assessments:submit": (OWN, {"leader"}),
    "assessments:record": (None, {"officer"}),
    "assessments:preview": (None, {"officer"}),
    "assessments:history": (READERS, None),
    "assessments:attach": ({"officer"}, {"officer"}),
    "assessments:remove": ({"officer"}, {"officer"}),
    "assessments:download": (READERS | APPRAISERS, None),
}


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def people(desk):
    """One of each role; the sheet is submitted, so that the appraiser has something to see."""
    found = {"officer": desk.officer, "leader": desk.leader, "manager": desk.manager}
    found |= {name: UserFactory() for name in ("auditor", "appraiser", "neighbour", "outsider")}
    found["superuser"] = UserFactory(is_superuser=True, is_staff=True)
    assign_perm("assessments.audit_cycle", found["auditor"], desk.sheet.cycle)
    assign_perm("assessments.appraise_assessment", found["appraiser"], desk.sheet)
    neighbour = AssessmentFactory(block=desk.sheet.block)
    assign_perm("assessments.score_unit", found["neighbour"], neighbour.unit)
    assign_perm("assessments.lead_unit", found["neighbour"], neighbour.unit)
    return found


@pytest.fixture
def urls(desk):
    link = EvidenceLinkFactory(evidence__assessment=desk.sheet)
    file = EvidenceFileFactory(evidence=link.evidence)
    desk.complete()
    Assessment.objects.filter(pk=desk.sheet.pk).update(status=Assessment.Status.SUBMITTED)
    leaf = [desk.sheet.pk, desk.leaf("1.4").pk]
    arguments = {
        "assessments:sheet": [desk.sheet.pk],
        "assessments:submit": [desk.sheet.pk],
        "assessments:remove": [desk.sheet.pk, link.pk],
        "assessments:download": [file.pk],
    }
    return {name: reverse(name, args=arguments.get(name, leaf)) for name in ADDRESSES}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_address_opens_to_its_roles_alone(client, people, urls, role):
    client.force_login(people[role])
    opened = {name for name, url in urls.items() if client.get(url).status_code == 200}
    assert opened == {name for name, (readers, _actors) in ADDRESSES.items() if readers and role in readers}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_act_is_open_to_its_roles_alone(client, people, urls, role):
    client.force_login(people[role])
    allowed = {name for name, url in urls.items() if client.post(url).status_code not in (404, 405)}
    assert allowed == {name for name, (_readers, actors) in ADDRESSES.items() if actors and role in actors}


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_visitors_are_sent_to_log_in(client, urls, name):
    readers, _actors = ADDRESSES[name]
    response = client.get(urls[name]) if readers else client.post(urls[name])
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:login"))


def test_list_of_sheets_is_empty_for_those_without_a_unit(client, people, urls):
    for role in ROLES - OWN - {"neighbour"}:
        client.force_login(people[role])
        assert client.get(reverse("assessments:sheets")).context["assessments"] == []


def test_appraiser_sees_no_evidence_before_submission(client, people, urls, desk):
    Assessment.objects.filter(pk=desk.sheet.pk).update(status=Assessment.Status.DRAFT)
    client.force_login(people["appraiser"])
    assert client.get(urls["assessments:download"]).status_code == 404


def test_appraiser_of_their_own_unit_sees_no_more_than_the_unit(desk, people):
    assign_perm("assessments.score_unit", people["appraiser"], desk.sheet.unit)
    granted = Assessment.objects.granted_for_appraisal_to(people["appraiser"])
    assert list(granted) == []


def test_leaf_of_another_set_is_not_found(client, desk):
    client.force_login(desk.officer)
    assert client.post(reverse("assessments:record", args=[desk.sheet.pk, 999_999])).status_code == 404


def test_forged_post_for_a_leaf_outside_the_sheet_writes_nothing(client, people, desk):
    client.force_login(people["neighbour"])
    url = reverse("assessments:record", args=[desk.sheet.pk, desk.leaf("1.4").pk])
    assert client.post(url, {"f0": "3", "version": "0"}).status_code == 404
    assert not Score.objects.exists()


def test_evidence_of_another_sheet_cannot_be_taken_off_through_ones_own(client, people, desk):
    client.force_login(desk.officer)
    theirs = EvidenceLinkFactory(evidence__assessment=AssessmentFactory(block=desk.sheet.block))
    url = reverse("assessments:remove", args=[desk.sheet.pk, theirs.pk])
    assert client.post(url).status_code == 404
    theirs.refresh_from_db()


def test_lists_of_the_querysets_hold_no_stranger(desk, people, django_assert_num_queries):
    ScoreFactory(assessment=desk.sheet)
    with django_assert_num_queries(1):
        assert list(Assessment.objects.visible_to(people["officer"])) == [desk.sheet]
    with django_assert_num_queries(1):
        assert list(Assessment.objects.scorable_by(people["leader"])) == []
    with django_assert_num_queries(1):
        assert list(Assessment.objects.submittable_by(people["officer"])) == []
    assert set(Assessment.objects.visible_to(people["manager"])) == set(Assessment.objects.all())
    assert list(Assessment.objects.visible_to(people["superuser"])) == []
