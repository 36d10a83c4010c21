from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from assessments.models import Cycle, Exemption, LedgerEntry
from criteria.scoring.merging import MissingKind, Stage
from par_index.core.models import AuditEntry
from par_index.results import services
from par_index.results.checklist import Incomplete
from par_index.results.models import (
    AreaResult,
    Consolidation,
    Document,
    LeafResult,
    Publication,
    UnitResult,
)
from tests.factories import (
    AssessmentFactory,
    LedgerEntryFactory,
    ScoreFactory,
    UserFactory,
    complete_cycle,
    decide,
    leaf,
    measure,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

DECISION = {
    "decision_number": "512/QĐ-UBND",
    "decision_date": date(2026, 3, 16),
    "signer": "Chủ tịch UBND tỉnh",
}


@pytest.fixture
def cycle() -> Cycle:
    return complete_cycle()


@pytest.fixture
def confirmed(cycle, at) -> Consolidation:
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    return services.confirm(consolidation_id=run.pk, by=None, at=at)


def sheet_of(cycle: Cycle, code: str):
    return cycle.assessments.get(unit__code=code)


# --- consolidate --------------------------------------------------------------------------------------------------


def test_consolidate_stores_units_in_printed_order(cycle, at):
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    rows = run.units.values_list("order", "rank", "unit_code", "index_percent", "index_unrounded", "band")
    assert list(rows) == [
        (1, 1, "A", Decimal("100.00"), "100.000000000", "Xuất sắc"),
        (2, 2, "B", Decimal("90.00"), "90.0000000000", "Xuất sắc"),
        (3, 3, "C", Decimal("50.00"), "50.0000000000", "Trung bình"),
    ]


def test_consolidate_stores_the_sums_of_a_unit(cycle, at):
    sheet = sheet_of(cycle, "B")
    decide(sheet, "T", 1)
    decide(sheet, "P", 3)

    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    unit = run.units.get(unit_code="B")
    assert (unit.max_points, unit.self_points, unit.appraised_points, unit.survey_points) == (20, 8, 11, 7)
    assert (unit.bonus_points, unit.penalty_points, unit.total_points) == (1, 3, 16)
    assert unit.index_percent == Decimal("80.00")


def test_consolidate_stores_areas_with_ranks_and_leaves_in_order(cycle, at):
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    unit = run.units.get(unit_code="C")
    areas = unit.areas.values_list("position", "code", "max_points", "points", "index_percent", "rank")
    assert list(areas) == [(1, "1", 10, 3, Decimal("30.00"), 3), (2, "2", 10, 7, Decimal("70.00"), 3)]
    leaves = unit.leaves.values_list("code", "area_code", "source", "self_points", "decided_points")
    assert list(leaves) == [
        ("1.1", "1", "self", 0, 0),
        ("1.2", "1", "self", 2, 2),
        ("1.3", "1", "self", 1, 1),
        ("1.4", "1", "self", 0, 0),
        ("2.1", "2", "appraiser", None, 0),
        ("2.2", "2", "survey", None, 5),
        ("2.3", "2", "external", None, 2),
        ("T", "", "bonus", None, 0),
        ("P", "", "penalty", None, 0),
    ]


def test_consolidate_takes_the_newest_decision_of_the_highest_stage(cycle, at):
    sheet = sheet_of(cycle, "A")
    for stage, points in ((Stage.ROUND_1, 1), (Stage.MEETING, 2), (Stage.MEETING, 3), (Stage.ROUND_2, 0)):
        LedgerEntryFactory(
            assessment=sheet, criterion=leaf(sheet, "1.1"), stage=stage, points=points, reason="Biên bản"
        )

    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    decided = LeafResult.objects.get(unit__consolidation=run, unit__unit_code="A", code="1.1")
    assert (decided.self_points, decided.decided_points, decided.reason) == (4, 3, "Biên bản")


def test_consolidate_leaves_what_is_not_applicable_out_of_the_own_maximum(cycle, at):
    sheet = sheet_of(cycle, "C")
    Exemption.objects.create(
        assessment=sheet, criterion=leaf(sheet, "1.1"), reason="Không có nhiệm vụ", at=at
    )
    LedgerEntryFactory(
        assessment=sheet,
        criterion=leaf(sheet, "1.4"),
        points=None,
        not_applicable=True,
        reason="Theo đề nghị",
    )

    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    unit = run.units.get(unit_code="C")
    assert (unit.max_points, unit.total_points) == (13, 10)
    found = unit.leaves.filter(applicable=False).values_list("code", "decided_points", "reason")
    assert list(found) == [("1.1", None, "Không có nhiệm vụ"), ("1.4", None, "Theo đề nghị")]


def test_consolidate_takes_the_newest_measured_result(cycle, at):
    measure(sheet_of(cycle, "A"), "2.2", "1.25")

    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    assert run.units.get(unit_code="A").survey_points == Decimal("3.25")


def test_consolidate_names_a_silent_unit(cycle, at):
    AssessmentFactory(block=cycle.blocks.get(), unit__code="D", unit__name="Sở D", position=9)

    with pytest.raises(Incomplete) as caught:
        services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    missing = {
        gap.kind: [(unit.unit_code, unit.leaves) for unit in gap.units] for gap in caught.value.checklist.gaps
    }
    assert missing == {
        MissingKind.UNDECIDED: [("D", ("1.1", "1.2", "1.3", "1.4", "2.1"))],
        MissingKind.NO_SURVEY: [("D", ("2.2",))],
        MissingKind.NO_EXTERNAL: [("D", ("2.3",))],
    }
    assert not Consolidation.objects.exists()


def test_consolidate_a_second_time_on_equal_inputs_gives_the_first_run(cycle, at):
    first = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    second = services.consolidate(cycle_id=cycle.pk, by=UserFactory(), at=at + timedelta(days=1))

    assert second == first
    assert UnitResult.objects.count() == 3
    assert AuditEntry.objects.filter(action="results.consolidated").count() == 1


def test_consolidate_on_changed_inputs_gives_a_new_run_and_keeps_the_old(cycle, at):
    first = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    decide(sheet_of(cycle, "A"), "1.4", "2.5", reason="Thiếu văn bản")

    second = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    assert second != first
    assert first.units.get(unit_code="A").total_points == 20
    assert second.units.get(unit_code="A").total_points == Decimal("19.5")


# --- confirm ------------------------------------------------------------------------------------------------------


def test_confirm_records_who_and_when(cycle, at):
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    chair = UserFactory()

    services.confirm(consolidation_id=run.pk, by=chair, at=at)

    run.refresh_from_db()
    assert (run.state, run.confirmed_by, run.confirmed_at) == (Consolidation.State.CONFIRMED, chair, at)
    assert AuditEntry.objects.get(action="results.confirmed").actor == chair


def test_confirm_by_the_operator_says_so_in_the_log(confirmed):
    entry = AuditEntry.objects.get(action="results.confirmed")
    assert entry.actor is None
    assert entry.detail["operator"] is True


def test_confirm_is_refused_when_a_score_changed_after_the_run(cycle, at):
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    decide(sheet_of(cycle, "B"), "1.2", 1)

    with pytest.raises(services.Stale):
        services.confirm(consolidation_id=run.pk, by=None, at=at)

    run.refresh_from_db()
    assert run.state == Consolidation.State.COMPUTED


def test_confirm_twice_is_refused(confirmed, at):
    with pytest.raises(services.AlreadyConfirmed):
        services.confirm(consolidation_id=confirmed.pk, by=None, at=at)


# --- publish ------------------------------------------------------------------------------------------------------


def test_publish_stores_documents_and_closes_the_cycle(confirmed, cycle, at):
    publication = services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)

    names = publication.documents.values_list("name", flat=True)
    assert list(names) == [
        "ranking.pdf",
        "results.xlsx",
        "results.csv",
        "results.json",
        "criteria.csv",
        "SHA256SUMS",
    ]
    cycle.refresh_from_db()
    assert cycle.published_at == at
    assert (cycle.decision_number, cycle.decision_date, cycle.signer) == tuple(DECISION.values())
    assert publication.digest == publication.documents.get(name="SHA256SUMS").digest


