"""
Every address of the portal for every role, on one world: a cycle under way beside another body's and a published one.

Whoever may not use an address finds nothing there (404); who is not logged in is sent to log in. A new address has to
be entered in `ADDRESSES`, or the first test fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver, reverse
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Step
from assessments.people import CycleRole, UnitRole
from councils import services as councils
from councils.models import Member
from par_index import urls as portal_urls
from par_index.accounts.services import name_administrator
from par_index.core.models import Job
from par_index.results import services as results
from par_index.results import tasks
from par_index.results.models import Consolidation
from par_index.results.workbook import tasks as workbooks
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    EvidenceFileFactory,
    EvidenceLinkFactory,
    ScoreFactory,
    UnitFactory,
    UserFactory,
    complete_cycle,
    leaf,
    make_links,
    make_questionnaire,
    open_step,
)

# The portal's own addresses; what is not found costs no page with a menu, two thousand times over.
urlpatterns = portal_urls.urlpatterns


def handler404(request, exception) -> HttpResponse:
    return HttpResponse(status=404)


pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

MANAGER, AUDITOR, ENUMERATOR = "manager", "auditor", "enumerator"
OFFICER, LEADER, NEIGHBOUR = "officer", "leader", "officer and leader of another unit"
CHAIR, SECRETARY, MEMBER = "chair", "secretary", "member"
CONFLICTED = "member from the unit"
ADMINISTRATOR, ROOT, ELSEWHERE = "administrator", "superuser", "manager and chair of another cycle"
NOBODY, VISITOR = "account without a role", "visitor who is not logged in"

PEOPLE = {MANAGER, AUDITOR, ENUMERATOR, OFFICER, LEADER, NEIGHBOUR, CHAIR, SECRETARY, MEMBER, CONFLICTED}
PEOPLE |= {ADMINISTRATOR, ROOT, ELSEWHERE, NOBODY}
ALL = PEOPLE | {VISITOR}
NONE: set[str] = set()

READERS, OWN = {MANAGER, AUDITOR}, {OFFICER, LEADER}
OVERSEERS = {CHAIR, SECRETARY}
SEATED = OVERSEERS | {MEMBER, CONFLICTED}
ACCOUNTS = {ADMINISTRATOR, ROOT}

# Address → who may read it (GET) and who may act by it (POST), about the unit, the leaf and the cycle of `World`.
ADDRESSES: dict[str, tuple[set[str], set[str]]] = {
    "home": (ALL, NONE),
    "health": (ALL, NONE),
    "set_language": (NONE, ALL),
    "accounts:login": (ALL, ALL),
    "accounts:log_out": (NONE, ALL),
    "accounts:account": (PEOPLE, NONE),
    "accounts:change_password": (PEOPLE, PEOPLE),
    "accounts:people": (ACCOUNTS, NONE),
    "accounts:new_person": (ACCOUNTS, ACCOUNTS),
    "accounts:person": (ACCOUNTS, ACCOUNTS),
    "accounts:reset_password": (ACCOUNTS, ACCOUNTS),
    "accounts:deactivate": (ACCOUNTS, ACCOUNTS),
    "accounts:activate": (NONE, ACCOUNTS),
    "core:job": (READERS | {CHAIR}, NONE),
    "core:gallery": (NONE, NONE),
    "assessments:sheets": (PEOPLE, NONE),
    "assessments:sheet": (OWN | READERS, NONE),
    "assessments:submit": (OWN, {LEADER}),
    "assessments:record": (NONE, {OFFICER}),
    "assessments:preview": (NONE, {OFFICER}),
    "assessments:history": (OWN | READERS, NONE),
    "assessments:attach": ({OFFICER}, {OFFICER}),
    "assessments:remove": ({OFFICER}, {OFFICER}),
    "assessments:download": (OWN | READERS | OVERSEERS | {MEMBER}, NONE),
    "cycles:cycles": (READERS | {ELSEWHERE}, NONE),
    "cycles:cycle": (READERS, NONE),
    "cycles:progress_workbook": (READERS, NONE),
    "cycles:open_step": ({MANAGER}, {MANAGER}),
    "cycles:close_step": ({MANAGER}, {MANAGER}),
    "cycles:send_back": ({MANAGER}, {MANAGER}),
    "cycles:exemptions": (READERS, {MANAGER}),
    "cycles:withdraw": (NONE, {MANAGER}),
    "people:people": (READERS, {MANAGER}),
    "people:unit": (READERS, {MANAGER}),
    "people:revoke_in_cycle": ({MANAGER}, {MANAGER}),
    "people:revoke_in_unit": ({MANAGER}, {MANAGER}),
    "councils:start": (SEATED | {ELSEWHERE}, NONE),
    "councils:worklist": (SEATED, NONE),
    "councils:unit": (OVERSEERS | {MEMBER}, NONE),
    "councils:accept_many": (OVERSEERS | {MEMBER}, {MEMBER}),
    "councils:finalise": (OVERSEERS | {MEMBER}, OVERSEERS | {MEMBER}),
    "councils:leaf": (OVERSEERS | {MEMBER}, NONE),
    "councils:accept": (NONE, {MEMBER}),
    "councils:decide": (NONE, {MEMBER}),
    "councils:trial": (NONE, {MEMBER}),
    "councils:preview": (OVERSEERS | {MEMBER}, NONE),
    "councils:council_start": (READERS | {ELSEWHERE}, NONE),
    "councils:council": (READERS, NONE),
    "councils:appoint": (NONE, {MANAGER}),
    "councils:dismiss": ({MANAGER}, {MANAGER}),
    "councils:assign": (NONE, {MANAGER}),
    "councils:assign_by_agency": (NONE, {MANAGER}),
    "councils:unassign": (NONE, {MANAGER}),
    "surveys:thanks": (ALL, NONE),
    "surveys:form": (ALL, ALL),
    "surveys:index": (READERS | {ELSEWHERE}, NONE),
    "surveys:desk": (READERS, NONE),
    "surveys:group_add": ({MANAGER}, {MANAGER}),
    "surveys:group_change": ({MANAGER}, {MANAGER}),
    "surveys:questionnaire_add": ({MANAGER}, {MANAGER}),
    "surveys:import": ({MANAGER}, {MANAGER}),
    "surveys:tally": ({MANAGER}, {MANAGER}),
    "surveys:results": (READERS, NONE),
    "surveys:external": ({MANAGER}, {MANAGER}),
    "surveys:questionnaire": (READERS, NONE),
    "surveys:questionnaire_change": ({MANAGER}, {MANAGER}),
    "surveys:questionnaire_delete": ({MANAGER}, {MANAGER}),
    "surveys:questionnaire_open": ({MANAGER}, {MANAGER}),
    "surveys:questionnaire_close": ({MANAGER}, {MANAGER}),
    "surveys:preview": (READERS, NONE),
    "surveys:standard_questions": (NONE, {MANAGER}),
    "surveys:question_add": ({MANAGER}, {MANAGER}),
    "surveys:question_change": ({MANAGER}, {MANAGER}),
    "surveys:question_remove": ({MANAGER}, {MANAGER}),
    "surveys:links": ({MANAGER}, {MANAGER}),
    "surveys:links_file": (NONE, {MANAGER}),
    "results:import": ({MANAGER, ELSEWHERE}, {MANAGER, ELSEWHERE}),
    "results:import_preview": ({MANAGER}, NONE),
    "results:import_confirm": (NONE, {MANAGER}),
    "results:import_put_away": (NONE, {MANAGER}),
    "results:start": (READERS | {CHAIR, ELSEWHERE}, NONE),
    "results:desk": (READERS | {CHAIR}, NONE),
    "results:consolidate": (NONE, {MANAGER, CHAIR}),
    "results:run": (READERS | {CHAIR}, NONE),
    "results:confirm": ({CHAIR}, {CHAIR}),
    "results:publish": ({MANAGER}, {MANAGER}),
    "results:index": (ALL, NONE),
    "results:ranking": (ALL, NONE),
    "results:unit": (ALL, NONE),
    "results:download": (ALL, NONE),
}
READ = [name for name, (readers, _actors) in ADDRESSES.items() if readers]
ACTED = [name for name, (_readers, actors) in ADDRESSES.items() if actors]

FILE = "evidence/to-trinh"


@dataclass(frozen=True)
class Reading:
    response: HttpResponse
    statements: list[str]


@dataclass
class World:
    """`addresses` by name; `sessions` hold the cookie of each role; `form` fits every act far enough to be found."""

    addresses: dict[str, str]
    numbered: dict[str, str]
    sessions: dict[str, str]
    form: dict[str, str]

    _read: dict[tuple[str, str], "Reading"] = field(default_factory=dict)

    def read(self, role: str, name: str) -> "Reading":
        """What the role gets there; asked once for all tests, since reading changes nothing."""
        if (role, name) not in self._read:
            with CaptureQueriesContext(connection) as queries:
                response = self.client(role).get(self.addresses[name])
            self._read[role, name] = Reading(response, [query["sql"] for query in queries])
        return self._read[role, name]

    def client(self, role: str, **options) -> Client:
        client = Client(**options)
        if role != VISITOR:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """One for the whole module, in a transaction around those of its tests, which take back what each of them does."""
    with django_db_blocker.unblock(), taken_back():
        yield make_world()


@pytest.fixture(autouse=True)
def _stored_file():
    """The bytes of the world's one document, in the folder of this test."""
    default_storage.save(FILE, ContentFile(b"%PDF-1.7 thu"))


