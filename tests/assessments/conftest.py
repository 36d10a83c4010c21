"""A cycle in which self-scoring is open until 22/12/2025, with one unit's sheet and the people of that unit."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Cycle, EvidenceLink, Score, Step
from tests.factories import AssessmentFactory, ScoreFactory, UserFactory, leaf, open_step

DEADLINE = datetime(2025, 12, 22, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """One sheet, and who has to do with it. Leaves by code: `desk.leaf("1.1")`."""

    sheet: Assessment
    step: Step
    officer: object
    leader: object
    manager: object

    def leaf(self, code: str):
        return leaf(self.sheet, code)

    def complete(self) -> None:
        """Score every leaf of the unit, each with a note on its evidence."""
        values = {"1.1": (["100", "100"], 4), "1.2": (["Tốt"], 2), "1.3": (["có"], 1), "1.4": (["3"], 3)}
        for code, (declared, points) in values.items():
            ScoreFactory(assessment=self.sheet, criterion=self.leaf(code), declared=declared, points=points)

    def score(self, code: str) -> Score:
        return Score.objects.get(assessment=self.sheet, criterion__code=code)

    def links(self) -> list[EvidenceLink]:
        return list(EvidenceLink.objects.filter(evidence__assessment=self.sheet).order_by("id"))


@pytest.fixture
def desk(db) -> Desk:
    return make_desk()


def make_desk() -> Desk:
    sheet = AssessmentFactory(unit__name="Sở Xây dựng")
    step = open_step(sheet.cycle, Step.Kind.SELF_ASSESSMENT, ends_at=DEADLINE)
    officer, leader, manager = UserFactory(full_name="Lê Minh Ước"), UserFactory(), UserFactory()
    assign_perm("assessments.score_unit", officer, sheet.unit)
    assign_perm("assessments.lead_unit", leader, sheet.unit)
    assign_perm("assessments.manage_cycle", manager, Cycle.objects.get(pk=sheet.cycle_id))
    return Desk(sheet, step, officer, leader, manager)
