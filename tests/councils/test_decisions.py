from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from assessments.models import Assessment, Exemption, StatusChange, Step
from assessments.models.assessment import Status
from assessments.services import NotAllowedNow, send_back
from councils import services
from criteria.scoring.rules import InvalidDeclaration
from tests.councils.conftest import REQUIRED, SELF_LEAVES
from tests.factories import AT

LATER = AT + timedelta(hours=1)


def test_accept_writes_the_units_points_into_round_1(room, decide):
    entry = decide("accept", "1.1")

    assert (entry.stage, entry.act, entry.points, entry.declared) == (
        "round_1",
        "accept",
        Decimal("3.88"),
        ["97", "100"],
    )
    assert (entry.by, entry.agency) == (room.member.user, "Sở Nội vụ")


def test_first_decision_takes_the_sheet_under_appraisal_and_no_later_one(room, decide):
    decide("accept", "1.1")
    decide("accept", "1.2")

    room.first.refresh_from_db()
    assert room.first.status == Status.IN_APPRAISAL
    assert StatusChange.objects.filter(assessment=room.first, target=Status.IN_APPRAISAL).count() == 1


def test_accept_of_a_claim_that_the_leaf_does_not_apply_settles_it(room, decide):
    room.first.scores.filter(criterion=room.leaf("1.1")).update(points=None, not_applicable=True)

    entry = decide("accept", "1.1")

    assert (entry.points, entry.not_applicable) == (None, True)


def test_accept_is_refused_where_the_unit_left_the_leaf_blank(room, decide):
    room.first.scores.filter(criterion=room.leaf("1.4")).delete()

    with pytest.raises(services.NothingToAccept, match=r"1\.4"):
        decide("accept", "1.4")


def test_accept_is_refused_for_leaves_that_units_do_not_score(decide):
    with pytest.raises(services.NotYours):
        decide("accept", "2.1")


def test_accept_many_accepts_exactly_the_named_leaves(room):
    seen = {room.leaf(code).pk: 0 for code in ("1.1", "1.3")}

    services.accept_many(assessment_id=room.first.pk, seen=seen, by=room.member.user, at=AT)

    decided = room.first.ledger.order_by("criterion__position").values_list("criterion__code", "points")
    assert list(decided) == [("1.1", Decimal("3.88")), ("1.3", Decimal(1))]


def test_accept_many_accepts_none_when_one_has_changed(room, decide):
    decide("accept", "1.3")
    seen = {room.leaf(code).pk: 0 for code in ("1.1", "1.3")}

    with pytest.raises(services.StaleView) as refused:
        services.accept_many(assessment_id=room.first.pk, seen=seen, by=room.member.user, at=AT)

    assert [entry.criterion.code for entry in refused.value.entries] == ["1.3"]
    assert room.first.ledger.count() == 1


def test_adjust_by_figure_lets_the_rule_give_the_points(decide):
    entry = decide("adjust", "1.1", declared=["96,0", "100"], reason="Một hồ sơ trả sau hạn")

    assert (entry.act, entry.points, entry.declared) == ("adjust", Decimal("3.84"), ["96", "100"])


def test_adjust_by_points_keeps_the_reason(decide):
    entry = decide("adjust", "1.4", points=Decimal("2.25"), reason=" Thiếu biểu quý IV ")

    assert (entry.points, entry.declared, entry.reason) == (Decimal("2.25"), None, "Thiếu biểu quý IV")


def test_adjust_scores_a_leaf_that_the_unit_left_blank(room, decide):
    room.first.scores.filter(criterion=room.leaf("1.4")).delete()

    entry = decide("adjust", "1.4", points=Decimal(0), reason="Không nộp")

    assert entry.points == 0


def test_adjust_to_other_points_without_reason_is_refused(room, decide):
    with pytest.raises(services.ReasonMissing):
        decide("adjust", "1.4", points=Decimal(2), reason="  ")

    assert not room.first.ledger.exists()


def test_adjust_to_the_same_points_is_an_acceptance_and_needs_no_reason(decide):
    entry = decide("adjust", "1.4", points=Decimal("2.5"), reason="")

    assert (entry.act, entry.points) == ("accept", Decimal("2.5"))