@contextmanager
def taken_back():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def make_world() -> World:
    cycle = CycleFactory(code="DANG-CHAM")
    block = BlockFactory(cycle=cycle, code="SO", name="Khối sở")
    sheet, neighbour = (
        AssessmentFactory(
            block=block,
            unit=UnitFactory(parent=cycle.owner, code=code, name=name),
            position=position,
            status=Assessment.Status.SUBMITTED,
            submitted_at=AT,
        )
        for position, (code, name) in enumerate([("SXD", "Sở Xây dựng"), ("STP", "Sở Tư pháp")])
    )
    for kind in (Step.Kind.SELF_ASSESSMENT, Step.Kind.APPRAISAL_1):
        open_step(cycle, kind)
    ScoreFactory(assessment=sheet)
    link = EvidenceLinkFactory(evidence__assessment=sheet)
    file = EvidenceFileFactory(evidence=link.evidence, file=FILE)
    elsewhere = AssessmentFactory(block=BlockFactory(cycle=CycleFactory(code="NOI-KHAC")))
    people = {
        role: UserFactory(is_superuser=role == ROOT, is_staff=role == ROOT, full_name=role)
        for role in sorted(PEOPLE)
    }
    by = people[MANAGER]

    name_administrator(user=people[ADMINISTRATOR], by=None, at=AT)
    for role, permission, target in [
        (MANAGER, CycleRole.MANAGER, cycle),
        (AUDITOR, CycleRole.AUDITOR, cycle),
        (ENUMERATOR, CycleRole.ENUMERATOR, cycle),
        (ELSEWHERE, CycleRole.MANAGER, elsewhere.cycle),
        (OFFICER, UnitRole.OFFICER, sheet.unit),
        (LEADER, UnitRole.LEADER, sheet.unit),
        (NEIGHBOUR, UnitRole.OFFICER, neighbour.unit),
        (NEIGHBOUR, UnitRole.LEADER, neighbour.unit),
    ]:
        assign_perm(f"assessments.{permission}", people[role], target)
    seats = {
        role: councils.appoint(cycle_id=at_work.pk, user=people[role], role=seat, agency=agency, by=by, at=AT)
        for role, seat, agency, at_work in [
            (CHAIR, Member.Role.CHAIR, None, cycle),
            (SECRETARY, Member.Role.SECRETARY, None, cycle),
            (MEMBER, Member.Role.MEMBER, None, cycle),
            (CONFLICTED, Member.Role.MEMBER, sheet.unit, cycle),
            (ELSEWHERE, Member.Role.CHAIR, None, elsewhere.cycle),
        ]
    }
    given = {
        role: councils.assign(member_id=seats[role].pk, block=block, by=by, at=AT)
        for role in (MEMBER, CONFLICTED)
    }

    questionnaire = make_questionnaire(block)
    question = questionnaire.questions.first()
    tokens = make_links(questionnaire, sheet.unit, 2)
    published = complete_cycle(code="DA-CONG-BO", year=2024)
    run = results.consolidate(cycle_id=published.pk, by=None, at=AT)
    results.confirm(consolidation_id=run.pk, by=None, at=AT)
    results.publish(
        consolidation_id=run.pk,
        decision_number="512/QĐ-UBND",
        decision_date=date(2025, 3, 16),
        signer="Chủ tịch UBND tỉnh",
        by=None,
        at=AT,
    )
    run = Consolidation.objects.create(cycle=cycle, inputs_digest="0" * 64, computed_at=AT)
    job = Job.objects.create(
        kind="consolidate",
        arguments={"cycle_id": cycle.pk},
        key=tasks.consolidation_key(cycle.pk),
        created_by=by,
        created_at=AT,
    )
    reading = workbooks.ask_to_read(file="imports/ky.xlsx", name="ky.xlsx", body_id=None, by=by, at=AT)

    code, leaf_id, account = cycle.code, leaf(sheet, "1.4").pk, people[NOBODY].pk
    of_sheet, of_leaf = [sheet.pk], [sheet.pk, leaf_id]
    of_cycle, of_questionnaire = [code], [code, questionnaire.pk]
    arguments: dict[str, list] = {name: [] for name in ADDRESSES}
    arguments |= {
        name: {
            "cycles": of_cycle,
            "people": of_cycle,
            "surveys": of_questionnaire,
            "councils": of_leaf,
            "assessments": of_leaf,
        }[name.partition(":")[0]]
        for name in ADDRESSES
        if name.startswith(("cycles:", "people:", "surveys:", "councils:", "assessments:"))
    }
    for name in (
        *("assessments:sheets", "cycles:cycles", "councils:start", "councils:council_start"),
        *("surveys:index", "surveys:thanks"),
    ):
        arguments[name] = []
    for name in ("worklist", "council", "appoint", "assign", "assign_by_agency"):
        arguments[f"councils:{name}"] = of_cycle
    for name in ("desk", "group_add", "questionnaire_add", "import", "tally", "results"):
        arguments[f"surveys:{name}"] = of_cycle
    for name in ("assessments:sheet", "assessments:submit"):
        arguments[name] = of_sheet
    for name in ("unit", "accept_many", "finalise"):
        arguments[f"councils:{name}"] = of_sheet
    for name in ("person", "reset_password", "deactivate", "activate"):
        arguments[f"accounts:{name}"] = [account]
    for name in ("import_preview", "import_confirm", "import_put_away"):
        arguments[f"results:{name}"] = [reading.pk]
    for name in ("run", "confirm", "publish"):
        arguments[f"results:{name}"] = [code, run.pk]
    for name in ("desk", "consolidate"):
        arguments[f"results:{name}"] = of_cycle
    arguments |= {
        "core:job": [job.pk],
        "assessments:remove": [sheet.pk, link.pk],
        "assessments:download": [file.pk],
        "cycles:open_step": [code, Step.Kind.SURVEY],
        "cycles:close_step": [code, Step.Kind.APPRAISAL_1],
        "cycles:send_back": [code, sheet.pk],
        "cycles:exemptions": [code, sheet.pk],
        "cycles:withdraw": [code, *of_leaf],
        "people:unit": [code, sheet.unit_id],
        "people:revoke_in_cycle": [code, CycleRole.AUDITOR, people[AUDITOR].pk],
        "people:revoke_in_unit": [code, sheet.unit_id, UnitRole.OFFICER, people[OFFICER].pk],
        "councils:preview": [file.pk],
        "councils:dismiss": [code, seats[MEMBER].pk],
        "councils:unassign": [code, given[MEMBER].pk],
        "surveys:form": [tokens[0]],
        "surveys:group_change": [code, questionnaire.group_id],
        "surveys:external": [code, block.pk, leaf(sheet, "2.3").pk],
        "surveys:question_change": [*of_questionnaire, question.pk],
        "surveys:question_remove": [*of_questionnaire, question.pk],
        "results:ranking": [published.code],
        "results:unit": [published.code, "A"],
        "results:download": [published.code, "results.csv"],
    }
    return World(
        addresses={name: reverse(name, args=arguments[name]) for name in ADDRESSES},
        numbered={
            name: reverse(name, args=[2**70 if isinstance(each, int) else each for each in values])
            for name, values in arguments.items()
            if any(isinstance(each, int) for each in values)
        },
        sessions={role: _session(user) for role, user in people.items()},
        form={"seen": "0", "tc": f"{leaf_id}:0", "tokens": tokens[1]},
    )


