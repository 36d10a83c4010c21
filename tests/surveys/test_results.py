"""The tally, external figures and the records of both."""

import csv
import statistics
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Source
from par_index.core.models import AuditEntry
from surveys import queries, services
from surveys.models import Answer, Form, MeasuredResult
from surveys.queries import newest_results
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    RespondentGroupFactory,
    UserFactory,
    choices,
    content,
    leaf,
    make_links,
    make_questionnaire,
    make_version,
    return_forms,
)

pytestmark = pytest.mark.django_db


def tally(block, **fields):
    return services.tally(cycle_id=block.cycle_id, reason="Báo cáo 12/BC-SNV", by=None, at=AT, **fields)


def workbook_points(assessment, points="4.5"):
    return MeasuredResult.objects.create(
        assessment=assessment,
        criterion=leaf(assessment, "2.2"),
        origin=MeasuredResult.Origin.WORKBOOK,
        points=Decimal(points),
        at=AT,
    )


def test_tally_records_points_mean_and_error(block, questionnaire, unit, assessments):
    return_forms(questionnaire, unit, *"AABBD")
    summary = tally(block)
    (row,) = MeasuredResult.objects.all()
    answers = [1, 1, 0.6, 0.6, 0]
    assert (row.assessment, row.criterion.code, row.origin) == (assessments[0], "2.2", "tally")
    assert (row.n, row.points, row.mean) == (5, Decimal("3.2000"), Decimal("0.64"))
    assert float(row.standard_error) == pytest.approx(statistics.stdev(answers) / sqrt(5), abs=1e-12)
    assert (row.reason, row.by, row.at) == ("Báo cáo 12/BC-SNV", None, AT)
    assert (len(summary.measurements), summary.recorded, summary.without_result) == (1, 1, 2)


def test_tally_takes_the_place_of_workbook_points_and_keeps_them(block, questionnaire, assessments):
    before = workbook_points(assessments[0])
    untouched = workbook_points(assessments[1])
    return_forms(questionnaire, assessments[0].unit, *"AAAAA")
    tally(block)
    counting = {row.assessment: row for row in newest_results(block.cycle).values()}
    assert counting[assessments[0]].points == 5
    assert counting[assessments[1]] == untouched
    assert MeasuredResult.objects.filter(pk=before.pk).exists()


def test_tally_twice_records_once_and_gives_the_same_digits(block, questionnaire, unit):
    return_forms(questionnaire, unit, *"ABBCD")
    first, second = tally(block), tally(block)
    assert [each.result for each in first.measurements] == [each.result for each in second.measurements]
    assert (first.recorded, second.recorded) == (1, 0)
    assert MeasuredResult.objects.count() == 1


def test_tally_after_points_entered_meanwhile_records_again(block, questionnaire, unit, assessments):
    return_forms(questionnaire, unit, *"AAAAA")
    tally(block)
    workbook_points(assessments[0])
    assert tally(block).recorded == 1


def test_tally_weighs_groups_with_enough_forms(block, assessments, unit):
    heavy = make_questionnaire(block, group=RespondentGroupFactory(cycle=block.cycle, weight=3), code="P1")
    light = make_questionnaire(block, group=RespondentGroupFactory(cycle=block.cycle, weight=1), code="P2")
    few = make_questionnaire(block, group=RespondentGroupFactory(cycle=block.cycle, weight=9), code="P3")
    return_forms(heavy, unit, *"AAAAA")
    return_forms(light, unit, *"DDDDDD")
    return_forms(few, unit, *"DDDD")
    (each,) = tally(block).measurements
    assert (each.result.n, each.result.exact) == (11, Fraction(3, 4))


def test_tally_keeps_units_and_questions_of_one_form_apart(block, assessments, questionnaire):
    (question,) = questionnaire.questions.all()
    options = {option.code: option for option in question.options.all()}
    for _number in range(5):
        form = Form.objects.create(questionnaire=questionnaire, channel=Form.Channel.FILE)
        for assessment, code in zip(assessments, "ABD", strict=True):
            Answer.objects.create(form=form, unit=assessment.unit, question=question, option=options[code])
    results = [each.result.exact for each in tally(block).measurements]
    assert results == [1, Fraction(3, 5), 0]