def test_adjust_to_the_same_figures_is_an_acceptance(room, decide):
    claimed = room.first.scores.get(criterion=room.leaf("1.1"))

    entry = decide("adjust", "1.1", declared=claimed.declared, reason="")

    assert (entry.act, entry.points, entry.declared) == ("accept", claimed.points, claimed.declared)


def test_adjust_to_other_figures_with_the_same_points_needs_a_reason(room, decide):
    claimed = room.first.scores.get(criterion=room.leaf("1.1"))
    doubled = [str(2 * Decimal(figure)) for figure in claimed.declared]

    with pytest.raises(services.ReasonMissing):
        decide("adjust", "1.1", declared=doubled, reason="")

    entry = decide("adjust", "1.1", declared=doubled, reason="Cả hai kỳ")
    assert (entry.act, entry.points, entry.declared) == ("adjust", claimed.points, doubled)


@pytest.mark.parametrize("points", ["3.01", "-0.5", "1.00001"])
def test_adjust_beyond_the_leafs_scale_is_refused(decide, points):
    with pytest.raises(services.PointsOutOfRange):
        decide("adjust", "1.4", points=Decimal(points), reason="Sai")


def test_adjust_with_figures_that_do_not_fit_names_the_field(decide):
    with pytest.raises(InvalidDeclaration) as refused:
        decide("adjust", "1.1", declared=["96", "mười"], reason="Sai")

    assert list(refused.value.errors) == [1]


def test_adjust_of_a_figure_may_make_the_leaf_not_applicable(decide):
    entry = decide("adjust", "1.1", declared=["0", "0"], reason="Không phát sinh hồ sơ")

    assert (entry.points, entry.not_applicable) == (None, True)


def test_enter_scores_what_the_unit_does_not(decide):
    entry = decide("enter", "2.1", points=Decimal(3), reason="")

    assert (entry.act, entry.points) == ("enter", Decimal(3))


@pytest.mark.parametrize(("code", "points"), [("2.1", "2.5"), ("T", "1"), ("P", "0.5")])
def test_enter_that_costs_or_gives_the_unit_something_needs_a_reason(decide, code, points):
    with pytest.raises(services.ReasonMissing):
        decide("enter", code, points=Decimal(points), reason="")


def test_enter_is_refused_for_a_self_scored_leaf(decide):
    with pytest.raises(services.NotYours):
        decide("enter", "1.4", points=Decimal(3), reason="Cho đủ")


def test_not_applicable_needs_a_reason_and_has_no_points(decide):
    with pytest.raises(services.ReasonMissing):
        decide("decide_not_applicable", "1.2", reason="")

    entry = decide("decide_not_applicable", "1.2", reason="Đơn vị không có thủ tục")

    assert (entry.points, entry.not_applicable) == (None, True)


def test_not_applicable_is_refused_for_a_penalty(decide):
    with pytest.raises(services.NotYours):
        decide("decide_not_applicable", "P", reason="Không có")


def test_decision_on_an_older_view_is_refused_and_shows_the_newer_one(room, decide):
    other = room.seat(unit=room.first.unit)
    first = decide("accept", "1.1", by=other.user)

    with pytest.raises(services.StaleView) as refused:
        decide("adjust", "1.1", points=Decimal(2), reason="Khác", seen_entry_id=0)

    assert refused.value.entries == (first,)


def test_decision_after_the_newer_one_was_seen_is_a_further_entry(room, decide):
    decide("accept", "1.1")
    decide("adjust", "1.1", points=Decimal(2), reason="Xem lại")

    acts = room.first.ledger.filter(criterion=room.leaf("1.1")).values_list("act", flat=True)
    assert list(acts) == ["accept", "adjust"]


def test_decision_on_a_leaf_settled_before_self_scoring_is_refused(room, decide):
    Exemption.objects.create(assessment=room.first, criterion=room.leaf("1.2"), reason="Không có", at=AT)

    with pytest.raises(NotAllowedNow, match=r"1\.2"):
        decide("accept", "1.2")


@pytest.mark.parametrize("status", [Status.PREPARING, Status.DRAFT, Status.RETURNED, Status.FINALISED])
def test_decision_is_refused_in_every_state_but_two(room, decide, status):
    Assessment.objects.filter(pk=room.first.pk).update(status=status)

    with pytest.raises(NotAllowedNow):
        decide("accept", "1.1")