def test_publish_is_refused_before_confirmation(cycle, at):
    run = services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    with pytest.raises(services.NotConfirmed):
        services.publish(consolidation_id=run.pk, **DECISION, by=None, at=at)

    assert not Publication.objects.exists()


def test_publish_is_refused_when_a_score_changed_after_confirmation(confirmed, cycle, at):
    decide(sheet_of(cycle, "B"), "1.2", 1)

    with pytest.raises(services.Stale):
        services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)

    assert not Publication.objects.exists()


def test_publish_twice_is_refused(confirmed, at):
    services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)

    with pytest.raises(services.AlreadyPublished):
        services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)


def test_consolidate_after_publication_is_refused(confirmed, cycle, at):
    services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)

    with pytest.raises(services.AlreadyPublished):
        services.consolidate(cycle_id=cycle.pk, by=None, at=at)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("number", {"decision_number": ""}),
        ("number", {"decision_number": "Quyết định"}),
        ("number", {"decision_number": "512"}),
        ("date", {"decision_date": date(2024, 12, 31)}),
        ("date", {"decision_date": None}),
        ("signer", {"signer": "  "}),
    ],
)
def test_publish_names_the_particular_that_will_not_do(confirmed, at, field, changed):
    with pytest.raises(services.InvalidDecision) as caught:
        services.publish(consolidation_id=confirmed.pk, **(DECISION | changed), by=None, at=at)

    assert list(caught.value.errors) == [field]


