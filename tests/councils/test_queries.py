from datetime import timedelta
from decimal import Decimal

import pytest
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Exemption, UnitSuccession
from assessments.models.assessment import Status
from councils import queries, services
from councils.queries.progress import Tally
from criteria.scoring.tree import Source
from tests.councils.conftest import submitted
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    CycleFactory,
    LedgerEntryFactory,
    ScoreFactory,
    UnitFactory,
    UserFactory,
    content,
    leaf,
    make_version,
)


def codes(assessments) -> set[str]:
    return set(assessments.values_list("unit__code", flat=True))


def leaf_codes(room, member, assessment=None) -> set[str]:
    ids = queries.leaves_for(member.user, assessment or room.first)
    return set(room.block.version.criteria.filter(pk__in=ids).values_list("code", flat=True))


# --- who may appraise what --------------------------------------------------------------------------------------------


def test_appraisable_by_needs_grant_and_assignment(room):
    granted = UserFactory()
    assign_perm("assessments.appraise_assessment", granted, room.first)
    unopened = room.seat(unit=room.first.unit)
    unopened.user.assessmentuserpermission_set.all().delete()

    assert codes(queries.appraisable_by(room.member.user)) == {"SO07", "SO08"}
    assert not queries.appraisable_by(granted).exists()
    assert not queries.appraisable_by(unopened.user).exists()


def test_appraisable_by_leaves_out_a_unit_that_the_member_joined_later(room):
    assign_perm("assessments.lead_unit", room.member.user, room.second.unit)

    assert codes(queries.appraisable_by(room.member.user)) == {"SO07"}


@pytest.mark.parametrize("link", ["parent", "predecessor", "successor"])
def test_appraisable_by_leaves_out_what_is_too_close_to_the_agency(room, link):
    agency = UnitFactory(parent=room.first.unit if link == "parent" else room.cycle.owner)
    if link == "predecessor":
        UnitSuccession.objects.create(predecessor=room.first.unit, successor=agency)
    if link == "successor":
        UnitSuccession.objects.create(predecessor=agency, successor=room.first.unit)
    member = room.seat(agency=agency, unit=None)

    services.assign(member_id=member.pk, block=room.block, by=room.manager, at=AT)

    assert codes(queries.appraisable_by(member.user)) == {"SO02", "SO08"}


@pytest.mark.parametrize("link", ["parent", "predecessor", "successor"])
def test_appraisable_by_leaves_out_what_is_too_close_to_the_members_own_unit(room, link):
    unit = UnitFactory(parent=room.first.unit if link == "parent" else room.cycle.owner)
    if link == "predecessor":
        UnitSuccession.objects.create(predecessor=room.first.unit, successor=unit)
    if link == "successor":
        UnitSuccession.objects.create(predecessor=unit, successor=room.first.unit)
    member = room.seat(unit=None)
    services.assign(member_id=member.pk, block=room.block, by=room.manager, at=AT)

    assign_perm("assessments.score_unit", member.user, unit)

    assert codes(queries.appraisable_by(member.user)) == {"SO02", "SO08"}
    # Its evidence and its ledger are closed with it.
    assert codes(Assessment.objects.granted_for_appraisal_to(member.user)) == {"SO02", "SO08"}


def test_appraisable_by_knows_no_superuser(room):
    assert not queries.appraisable_by(UserFactory(is_superuser=True, is_staff=True)).exists()


def test_readable_by_of_an_overseer_is_everything_without_assignment(room):
    assert codes(queries.readable_by(room.chair.user)) == {"SO02", "SO07", "SO08"}
    assert not queries.appraisable_by(room.chair.user).exists()


def test_readable_by_ends_at_the_cycle(room):
    other = CycleFactory(owner=room.cycle.owner, year=2024)
    AssessmentFactory(block=BlockFactory(cycle=other), unit=room.first.unit)

    assert set(queries.readable_by(room.chair.user).values_list("cycle", flat=True)) == {room.cycle.pk}


def test_leaves_for_are_those_that_the_council_decides(room):
    assert leaf_codes(room, room.member) == {"1.1", "1.2", "1.3", "1.4", "2.1", "T", "P"}


def test_leaves_for_join_the_assignments_of_block_and_unit(room):
    member = room.seat(criterion="2")
    services.assign(
        member_id=member.pk,
        block=room.block,
        unit=room.first.unit,
        criterion=room.leaf("1.3"),
        by=room.manager,
        at=AT,
    )

    assert leaf_codes(room, member) == {"1.3", "2.1"}
    assert leaf_codes(room, member, room.second) == {"2.1"}