def _session(user) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def is_found(response: HttpResponse) -> bool:
    """Whether there is something behind the address for the reader; else they may log in, or find nothing."""
    sent_to_log_in = response.status_code == 302 and "?next=" in response["Location"]
    return not sent_to_log_in and response.status_code not in (404, 405)


def names_in(resolver, *namespaces: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from names_in(pattern, *namespaces, *filter(None, [pattern.namespace]))
        else:
            yield ":".join((*namespaces, pattern.name))


def test_every_address_stands_in_the_table():
    assert sorted(names_in(get_resolver())) == sorted(ADDRESSES)


@pytest.mark.parametrize("name", ADDRESSES)
def test_address_is_read_by_its_roles_alone(world, name):
    found = {role for role in ALL if is_found(world.read(role, name).response)}

    assert found == ADDRESSES[name][0]


@pytest.mark.parametrize("name", ADDRESSES)
def test_act_is_done_by_its_roles_alone(world, name):
    found = set()
    for role in ALL:
        with taken_back():
            if is_found(world.client(role).post(world.addresses[name], world.form)):
                found.add(role)

    assert found == ADDRESSES[name][1]


@pytest.mark.parametrize("name", sorted({*READ, *ACTED}))
def test_visitor_is_sent_to_log_in(world, name):
    readers, actors = ADDRESSES[name]
    visitor = world.client(VISITOR)

    answers = []
    if readers and VISITOR not in readers:
        answers.append(world.read(VISITOR, name).response)
    if actors and VISITOR not in actors:
        answers.append(visitor.post(world.addresses[name], world.form))

    for answer in answers:
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("accounts:login"))