def test_decision_is_refused_once_the_step_is_closed(room, decide):
    Step.objects.filter(cycle=room.cycle).update(closed_at=AT)

    with pytest.raises(NotAllowedNow):
        decide("accept", "1.1", at=LATER)


def test_decision_is_refused_from_the_deadline_on(room, decide):
    Step.objects.filter(cycle=room.cycle).update(ends_at=LATER)

    decide("accept", "1.1", at=LATER - timedelta(seconds=1))
    with pytest.raises(NotAllowedNow):
        decide("accept", "1.2", at=LATER)


def test_decision_is_refused_after_publication(room, decide):
    room.cycle.published_at = timezone.now()
    room.cycle.save()

    with pytest.raises(NotAllowedNow):
        decide("accept", "1.1")


def test_decision_on_a_leaf_of_somebody_elses_area_is_refused(room, decide):
    helper = room.seat(criterion="2")

    decide("enter", "2.1", by=helper.user, points=Decimal(3), reason="")
    with pytest.raises(services.NotYours):
        decide("accept", "1.1", by=helper.user)


def test_decision_on_the_members_own_agency_is_refused(room, decide):
    with pytest.raises(services.NotYours):
        decide("accept", "1.1", assessment=room.home)


def test_decision_after_the_assignment_was_taken_back_is_refused(room, decide):
    services.unassign(assignment_id=room.member.assignments.get().pk, by=room.manager, at=AT)

    with pytest.raises(services.NotYours):
        decide("accept", "1.1")


def test_overseer_without_assignment_reads_but_does_not_decide(room, decide):
    with pytest.raises(services.NotYours):
        decide("accept", "1.1", by=room.chair.user)


def test_finalise_closes_a_unit_whose_leaves_are_all_decided(room, decide_all):
    decide_all()

    services.finalise(assessment_id=room.first.pk, by=room.chair.user, at=LATER)

    room.first.refresh_from_db()
    assert (room.first.status, room.first.finalised_at) == (Status.FINALISED, LATER)


def test_finalise_names_what_is_undecided_in_document_order(room, decide):
    decide("accept", "1.2")

    with pytest.raises(services.Undecided) as refused:
        services.finalise(assessment_id=room.first.pk, by=room.chair.user, at=AT)

    assert [leaf.code for leaf in refused.value.leaves] == [code for code in REQUIRED if code != "1.2"]


def test_finalise_does_not_wait_for_leaves_that_do_not_apply(room, decide):
    Exemption.objects.create(assessment=room.first, criterion=room.leaf("2.1"), reason="Không có", at=AT)
    for code in SELF_LEAVES:
        decide("accept", code)

    services.finalise(assessment_id=room.first.pk, by=room.chair.user, at=AT)

    room.first.refresh_from_db()
    assert room.first.status == Status.FINALISED


def test_finalise_by_a_member_assigned_to_the_whole_unit(room, decide_all):
    decide_all()

    assert (
        services.finalise(assessment_id=room.first.pk, by=room.member.user, at=AT).status == Status.FINALISED
    )


def test_finalise_by_a_member_of_one_area_is_refused(room, decide_all):
    decide_all()
    helper = room.seat(criterion="1")

    with pytest.raises(services.NotYours):
        services.finalise(assessment_id=room.first.pk, by=helper.user, at=AT)


def test_finalise_of_the_chairs_own_unit_is_refused(room, decide_all):
    secretary = room.seat(role="secretary", agency=room.first.unit)
    decide_all()

    with pytest.raises(services.NotYours):
        services.finalise(assessment_id=room.first.pk, by=secretary.user, at=AT)


def test_leaf_that_the_unit_changed_after_being_sent_back_is_open_again(room, decide, decide_all):
    decide_all()
    send_back(assessment_id=room.first.pk, reason="Bổ sung", by=room.manager, at=AT)
    room.first.scores.filter(criterion=room.leaf("1.4")).update(points=Decimal(1), updated_at=LATER)
    Assessment.objects.filter(pk=room.first.pk).update(status=Status.IN_APPRAISAL)

    with pytest.raises(services.Undecided) as refused:
        services.finalise(assessment_id=room.first.pk, by=room.chair.user, at=LATER)

    assert [leaf.code for leaf in refused.value.leaves] == ["1.4"]