# --- the worklist -----------------------------------------------------------------------------------------------------


def test_progress_counts_the_members_own_leaves(room, decide):
    decide("accept", "1.1")
    decide("enter", "P", points=Decimal(1), reason="Báo cáo muộn")
    Exemption.objects.create(assessment=room.second, criterion=room.leaf("1.2"), reason="Không có", at=AT)

    units = queries.progress(room.member.user, room.cycle)

    counted = [(unit.assessment.unit.code, unit.mine, unit.whole) for unit in units]
    assert counted == [("SO07", Tally(1, 5), None), ("SO08", Tally(0, 4), None)]


def test_progress_of_an_overseer_counts_the_whole_unit(room, decide_all):
    decide_all()

    units = {unit.assessment.unit.code: unit for unit in queries.progress(room.chair.user, room.cycle)}

    assert (units["SO07"].mine, units["SO07"].whole) == (Tally(0, 0), Tally(5, 5))
    assert units["SO07"].is_waiting
    assert units["SO08"].whole == Tally(0, 5)
    assert not units["SO08"].is_waiting


def test_progress_counts_a_leaf_once_however_often_it_was_decided(room, decide):
    decide("accept", "1.1")
    decide("adjust", "1.1", points=Decimal(3), reason="Xem lại")

    assert queries.progress(room.member.user, room.cycle)[0].mine == Tally(1, 5)


def test_progress_no_longer_counts_a_leaf_that_the_unit_changed(room, decide):
    decide("accept", "1.1")
    room.first.scores.filter(criterion=room.leaf("1.1")).update(updated_at=AT + timedelta(hours=1))

    assert queries.progress(room.member.user, room.cycle)[0].mine == Tally(0, 5)


def test_progress_waits_for_nothing_in_a_sheet_that_is_not_submitted(room):
    Assessment.objects.filter(pk=room.first.pk).update(status=Status.DRAFT)

    waiting = [
        unit.assessment.unit.code
        for unit in queries.progress(room.member.user, room.cycle)
        if unit.is_waiting
    ]

    assert waiting == ["SO08"]


@pytest.mark.parametrize("units", [1, 12])
def test_progress_takes_the_same_queries_for_any_number_of_units(room, units, django_assert_num_queries):
    for position in range(units):
        submitted(room.block, UnitFactory(parent=room.cycle.owner), position)
    services.unassign(assignment_id=room.member.assignments.get().pk, by=room.manager, at=AT)
    services.assign(member_id=room.member.pk, block=room.block, by=room.manager, at=AT)

    with django_assert_num_queries(7):
        assert len(queries.progress(room.member.user, room.cycle)) == units + 2


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_unit_desk_lists_the_members_leaves_in_document_order(room):
    member = room.seat(criterion="1")

    desk = queries.unit_desk(member.user, room.first, AT)

    assert [row.criterion.code for row in desk.rows] == ["1.1", "1.2", "1.3", "1.4"]
    assert not desk.may_finalise


def test_unit_desk_keeps_the_document_order_where_leaves_stand_beside_criteria(room):
    version = make_version(
        [
            content("1", 4),
            content("1.1", 1),
            content("1.1.1", 1, Source.SELF),
            content("1.2", 1, Source.SELF),
            content("1.3", 2),
            content("1.3.1", 1, Source.SELF),
            content("1.3.2", 1, Source.SELF),
        ],
        code="BTC-SAU",
    )
    deep = AssessmentFactory(block=BlockFactory(cycle=room.cycle, version=version), status=Status.SUBMITTED)

    desk = queries.unit_desk(room.chair.user, deep, AT)

    shown = [(group.path[-1].code, [row.criterion.code for row in group.rows]) for group in desk.groups]
    assert shown == [("1.1", ["1.1.1"]), ("1", ["1.2"]), ("1.3", ["1.3.1", "1.3.2"])]


def test_unit_desk_of_an_overseer_lists_all_leaves_as_somebody_elses(room):
    desk = queries.unit_desk(room.chair.user, room.first, AT)

    assert [row.criterion.code for row in desk.rows] == ["1.1", "1.2", "1.3", "1.4", "2.1", "T", "P"]
    assert (desk.waiting, desk.may_finalise) == ([], True)


def test_unit_desk_goes_on_to_the_next_undecided_leaf_and_round_to_the_first(room, decide):
    decide("accept", "1.3")
    desk = queries.unit_desk(room.member.user, room.first, AT)

    assert desk.next_waiting(room.leaf("1.2").pk).criterion.code == "1.4"
    assert desk.next_waiting(room.leaf("2.1").pk).criterion.code == "1.1"