def test_tally_takes_the_mean_of_a_leafs_questions(block, assessments, unit):
    draft = make_questionnaire(block, state="draft")
    services.add_question(
        questionnaire_id=draft.pk,
        criterion_id=leaf(assessments[0], "2.2").pk,
        text="Câu hai",
        scale="yes_no",
        by=None,
        at=AT,
    )
    services.open_questionnaire(questionnaire_id=draft.pk, by=None, at=AT)
    for first, second in (("A", "C"), ("A", "K"), ("B", "KB"), ("B", "KB"), ("KB", "C")):
        form = Form.objects.create(questionnaire=draft, channel=Form.Channel.FILE)
        for question, option in choices(draft, first, second).items():
            Answer.objects.create(form=form, unit=unit, question_id=question, option_id=option)
    (each,) = tally(block).measurements
    assert each.result.n == 5
    assert each.result.exact == (Fraction(4, 5) + Fraction(2, 3)) / 2


def test_tally_waits_for_questionnaires_whose_links_are_in_use(block, questionnaire, unit):
    return_forms(questionnaire, unit, *"AAAAA")
    make_links(questionnaire, unit)
    with pytest.raises(services.SurveyRefused, match="P1"):
        tally(block)
    assert MeasuredResult.objects.count() == 0
    services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    assert tally(block).recorded == 1


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_tally_without_a_reason_is_refused(block, questionnaire, unit, reason):
    return_forms(questionnaire, unit, *"AAAAA")
    with pytest.raises(services.SurveyRefused):
        services.tally(cycle_id=block.cycle_id, reason=reason, by=None, at=AT)


def test_tally_without_enough_forms_is_refused_and_records_nothing(block, questionnaire, unit):
    return_forms(questionnaire, unit, *"AAAA")
    with pytest.raises(services.SurveyRefused):
        tally(block)
    assert not AuditEntry.objects.filter(action="survey.tallied").exists()


def test_tally_reports_its_progress(block, questionnaire, unit):
    return_forms(questionnaire, unit, *"AAAAA")
    seen = []
    tally(block, progress=lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 5), (5, 5))


def test_tally_reads_in_a_fixed_number_of_queries(
    block, questionnaire, assessments, django_assert_max_num_queries
):
    for assessment in assessments:
        return_forms(questionnaire, assessment.unit, *"AABBC")
    with django_assert_max_num_queries(16):
        tally(block)


def test_measured_result_is_kept_until_its_cycle_is_discarded(block, assessments):
    row = workbook_points(assessments[0])
    for attempt in (lambda: MeasuredResult.objects.update(points=1), row.delete):
        with pytest.raises(IntegrityError, match="guarded"), transaction.atomic():
            attempt()
    cycle = block.cycle
    cycle.discarded_at = AT
    cycle.save()
    with pytest.raises(IntegrityError, match="UPDATE refused"), transaction.atomic():
        MeasuredResult.objects.update(points=1)
    MeasuredResult.objects.filter(pk=row.pk).delete()
    assert MeasuredResult.objects.count() == 0


def test_results_of_lists_every_unit_with_its_newest_result(
    block, questionnaire, assessments, django_assert_num_queries
):
    workbook_points(assessments[0])
    workbook_points(assessments[1])
    return_forms(questionnaire, assessments[0].unit, *"AAAAD")
    tally(block)
    surveyed = leaf(assessments[0], "2.2")
    with django_assert_num_queries(2):
        rows = queries.results_of(block, surveyed)
    assert [row.result and row.result.origin for row in rows] == ["tally", "workbook", None]
    assert rows[0].low < rows[0].result.mean < rows[0].high
    assert rows[1].low is None


# --- the command ------------------------------------------------------------------------------------------------------


def test_tally_command_writes_the_figures(block, questionnaire, assessments, tmp_path, capsys):
    return_forms(questionnaire, assessments[1].unit, *"AAABD")
    return_forms(questionnaire, assessments[0].unit, *"BBBBB")
    out = tmp_path / "ket-qua.csv"
    call_command("tally", block.cycle.code, "--out", str(out))
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    error = statistics.stdev([1, 1, 1, 0.6, 0]) / sqrt(5)
    assert [row["unit_code"] for row in rows] == ["S1", "S2"]
    assert rows[0] == {
        "unit_code": "S1",
        "criterion_code": "2.2",
        "n": "5",
        "mean": "0.600000000000",
        "standard_error": "0.000000000000",
        "low": "0.600000000000",
        "high": "0.600000000000",
        "points": "3.0000",
    }
    assert (rows[1]["n"], rows[1]["mean"], rows[1]["points"]) == ("5", "0.720000000000", "3.6000")
    assert float(rows[1]["standard_error"]) == pytest.approx(error, abs=1e-12)
    assert float(rows[1]["low"]) == pytest.approx(0.72 - 1.96 * error, abs=1e-11)
    assert "2 results, 2 recorded anew" in capsys.readouterr().out
    entry = AuditEntry.objects.get(action="survey.tallied")
    assert entry.actor is None


