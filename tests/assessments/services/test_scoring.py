from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection

from assessments.models import Assessment, Exemption, LedgerEntry, Score
from assessments.services import NotAllowedNow, NotSelfScored, StaleVersion, record_score
from criteria.scoring.rules import InvalidDeclaration
from tests.assessments.conftest import DEADLINE, make_desk

Status = Assessment.Status


def save(desk, code="1.1", declared=("97", "100"), *, version=0, at, **values):
    return record_score(
        assessment_id=desk.sheet.pk,
        criterion_id=desk.leaf(code).pk,
        declared=declared,
        version=version,
        by=values.pop("by", desk.officer),
        at=at,
        **values,
    )


def entries(desk, code="1.1"):
    return list(
        LedgerEntry.objects.filter(assessment=desk.sheet, criterion__code=code).values_list(
            "stage", "act", "declared", "points", "by"
        )
    )


def test_record_score_keeps_the_declared_data_and_the_points_of_the_rule(desk, at):
    score = save(desk, at=at)
    assert (score.declared, score.points, score.version) == (["97", "100"], Decimal("3.8800"), 1)
    assert (score.updated_by, score.updated_at) == (desk.officer, at)
    assert Score.objects.get().points == Decimal("3.88")


def test_record_score_writes_each_value_in_one_spelling(desk, at):
    assert save(desk, declared=("97,50", "100,0"), at=at).declared == ["97.5", "100"]
    assert save(desk, "1.2", [" tốt "], at=at).declared == ["Tốt"]


def test_record_score_keeps_every_value_in_the_ledger(desk, at):
    save(desk, at=at)
    save(desk, declared=("98", "100"), version=1, at=at)
    assert entries(desk) == [
        ("self", "declare", ["97", "100"], Decimal("3.8800"), desk.officer.pk),
        ("self", "declare", ["98", "100"], Decimal("3.9200"), desk.officer.pk),
    ]


def test_record_score_that_changes_nothing_writes_nothing(desk, at):
    first = save(desk, account="Theo báo cáo", at=at)
    again = save(desk, account="Theo báo cáo ", version=1, at=at + timedelta(minutes=1))
    assert (again.version, again.updated_at) == (first.version, at)
    assert len(entries(desk)) == 1


def test_record_score_of_nothing_where_there_was_nothing_creates_no_row(desk, at):
    assert save(desk, declared=None, account="", at=at) is None
    assert not Score.objects.exists()


def test_record_score_of_nothing_empties_the_leaf(desk, at):
    save(desk, at=at)
    score = save(desk, declared=None, version=1, at=at)
    assert (score.declared, score.points) == (None, None)
    assert entries(desk)[-1][2:4] == (None, None)


def test_record_score_leaves_the_account_alone_unless_given(desk, at):
    save(desk, account="Theo báo cáo quý IV", at=at)
    score = save(desk, declared=("98", "100"), version=1, at=at)
    assert score.account == "Theo báo cáo quý IV"
    assert LedgerEntry.objects.last().reason == "Theo báo cáo quý IV"


def test_record_score_whose_rule_says_not_applicable_has_no_points(desk, at):
    score = save(desk, declared=("0", "0"), at=at)
    assert (score.points, score.not_applicable) == (None, True)


def test_record_score_may_ask_for_a_leaf_not_to_apply(desk, at):
    score = save(desk, declared=("97", "100"), not_applicable=True, account="Không có thủ tục", at=at)
    assert (score.declared, score.points, score.not_applicable) == (None, None, True)


def test_record_score_refuses_data_that_do_not_fit_the_rule_field_by_field(desk, at):
    with pytest.raises(InvalidDeclaration) as refused:
        save(desk, declared=("chín", "-1"), at=at)
    assert sorted(refused.value.errors) == [0, 1]
    assert not Score.objects.exists()


def test_record_score_refuses_a_missing_figure(desk, at):
    with pytest.raises(InvalidDeclaration) as refused:
        save(desk, declared=("97",), at=at)
    assert list(refused.value.errors) == [1]