def test_unit_desk_shows_nothing_of_a_sheet_that_is_being_scored(room):
    Assessment.objects.filter(pk=room.first.pk).update(status=Status.RETURNED)
    room.first.refresh_from_db()

    desk = queries.unit_desk(room.member.user, room.first, AT)

    assert [row.self_points for row in desk.rows] == [None] * 7
    assert desk.closed


def test_unit_desk_takes_a_fixed_number_of_queries(room, decide, django_assert_num_queries):
    assessment = (
        queries.readable_by(room.member.user)
        .select_related("cycle", "unit", "block__version")
        .get(pk=room.first.pk)
    )

    with django_assert_num_queries(9):
        queries.unit_desk(room.member.user, assessment, AT)
    decide("accept", "1.1")
    with django_assert_num_queries(9):
        queries.unit_desk(room.member.user, assessment, AT)


def test_leaf_desk_shows_rule_mean_and_history(room, decide):
    room.second.scores.filter(criterion=room.leaf("1.1")).update(points=Decimal("3.5"))
    decide("accept", "1.1")
    desk = queries.unit_desk(room.member.user, room.first, AT)

    leaf_view = queries.leaf_desk(room.member.user, desk, desk.rows[0])

    assert leaf_view.computed.points == Decimal("3.88")
    assert leaf_view.difference is None
    assert [entry.act for entry in leaf_view.history] == ["accept"]
    # The mean leaves out the member's own agency.
    assert (leaf_view.mean.points, leaf_view.mean.units) == (Decimal("3.69"), 2)


def test_leaf_desk_shows_the_difference_to_the_rule(room):
    room.first.scores.filter(criterion=room.leaf("1.1")).update(points=Decimal(4))
    desk = queries.unit_desk(room.member.user, room.first, AT)

    assert queries.leaf_desk(room.member.user, desk, desk.rows[0]).difference == Decimal("-0.12")


def test_leaf_desk_shows_what_the_council_took_off_the_year_before(room):
    cycle = CycleFactory(owner=room.cycle.owner, year=2024, published_at=AT)
    block = BlockFactory(cycle=cycle, version=room.block.version)
    before = AssessmentFactory(block=block, unit=room.first.unit, status=Status.FINALISED)
    criterion = leaf(before, "1.1")
    ScoreFactory(assessment=before, criterion=criterion, points=Decimal(4))
    LedgerEntryFactory(
        assessment=before, criterion=criterion, act="adjust", points=Decimal("3.75"), reason="Muộn"
    )
    desk = queries.unit_desk(room.member.user, room.first, AT)

    shown = queries.leaf_desk(room.member.user, desk, desk.rows[0]).before

    assert (shown.year, shown.cut, shown.reason) == (2024, Decimal("0.25"), "Muộn")


def test_leaf_desk_takes_a_fixed_number_of_queries(room, django_assert_max_num_queries):
    desk = queries.unit_desk(room.member.user, room.first, AT)

    with django_assert_max_num_queries(8):
        queries.leaf_desk(room.member.user, desk, desk.rows[0])


# --- coverage ---------------------------------------------------------------------------------------------------------


def test_coverage_names_the_units_that_nobody_may_appraise(room):
    found = queries.coverage(room.cycle)

    assert (found.total, found.covered, found.missing) == (15, 10, 5)
    (gap,) = found.gaps
    assert (gap.units, gap.example) == (1, "Sở Nội vụ")
    assert [leaf.code for leaf in gap.leaves] == ["1.1", "1.2", "1.3", "1.4", "2.1"]


def test_coverage_leaves_out_units_that_are_finalised(room):
    Assessment.objects.filter(pk=room.home.pk).update(status=Status.FINALISED)

    found = queries.coverage(room.cycle)

    assert (found.total, found.covered, found.gaps) == (10, 10, ())


def test_coverage_is_whole_once_somebody_from_elsewhere_takes_the_unit(room):
    room.seat(agency=room.second.unit, unit=room.home.unit)

    assert queries.coverage(room.cycle).missing == 0


def test_coverage_takes_a_fixed_number_of_queries(room, django_assert_num_queries):
    for position in range(10):
        AssessmentFactory(block=room.block, position=position)

    with django_assert_num_queries(7):
        queries.coverage(room.cycle)


def test_seats_begin_with_the_chair(room):
    assert queries.seats(room.cycle) == [room.chair, room.member]
