import pytest

from assessments.models import Assessment
from tests.factories import AssessmentFactory, BlockFactory, UnitFactory, make_questionnaire


@pytest.fixture
def block(db):
    return BlockFactory(code="SO", name="Khối sở, ban, ngành")


@pytest.fixture
def assessments(block) -> list[Assessment]:
    """Three units of the block: S1, S2, S3."""
    return [
        AssessmentFactory(
            block=block,
            position=position,
            unit=UnitFactory(parent=block.cycle.owner, code=f"S{position}", name=f"Sở {position}"),
        )
        for position in (1, 2, 3)
    ]


@pytest.fixture
def unit(assessments):
    return assessments[0].unit


@pytest.fixture
def questionnaire(block, assessments):
    """Open, with one question on the block's survey leaf 2.2."""
    return make_questionnaire(block)
