"""Each address of results for each role: who may use it; everybody else gets 404, the anonymous the log-in page."""

from dataclasses import dataclass

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments.models import Cycle
from councils.models import Member
from par_index.results import services
from par_index.results.models import Consolidation
from tests.factories import CouncilFactory, MemberFactory, UserFactory, complete_cycle

pytestmark = pytest.mark.django_db

MANAGER, AUDITOR, CHAIR, SECRETARY, MEMBER = "manager", "auditor", "chair", "secretary", "member"
LEADER, OFFICER, ELSEWHERE, ROOT = "leader", "officer", "manager and chair elsewhere", "superuser"
ROLES = (MANAGER, AUDITOR, CHAIR, SECRETARY, MEMBER, LEADER, OFFICER, ELSEWHERE, ROOT)

ALLOWED = {
    "desk": {MANAGER, AUDITOR, CHAIR},
    "run": {MANAGER, AUDITOR, CHAIR},
    "consolidate": {MANAGER, CHAIR},
    "confirm": {CHAIR},
    "publish": {MANAGER},
}
"""Address name → the roles that may use it for the cycle and its run."""

POSTED = {"consolidate"}
PUBLIC = ("index", "ranking", "unit", "download")


@dataclass
class World:
    cycle: Cycle
    run: Consolidation
    people: dict[str, object]

    def url(self, name: str) -> str:
        arguments = [self.cycle.code] if name in ("desk", "consolidate") else [self.cycle.code, self.run.pk]
        return reverse(f"results:{name}", args=arguments)


@pytest.fixture
def world(at) -> World:
    cycle, other = complete_cycle(code="KY2025"), complete_cycle(code="KHAC")
    people = {role: UserFactory(username=role) for role in ROLES}
    unit = cycle.assessments.first().unit
    assign_perm("assessments.manage_cycle", people[MANAGER], cycle)
    assign_perm("assessments.audit_cycle", people[AUDITOR], cycle)
    assign_perm("assessments.lead_unit", people[LEADER], unit)
    assign_perm("assessments.score_unit", people[OFFICER], unit)
    assign_perm("assessments.manage_cycle", people[ELSEWHERE], other)
    council = CouncilFactory(cycle=cycle)
    for role in (Member.Role.CHAIR, Member.Role.SECRETARY, Member.Role.MEMBER):
        MemberFactory(council=council, user=people[role], role=role)
    MemberFactory(council=CouncilFactory(cycle=other), user=people[ELSEWHERE], role=Member.Role.CHAIR)
    people[ROOT].is_superuser = people[ROOT].is_staff = True
    people[ROOT].save()
    return World(cycle, services.consolidate(cycle_id=cycle.pk, by=None, at=at), people)


@pytest.mark.parametrize("name", ALLOWED)
def test_address_opens_for_its_roles_alone(world, client, name):
    found = {}
    for role in ROLES:
        client.force_login(world.people[role])
        answer = client.post(world.url(name)) if name in POSTED else client.get(world.url(name))
        assert answer.status_code in (200, 302, 404)
        found[role] = answer.status_code != 404

    assert found == {role: role in ALLOWED[name] for role in ROLES}


@pytest.mark.parametrize("name", ALLOWED)
def test_address_sends_the_anonymous_to_log_in(world, client, name):
    answer = client.post(world.url(name)) if name in POSTED else client.get(world.url(name))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:login"))


@pytest.mark.parametrize("name", ["confirm", "publish"])
def test_act_is_refused_to_those_who_may_only_look(world, client, name):
    for role in set(ROLES) - ALLOWED[name]:
        client.force_login(world.people[role])
        assert client.post(world.url(name)).status_code == 404

    world.run.refresh_from_db()
    assert world.run.state == Consolidation.State.COMPUTED


def test_run_is_not_found_under_another_cycle(world, client):
    client.force_login(world.people[ELSEWHERE])
    assert client.get(reverse("results:run", args=["KHAC", world.run.pk])).status_code == 404


def test_start_goes_to_the_readers_own_cycle(world, client):
    client.force_login(world.people[ELSEWHERE])
    assert client.get(reverse("results:start")).url == reverse("results:desk", args=["KHAC"])
    client.force_login(world.people[OFFICER])
    assert client.get(reverse("results:start")).status_code == 404


@pytest.mark.parametrize("name", ["ranking", "unit", "download"])
def test_nothing_is_public_before_publication(world, client, name):
    arguments = {"ranking": [], "unit": ["A"], "download": ["results.csv"]}[name]
    for person in (None, *world.people.values()):
        if person:
            client.force_login(person)
        assert client.get(reverse(f"results:{name}", args=["KY2025", *arguments])).status_code == 404
    assert "KY2025" not in client.get(reverse("results:index")).content.decode()