def test_record_score_refuses_a_version_that_somebody_else_has_passed(desk, at):
    saved = save(desk, by=desk.leader, at=at)
    with pytest.raises(StaleVersion) as refused:
        save(desk, declared=("90", "100"), version=0, at=at)
    assert refused.value.score == saved
    assert desk.score("1.1").declared == ["97", "100"]
    assert len(entries(desk)) == 1


def test_record_score_of_the_very_same_data_is_no_conflict(desk, at):
    saved = save(desk, by=desk.leader, at=at)
    assert save(desk, version=0, at=at) == saved


@pytest.mark.parametrize("code", ["2.1", "2.2", "2.3", "T", "P", "1"])
def test_record_score_refuses_what_the_unit_does_not_score(desk, at, code):
    with pytest.raises(NotSelfScored):
        save(desk, code, ["1"], at=at)


def test_record_score_refuses_a_leaf_settled_as_not_applicable(desk, at):
    Exemption.objects.create(assessment=desk.sheet, criterion=desk.leaf("1.1"), reason="Không có TTHC", at=at)
    with pytest.raises(NotAllowedNow, match=r"does not apply|không áp dụng"):
        save(desk, at=at)


@pytest.mark.parametrize(
    "status", [Status.PREPARING, Status.SUBMITTED, Status.IN_APPRAISAL, Status.FINALISED]
)
def test_record_score_refuses_a_sheet_that_is_not_with_the_unit(desk, at, status):
    Assessment.objects.update(status=status)
    with pytest.raises(NotAllowedNow):
        save(desk, at=at)
    assert not Score.objects.exists()


def test_record_score_takes_the_last_moment_and_refuses_the_deadline_itself(desk):
    assert save(desk, at=DEADLINE - timedelta(microseconds=1)).version == 1
    with pytest.raises(NotAllowedNow, match="17:00 22/12/2025"):
        save(desk, declared=("98", "100"), version=1, at=DEADLINE)


def test_record_score_names_the_earlier_moment_when_the_step_was_closed_before_its_end(desk, at):
    desk.step.closed_at = at
    desk.step.save()
    with pytest.raises(NotAllowedNow, match="10:42 21/11/2025"):
        save(desk, at=at + timedelta(hours=1))


def test_record_score_goes_on_in_a_returned_sheet_past_the_deadline(desk):
    Assessment.objects.update(status=Status.RETURNED)
    assert save(desk, at=DEADLINE + timedelta(days=3)).version == 1


def test_record_score_refuses_every_sheet_of_a_published_cycle(desk, at):
    Assessment.objects.update(status=Status.RETURNED)
    desk.sheet.cycle.published_at = at
    desk.sheet.cycle.save()
    with pytest.raises(NotAllowedNow):
        save(desk, at=at)


def test_record_score_refuses_before_self_scoring_is_opened(desk, at):
    desk.step.delete()
    with pytest.raises(NotAllowedNow):
        save(desk, at=at)


def test_record_score_takes_few_queries(desk, at, django_assert_num_queries):
    criterion = desk.leaf("1.1")
    save(desk, at=at)
    with django_assert_num_queries(9):  # savepoint, lock, step, leaf, exemption, score, two writes, release
        record_score(
            assessment_id=desk.sheet.pk,
            criterion_id=criterion.pk,
            declared=["98", "100"],
            version=1,
            by=desk.officer,
            at=at,
        )


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_is_kept_and_the_other_is_told(at):
    desk = make_desk()
    criterion = desk.leaf("1.4")
    start = Barrier(2)
    outcomes = []

    def write(declared: str) -> None:
        start.wait()
        try:
            outcomes.append(
                record_score(
                    assessment_id=desk.sheet.pk,
                    criterion_id=criterion.pk,
                    declared=[declared],
                    version=0,
                    by=desk.officer,
                    at=at,
                ).declared
            )
        except StaleVersion as stale:
            outcomes.append(("stale", stale.score.declared))
        finally:
            connection.close()

    writers = [Thread(target=write, args=(declared,)) for declared in ("1", "2")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    kept = desk.score("1.4").declared
    assert sorted(outcomes, key=len) == [kept, ("stale", kept)]
    assert [entry[2] for entry in entries(desk, "1.4")] == [kept]