def test_tally_command_names_what_is_wrong(block, questionnaire, tmp_path):
    with pytest.raises(CommandError, match="NIRGENDS"):
        call_command("tally", "NIRGENDS", "--out", str(tmp_path / "x.csv"))
    with pytest.raises(CommandError):
        call_command("tally", block.cycle.code, "--out", str(tmp_path / "x.csv"))
    with pytest.raises(CommandError, match=r"x\.csv"):
        call_command("tally", block.cycle.code, "--out", str(tmp_path / "missing" / "x.csv"))


# --- external figures -------------------------------------------------------------------------------------------------


def enter(assessment, code="2.3", reason="Quyết định 5/QĐ-BNV", **figure):
    return services.enter_external(
        assessment_id=assessment.pk,
        criterion_id=leaf(assessment, code).pk,
        reason=reason,
        by=None,
        at=AT,
        **figure,
    )


def test_external_percentage_is_taken_of_the_maximum(assessments):
    user = UserFactory()
    row = services.enter_external(
        assessment_id=assessments[0].pk,
        criterion_id=leaf(assessments[0], "2.3").pk,
        percent=Decimal("86.437"),
        reason="Quyết định 5/QĐ-BNV",
        by=user,
        at=AT,
    )
    # 2 × 86.437 % = 1.72874
    assert (row.points, row.origin, row.by) == (Decimal("1.7287"), "entered", user)
    assert row.declared == ["86,437 %"]


def test_external_points_are_kept_as_they_are(assessments):
    assert enter(assessments[0], points=Decimal("1.5")).points == Decimal("1.5")


@pytest.mark.parametrize(
    "figure", [{"points": Decimal("2.0001")}, {"points": Decimal(-1)}, {"percent": Decimal(101)}]
)
def test_external_figure_outside_its_scale_is_refused(assessments, figure):
    with pytest.raises(services.InvalidFigure):
        enter(assessments[0], **figure)
    assert MeasuredResult.objects.count() == 0


def test_external_figure_without_a_source_document_is_refused(assessments):
    with pytest.raises(services.SurveyRefused):
        enter(assessments[0], points=Decimal(1), reason=" ")


def test_external_figure_of_a_survey_leaf_is_refused(assessments):
    with pytest.raises(services.SurveyRefused):
        enter(assessments[0], code="2.2", points=Decimal(1))


def test_external_figure_of_a_published_cycle_is_refused(block, assessments):
    block.cycle.published_at = AT
    block.cycle.save()
    with pytest.raises(services.SurveyRefused):
        enter(assessments[0], points=Decimal(1))


def test_newest_external_figure_counts_and_the_former_stays(block, assessments):
    enter(assessments[0], points=Decimal(1))
    last = enter(assessments[0], points=Decimal(2))
    assert list(newest_results(block.cycle).values()) == [last]
    assert MeasuredResult.objects.count() == 2


@pytest.fixture
def ruled(db):
    """An external leaf with a rule: budget revenue against its estimate."""
    version = make_version(
        [
            content("1", 2),
            content(
                "1.1",
                2,
                Source.EXTERNAL,
                RuleKind.RATIO,
                "từ 100 = 2; từ 80 = x2; còn lại = 0; mẫu 0 = không áp dụng",
                ("Thu", "Dự toán"),
            ),
        ],
        code="RULE",
    )
    return AssessmentFactory(block=BlockFactory(version=version))


def test_external_leaf_with_a_rule_takes_its_figures(ruled):
    row = enter(ruled, "1.1", declared=["90", "100"])
    assert (row.points, row.declared) == (Decimal("1.8"), ["90", "100"])


def test_external_figures_that_the_rule_does_not_take_are_refused_by_field(ruled):
    with pytest.raises(services.InvalidFigure) as invalid:
        enter(ruled, "1.1", declared=["90", "nhiều"])
    assert set(invalid.value.errors) == {1}


def test_external_figures_that_make_the_leaf_not_applicable_are_refused(ruled):
    with pytest.raises(services.InvalidFigure):
        enter(ruled, "1.1", declared=["90", "0"])


def test_external_leaves_tell_how_many_units_are_entered(block, assessments, django_assert_num_queries):
    enter(assessments[0], points=Decimal(1))
    enter(assessments[0], points=Decimal(2))
    with django_assert_num_queries(4):
        (found,) = queries.external_leaves(block.cycle)
    assert (found.leaf.code, found.entered, found.units) == ("2.3", 1, 3)
