"""A small council at work: one block, three units, the appraisal open."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from assessments.models import Assessment, Block, Cycle, Step, Unit
from councils import services
from councils.models import Member
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    ScoreFactory,
    UnitFactory,
    UserFactory,
    leaf,
    open_step,
)

SELF_LEAVES = {
    "1.1": (["97", "100"], Decimal("3.88")),
    "1.2": (["Tốt"], Decimal(2)),
    "1.3": (["có"], Decimal(1)),
    "1.4": (["2.5"], Decimal("2.5")),
}
"""What every unit declares for the leaves it scores itself, and the points that the rules give for it."""

REQUIRED = (*SELF_LEAVES, "2.1")


@dataclass
class CouncilRoom:
    """`home` is the agency of the member's seat and itself one of the units that are assessed."""

    cycle: Cycle
    block: Block
    home: Assessment
    first: Assessment
    second: Assessment
    member: Member
    chair: Member
    manager: object

    def leaf(self, code: str):
        return leaf(self.first, code)

    def seat(self, role=Member.Role.MEMBER, agency: Unit | None = None, **assignment) -> Member:
        """A further member, assigned as told (`criterion="1"`, `unit=…`), or not at all."""
        member = services.appoint(
            cycle_id=self.cycle.pk, user=UserFactory(), role=role, agency=agency, by=self.manager, at=AT
        )
        if assignment:
            code = assignment.pop("criterion", None)
            services.assign(
                member_id=member.pk,
                block=self.block,
                criterion=self.leaf(code) if code else None,
                by=self.manager,
                at=AT,
                **assignment,
            )
        return member


def submitted(block: Block, unit: Unit, position: int) -> Assessment:
    assessment = AssessmentFactory(
        block=block, unit=unit, position=position, status=Assessment.Status.SUBMITTED, submitted_at=AT
    )
    for code, (declared, points) in SELF_LEAVES.items():
        ScoreFactory(
            assessment=assessment, criterion=leaf(assessment, code), declared=declared, points=points
        )
    return assessment


@pytest.fixture
def room(db) -> CouncilRoom:
    return make_room()


def make_room() -> CouncilRoom:
    cycle = CycleFactory(code="2025")
    block = BlockFactory(cycle=cycle, code="SO", name="Khối sở")
    home, first, second = (
        submitted(block, UnitFactory(parent=cycle.owner, code=code, name=name), position)
        for position, (code, name) in enumerate(
            [("SO02", "Sở Nội vụ"), ("SO07", "Sở Xây dựng"), ("SO08", "Sở Tư pháp")]
        )
    )
    open_step(cycle, Step.Kind.APPRAISAL_1)
    manager = UserFactory(username="quan-ly")
    member = services.appoint(
        cycle_id=cycle.pk,
        user=UserFactory(username="oanh", full_name="Vũ Thị Kim Oanh"),
        role=Member.Role.MEMBER,
        agency=home.unit,
        by=manager,
        at=AT,
    )
    services.assign(member_id=member.pk, block=block, by=manager, at=AT)
    chair = services.appoint(
        cycle_id=cycle.pk,
        user=UserFactory(username="chu-tich"),
        role=Member.Role.CHAIR,
        agency=None,
        by=manager,
        at=AT,
    )
    return CouncilRoom(cycle, block, home, first, second, member, chair, manager)


@pytest.fixture
def decide(room):
    """Take the newest view of a leaf and decide it by a service: `decide("accept", "1.1")`."""

    def call(name: str, code: str, *, assessment: Assessment | None = None, by=None, at=AT, **arguments):
        assessment = assessment or room.first
        criterion = room.leaf(code)
        newest = assessment.ledger.filter(criterion=criterion).order_by("-id").first()
        arguments.setdefault("seen_entry_id", newest.pk if newest else 0)
        return getattr(services, name)(
            assessment_id=assessment.pk,
            criterion_id=criterion.pk,
            by=by or room.member.user,
            at=at,
            **arguments,
        )

    return call


@pytest.fixture
def decide_all(decide):
    """Decide every leaf of a unit that has to be decided."""

    def call(assessment: Assessment | None = None) -> None:
        for code in SELF_LEAVES:
            decide("accept", code, assessment=assessment)
        decide("enter", "2.1", assessment=assessment, points=Decimal(3), reason="")

    return call
