from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from assessments.models import Evidence, EvidenceLink
from councils import presenting, queries
from tests.factories import (
    AT,
    BlockFactory,
    CycleFactory,
    LedgerEntryFactory,
    ScoreFactory,
    UserFactory,
    leaf,
)
from tests.factories import AssessmentFactory as Sheet


@pytest.fixture
def hints(room):
    """The titles of the hints on a leaf of the first unit, in English: `hints("1.1")`."""

    def titles(code: str = "1.1") -> list[tuple[str, str]]:
        desk = queries.unit_desk(room.member.user, room.first, AT)
        view = queries.leaf_desk(room.member.user, desk, desk.row(room.leaf(code).pk))
        with translation.override("en"):
            return [(hint.state, hint.title) for hint in presenting.hints(view, room.first)]

    return titles


def score(room, code="1.1", **values) -> None:
    room.first.scores.filter(criterion=room.leaf(code)).update(**values)


def attach(room, issued_on: date) -> None:
    evidence = Evidence.objects.create(
        assessment=room.first, number="412/BC", issued_on=issued_on, created_by=UserFactory(), created_at=AT
    )
    EvidenceLink.objects.create(evidence=evidence, criterion=room.leaf("1.1"))


def test_hints_are_silent_where_all_is_well(hints):
    assert hints() == []


def test_hints_say_that_typed_points_differ_from_the_rule(room, hints):
    score(room, points=Decimal(4))

    assert hints() == [("att", "The typed points differ from the rule.")]


def test_hints_say_that_declared_data_do_not_fit_the_rule(room, hints):
    score(room, declared=["97"])

    assert hints() == [("att", "The declared data do not fit the rule.")]


def test_hints_say_that_the_leaf_is_blank(room, hints):
    score(room, declared=None, points=None)

    assert hints() == [("att", "The unit gave no points.")]


def test_hints_say_that_the_unit_claims_not_applicable(room, hints):
    score(room, declared=["0", "0"], points=None, not_applicable=True)

    assert hints() == [("att", "The unit says that this criterion does not apply to it.")]


@pytest.mark.parametrize(
    ("account", "title"),
    [("Theo báo cáo quý", "No evidence, only an account."), ("", "Neither evidence nor account.")],
)
def test_hints_say_what_backs_the_points_too_little(room, hints, account, title):
    score(room, evidence_note="", account=account)

    assert hints() == [("att", title)]


@pytest.mark.parametrize(
    ("issued_on", "hint"),
    [
        (date(2024, 12, 31), ("att", "A document lies outside the assessed period.")),
        (date(2025, 1, 1), ("ok", "All dated documents lie within the assessed period.")),
        (date(2025, 12, 31), ("ok", "All dated documents lie within the assessed period.")),
        (date(2026, 1, 1), ("att", "A document lies outside the assessed period.")),
    ],
)
def test_hints_look_at_the_dates_of_the_documents(room, hints, issued_on, hint):
    attach(room, issued_on)

    assert hints() == [hint]


def test_hints_remember_what_the_council_took_off_last_year(room, hints):
    last_year = CycleFactory(owner=room.cycle.owner, year=2024, published_at=AT)
    block = BlockFactory(cycle=last_year, version=room.block.version)
    before = Sheet(block=block, unit=room.first.unit, status=Sheet._meta.model.Status.FINALISED)
    for code in ("1.1", "1.2"):
        criterion = leaf(before, code)
        ScoreFactory(assessment=before, criterion=criterion, points=Decimal(2))
        LedgerEntryFactory(assessment=before, criterion=criterion, points=Decimal(1), reason="Muộn")

    # 1.1 is below its maximum this year, 1.2 at it.
    assert hints("1.1") == []
    assert hints("1.2") == [("att", "Full points after a cut last year.")]


def test_hints_say_nothing_of_leaves_that_the_unit_does_not_score(hints):
    assert hints("2.1") == []


def test_decided_text_names_leaf_and_points(decide):
    with translation.override("vi"):
        assert "3,88" in presenting.decided_text("1.1", decide("accept", "1.1"))
