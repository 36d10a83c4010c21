"""Loading the demo, act by act through the same services as people use."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from assessments import services as assessments
from assessments.models import Assessment, Cycle, Step, Unit
from assessments.people import CycleRole, UnitRole, grant_cycle_role, grant_unit_role
from councils import services as councils
from councils.models import Member
from criteria.models import Criterion
from par_index.accounts.demo import PASSWORD
from par_index.accounts.models import User
from par_index.accounts.services import name_administrator
from par_index.results import services as results
from par_index.results.demo import people
from par_index.results.demo.papers import PAPERS
from par_index.results.demo.progress import turned_back
from par_index.results.workbook import importer, reader
from surveys import services as surveys

BOOKS = Path(__file__).parent
GROUPS = (
    ("HDND", "Đại biểu Hội đồng nhân dân tỉnh", "phieu-hdnd"),
    ("NGUOIDAN", "Người dân, tổ chức có giao dịch thủ tục hành chính", "phieu-nguoi-dan"),
)


class DemoExists(Exception):
    """The database is not empty: the demo is loaded once, into a portal without any cycle."""


def load(*, at: datetime) -> None:
    """
    Load the whole demo; files and rows, all or nothing.

    :raises DemoExists: there is a cycle already
    """
    if Cycle.objects.exists():
        raise DemoExists
    with transaction.atomic():
        persons = {person.username: _account(person, at) for person in people.EVERYBODY}
        manager = persons[people.MANAGER.username]
        owner = Unit.objects.create(code=importer.OWNER_CODE, name=settings.BODY_NAME)
        last_year = _import("tinh-mau-2024.xlsx", owner, at - timedelta(days=365))
        this_year = _import("tinh-mau-2025.xlsx", owner, at - timedelta(days=20), under_way=True)
        _give_roles(persons, owner, (last_year, this_year), at)
    _publish(last_year, at)
    with transaction.atomic():
        _schedule(this_year, at)
        _seat_council(this_year, persons, manager, at)
        _prepare_survey(this_year, manager, at)
        _submit_with_papers(this_year, persons, at)


def _account(person: people.Person, at: datetime) -> User:
    user = User.objects.create_user(
        username=person.username,
        password=PASSWORD,
        full_name=person.full_name,
        position=person.position,
        email=f"{person.username}@example.vn",
    )
    if person is people.ADMINISTRATOR:
        name_administrator(user=user, by=None, at=at)
    return user


def _import(name: str, owner: Unit, at: datetime, *, under_way: bool = False) -> Cycle:
    """As the operator: what the book says was scored and decided stands under no demo person's name."""
    book = reader.read(BOOKS / name)
    cycle = importer.store(turned_back(book) if under_way else book, owner=owner, by=None, at=at)
    cycle.is_demo = True
    cycle.save(update_fields=["is_demo"])
    return cycle


def _give_roles(persons: dict[str, User], owner: Unit, cycles: Iterable[Cycle], at: datetime) -> None:
    for person, cycle_role in ((people.MANAGER, CycleRole.MANAGER), (people.AUDITOR, CycleRole.AUDITOR)):
        for cycle in cycles:
            grant_cycle_role(user=persons[person.username], cycle=cycle, role=cycle_role, by=None, at=at)
    for group, unit_role in ((people.OFFICERS, UnitRole.OFFICER), (people.LEADERS, UnitRole.LEADER)):
        for person in group:
            unit = Unit.objects.get(parent=owner, code=person.unit)
            grant_unit_role(user=persons[person.username], unit=unit, role=unit_role, by=None, at=at)


def _publish(cycle: Cycle, at: datetime) -> None:
    run = results.consolidate(cycle_id=cycle.pk, by=None, at=at)
    results.confirm(consolidation_id=run.pk, by=None, at=at)
    results.publish(
        consolidation_id=run.pk,
        decision_number="512/QĐ-UBND",
        decision_date=date(cycle.year + 1, 3, 31),
        signer="Chủ tịch UBND tỉnh",
        by=None,
        at=at,
    )


def _schedule(cycle: Cycle, at: datetime) -> None:
    """Self-scoring began three weeks ago and ends in ten days; the council has begun with the early sheets."""
    today = timezone.localtime(at).date()
    plan = {
        Step.Kind.SELF_ASSESSMENT: (-20, 10),
        Step.Kind.APPRAISAL_1: (-3, 40),
        Step.Kind.SURVEY: (-10, 50),
        Step.Kind.MEETING: (55, 56),
        Step.Kind.APPROVAL: (57, 70),
        Step.Kind.PUBLICATION: (71, 75),
    }
    for kind, (start, end) in plan.items():
        step, _created = Step.objects.get_or_create(cycle=cycle, kind=kind)
        step.starts_at, step.ends_at = _moment(today, start, 8), _moment(today, end, 17)
        step.opened_at = step.starts_at if start < 0 else None
        step.closed_at = None
        step.save()


def _moment(today: date, days: int, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(today + timedelta(days=days), time(hour)))


def _seat_council(cycle: Cycle, persons: dict[str, User], manager: User, at: datetime) -> None:
    seats: Iterable[tuple[people.Person, str]] = (
        (people.CHAIR, Member.Role.CHAIR),
        (people.SECRETARY, Member.Role.SECRETARY),
        *((person, Member.Role.MEMBER) for person in people.MEMBERS),
    )
    for person, role in seats:
        agency = Unit.objects.filter(parent=cycle.owner, code=person.unit).first()
        councils.appoint(
            cycle_id=cycle.pk, user=persons[person.username], role=role, agency=agency, by=manager, at=at
        )
    councils.assign_by_agency(cycle_id=cycle.pk, by=manager, at=at)


def _prepare_survey(cycle: Cycle, manager: User, at: datetime) -> None:
    """A questionnaire for each block and group, open for answers; links are made where somebody needs them."""
    for code, name, questionnaire_code in GROUPS:
        group = surveys.add_group(
            cycle_id=cycle.pk, code=code, name=name, weight=Decimal(1), minimum=5, by=manager, at=at
        )
        for block in cycle.blocks.all():
            questionnaire = surveys.create_questionnaire(
                cycle_id=cycle.pk,
                block_id=block.pk,
                group_id=group.pk,
                code=f"{questionnaire_code}-{block.code.lower()}",
                title=f"Phiếu khảo sát {block.name[0].lower()}{block.name[1:]} năm {cycle.year}",
                by=manager,
                at=at,
            )
            surveys.add_questions_for_leaves(questionnaire_id=questionnaire.pk, by=manager, at=at)
            surveys.open_questionnaire(questionnaire_id=questionnaire.pk, by=manager, at=at)


def _submit_with_papers(cycle: Cycle, persons: dict[str, User], at: datetime) -> None:
    """One unit attaches papers, its leader hands the sheet in, so that the council finds something to read."""
    officer, leader = people.OFFICERS[1], people.LEADERS[1]
    sheet = Assessment.objects.select_related("unit", "block").get(cycle=cycle, unit__code=officer.unit)
    for paper in PAPERS:
        assessments.attach_evidence(
            assessment_id=sheet.pk,
            criterion_id=Criterion.objects.get(version=sheet.block.version_id, code=paper.criterion).pk,
            files=[paper.file(sheet.unit.name)],
            document=paper.document(sheet.unit.name),
            place=paper.place,
            by=persons[officer.username],
            at=at,
        )
    assessments.submit(assessment_id=sheet.pk, by=persons[leader.username], at=at)