@pytest.mark.parametrize("number", ["512/QĐ-UBND", "12/2026/QĐ-UBND", " 2156 /QĐ-UBND", "05/QĐ-HĐTĐ"])
def test_check_decision_takes_the_numbers_that_offices_use(cycle, number):
    decision = services.check_decision(
        cycle=cycle, number=number, decision_date=date(2026, 3, 16), signer="Nguyễn Văn A"
    )
    assert decision.number == number.replace(" ", "")


# --- frozen in the database ---------------------------------------------------------------------------------------


def refused(statement: str, *values) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
    except IntegrityError as error:
        return "guarded" in str(error)
    return False


def test_rows_of_a_run_never_change(cycle, at):
    services.consolidate(cycle_id=cycle.pk, by=None, at=at)

    for table in (UnitResult, AreaResult, LeafResult):
        name = table._meta.db_table
        assert refused(f"UPDATE {name} SET position = position + 1")
        assert refused(f"DELETE FROM {name}")


def test_a_confirmed_run_takes_no_more_rows_and_no_change(confirmed):
    unit = confirmed.units.first()
    unit.pk, unit.unit_code = None, "X"

    with pytest.raises(IntegrityError), transaction.atomic():
        unit.save(force_insert=True)
    assert refused("UPDATE results_consolidation SET state = 'computed'")
    assert refused("DELETE FROM results_consolidation")


def test_a_publication_freezes_documents_and_everything_it_came_from(confirmed, cycle, at):
    services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)
    sheet = sheet_of(cycle, "A")

    for table in (Publication, Document):
        assert refused(f"UPDATE {table._meta.db_table} SET digest = 'x'")
        assert refused(f"DELETE FROM {table._meta.db_table}")
    assert refused("UPDATE assessments_score SET points = 0")
    assert refused("DELETE FROM assessments_score")
    assert refused("UPDATE assessments_assessment SET position = 7")
    assert refused("UPDATE assessments_block SET bands = 'A'")
    assert refused("UPDATE assessments_cycle SET published_at = NULL")
    with pytest.raises(IntegrityError), transaction.atomic():
        decide(sheet, "T", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        measure(sheet, "2.2", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScoreFactory(assessment=sheet, criterion=leaf(sheet, "T"))


def test_other_cycles_stay_open_beside_a_published_one(confirmed, at):
    services.publish(consolidation_id=confirmed.pk, **DECISION, by=None, at=at)

    other = complete_cycle(code="KHAC")

    assert LedgerEntry.objects.filter(assessment__cycle=other).exists()


def test_a_discarded_cycle_takes_its_runs_with_it(confirmed, cycle, at):
    Cycle.objects.filter(pk=cycle.pk).update(discarded_at=at)

    Consolidation.objects.filter(cycle=cycle).delete()

    assert not LeafResult.objects.exists()
