"""Each address of the council for each role: who may open it, everybody else gets 404."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments.models import Evidence, EvidenceFile, EvidenceLink
from councils import services
from tests.factories import AT, AssessmentFactory, BlockFactory, UserFactory

MEMBER, AREA, CHAIR = "member", "member of area 2", "chair"
OWN, OTHER_BLOCK, ELSEWHERE = "member from the unit", "member of another block", "member of another cycle"
OFFICER, MANAGER, AUDITOR, ROOT = "officer of the unit", "manager", "auditor", "superuser"
SEATED = {MEMBER, AREA, CHAIR, OWN, OTHER_BLOCK}
ROLES = (*sorted(SEATED), ELSEWHERE, OFFICER, MANAGER, AUDITOR, ROOT)

ALLOWED = {
    "start": SEATED | {ELSEWHERE},
    "worklist": SEATED,
    "unit": {MEMBER, AREA, CHAIR},
    "leaf": {MEMBER, CHAIR},
    "accept": {MEMBER},
    "decide": {MEMBER},
    "trial": {MEMBER},
    "accept_many": {MEMBER, AREA, CHAIR},
    "finalise": {MEMBER, CHAIR},
    "preview": {MEMBER, AREA, CHAIR},
    "council_start": {MANAGER, AUDITOR},
    "council": {MANAGER, AUDITOR},
    "appoint": {MANAGER},
    "dismiss": {MANAGER},
    "assign": {MANAGER},
    "assign_by_agency": {MANAGER},
    "unassign": {MANAGER},
}
"""Address name → the roles that may use it for the unit “Sở Xây dựng”, its leaf 1.1 and its cycle."""

POSTED = {"accept", "decide", "trial", "appoint", "assign", "assign_by_agency", "unassign"}


@dataclass
class World:
    people: dict[str, object]
    arguments: dict[str, list]
    room: object


@pytest.fixture
def world(room) -> World:
    other = AssessmentFactory(block=BlockFactory(cycle=room.cycle), unit__name="Xã khác")
    seat_elsewhere = room.seat()
    services.assign(member_id=seat_elsewhere.pk, block=other.block, by=room.manager, at=AT)
    people = {
        MEMBER: room.member.user,
        AREA: room.seat(criterion="2").user,
        CHAIR: room.chair.user,
        OWN: room.seat(agency=room.first.unit, unit=None, criterion="1").user,
        OTHER_BLOCK: seat_elsewhere.user,
        ELSEWHERE: _member_of_another_cycle(room),
        OFFICER: UserFactory(),
        MANAGER: room.manager,
        AUDITOR: UserFactory(),
        ROOT: UserFactory(is_superuser=True, is_staff=True),
    }
    assign_perm("assessments.score_unit", people[OFFICER], room.first.unit)
    assign_perm("assessments.manage_cycle", people[MANAGER], room.cycle)
    assign_perm("assessments.audit_cycle", people[AUDITOR], room.cycle)
    leaf = [room.first.pk, room.leaf("1.1").pk]
    code = room.cycle.code
    arguments = {
        "start": [],
        "worklist": [code],
        "unit": leaf[:1],
        "accept_many": leaf[:1],
        "finalise": leaf[:1],
        "leaf": leaf,
        "accept": leaf,
        "decide": leaf,
        "trial": leaf,
        "preview": [_pdf(room, people[OFFICER]).pk],
        "council_start": [],
        "council": [code],
        "appoint": [code],
        "dismiss": [code, room.member.pk],
        "assign": [code],
        "assign_by_agency": [code],
        "unassign": [code, room.member.assignments.get().pk],
    }
    return World(people, arguments, room)


def _member_of_another_cycle(room):
    other = AssessmentFactory()
    user = UserFactory()
    member = services.appoint(
        cycle_id=other.cycle.pk, user=user, role="chair", agency=None, by=room.manager, at=AT
    )
    services.assign(member_id=member.pk, block=other.block, by=room.manager, at=AT)
    return user


def _pdf(room, officer) -> EvidenceFile:
    evidence = Evidence.objects.create(assessment=room.first, created_by=officer, created_at=AT)
    EvidenceLink.objects.create(evidence=evidence, criterion=room.leaf("1.1"))
    return EvidenceFile.objects.create(
        evidence=evidence,
        file=ContentFile(b"%PDF-1.7", name="a.pdf"),
        original_name="Báo cáo.pdf",
        size=8,
        digest="0" * 64,
        content_type="application/pdf",
        uploaded_by=officer,
        uploaded_at=AT,
    )


@pytest.mark.parametrize("name", ALLOWED)
def test_address_is_found_by_its_roles_alone(client, world, name):
    address = reverse(f"councils:{name}", args=world.arguments[name])
    data = {"seen": "0", "way": "diem", "points": "3.88"}

    # Refused first: an act that is done once cannot be tried again by the next.
    found = {}
    for role in sorted(ROLES, key=lambda role: role in ALLOWED[name]):
        client.force_login(world.people[role])
        response = client.post(address, data) if name in POSTED else client.get(address)
        found[role] = response.status_code != 404

    assert found == {role: role in ALLOWED[name] for role in ROLES}


@pytest.mark.parametrize("name", ALLOWED)
def test_address_sends_a_visitor_to_log_in(client, world, name):
    address = reverse(f"councils:{name}", args=world.arguments[name])

    response = client.post(address) if name in POSTED else client.get(address)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:login"))


def test_accept_many_of_a_leaf_of_somebody_elses_area_is_not_found(client, world):
    room = world.room
    client.force_login(world.people[AREA])

    response = client.post(
        reverse("councils:accept_many", args=[room.first.pk]), {"tc": f"{room.leaf('1.1').pk}:0"}
    )

    assert response.status_code == 404
    assert not room.first.ledger.exists()


def test_finalise_by_a_member_of_one_area_is_not_found(client, world, decide_all):
    decide_all()
    client.force_login(world.people[AREA])

    response = client.post(reverse("councils:finalise", args=[world.room.first.pk]))

    assert response.status_code == 404


def test_worklist_says_nothing_of_the_members_own_unit(client, world):
    client.force_login(world.people[OWN])

    page = client.get(reverse("councils:worklist", args=[world.room.cycle.code])).content.decode()

    assert "Sở Tư pháp" in page
    assert "Sở Xây dựng" not in page


def test_mean_of_the_block_says_nothing_of_the_members_own_unit(client, world):
    room = world.room
    room.first.scores.filter(criterion=room.leaf("1.1")).update(points=Decimal(0))
    client.force_login(world.people[OWN])

    page = client.get(reverse("councils:leaf", args=[room.second.pk, room.leaf("1.1").pk]))

    assert page.context["leaf"].mean.units == 2
    assert page.context["leaf"].mean.points == Decimal("3.88")