@pytest.mark.parametrize("name", READ)
def test_reading_writes_nothing(world, name):
    for role in ADDRESSES[name][0] - {VISITOR}:
        statements = world.read(role, name).statements

        assert [each for each in statements if each.startswith(("INSERT", "UPDATE", "DELETE"))] == []


@pytest.mark.parametrize("name", ACTED)
def test_act_without_the_forms_token_is_refused(world, name):
    role = min(ADDRESSES[name][1])

    answer = world.client(role, enforce_csrf_checks=True).post(world.addresses[name], world.form)

    assert answer.status_code == 403


@pytest.mark.parametrize("name", READ)
def test_page_of_somebody_logged_in_is_kept_nowhere(world, name):
    for role in ADDRESSES[name][0] - {VISITOR}:
        answer = world.read(role, name).response

        if name == "results:download":  # the same bytes for everybody
            assert "public" in answer["Cache-Control"]
        else:
            assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def test_number_too_large_for_the_database_is_not_found(world):
    for name, address in world.numbered.items():
        readers, actors = ADDRESSES[name]
        for role in readers & {MANAGER, OFFICER, MEMBER, ADMINISTRATOR}:
            assert world.client(role).get(address).status_code == 404, (name, role)
        for role in actors & {MANAGER, OFFICER, MEMBER, ADMINISTRATOR}:
            assert world.client(role).post(address, world.form).status_code == 404, (name, role)
