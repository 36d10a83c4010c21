from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from par_index.core.models import AuditEntry
from surveys import links, services
from surveys.models import Invitation, Option, Question, Questionnaire
from tests.factories import (
    AT,
    AssessmentFactory,
    BlockFactory,
    RespondentGroupFactory,
    UserFactory,
    make_links,
    make_questionnaire,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(block):
    return make_questionnaire(block, code="P9", state="draft")


def refused(service, **arguments) -> str:
    with pytest.raises(services.SurveyRefused) as error:
        service(by=None, at=AT, **arguments)
    return str(error.value)


def publish(cycle) -> None:
    cycle.published_at = timezone.now()
    cycle.save()


def test_add_group_keeps_weight_and_minimum(block):
    user = UserFactory()
    group = services.add_group(
        cycle_id=block.cycle_id,
        code="HDND",
        name="Đại biểu",
        weight=Decimal("1.5"),
        minimum=7,
        by=user,
        at=AT,
    )
    group.refresh_from_db()
    assert (group.weight, group.minimum) == (Decimal("1.5"), 7)
    entry = AuditEntry.objects.get(action="survey.group_added")
    assert (entry.actor, entry.target) == (user, f"group {block.cycle.code}/HDND")


def test_add_group_with_a_code_that_is_taken_is_refused(block):
    group = RespondentGroupFactory(cycle=block.cycle)
    message = refused(
        services.add_group, cycle_id=block.cycle_id, code=group.code, name="x", weight=Decimal(1), minimum=5
    )
    assert group.code in message


def test_change_group_logs_what_it_was(block):
    group = RespondentGroupFactory(cycle=block.cycle, weight=1)
    services.change_group(group_id=group.pk, name="Mới", weight=Decimal(2), minimum=9, by=None, at=AT)
    group.refresh_from_db()
    assert (group.name, group.weight, group.minimum) == ("Mới", 2, 9)
    assert AuditEntry.objects.get(action="survey.group_changed").detail["before"]["minimum"] == 5


def test_group_with_a_minimum_below_two_is_refused_by_the_database(block):
    with pytest.raises(IntegrityError):
        RespondentGroupFactory(cycle=block.cycle, minimum=1)


def test_questions_for_leaves_ask_about_each_survey_leaf_once(draft):
    (question,) = draft.questions.all()
    assert (question.code, question.criterion.code) == ("C1", "2.2")
    assert question.text == "Ông/Bà đánh giá thế nào về: Tiêu chí 2.2?"
    options = question.options.values_list("code", "text", "weight")
    assert list(options) == [
        ("A", "Tốt", Decimal("1.0000")),
        ("B", "Khá", Decimal("0.6000")),
        ("C", "Trung bình", Decimal("0.2000")),
        ("D", "Kém", Decimal("0.0000")),
        ("KB", "Không biết", None),
    ]
    refused(services.add_questions_for_leaves, questionnaire_id=draft.pk)
    assert draft.questions.count() == 1


@pytest.mark.parametrize("scale", services.SCALES)
def test_each_scale_runs_from_full_to_no_points(draft, scale):
    question = services.add_question(
        questionnaire_id=draft.pk,
        criterion_id=draft.questions.get(code="C1").criterion_id,
        text="?",
        scale=scale,
        by=None,
        at=AT,
    )
    weights = list(question.options.order_by("position").values_list("weight", flat=True))
    assert (weights[0], weights[-2], weights[-1]) == (1, 0, None)
    assert weights[:-1] == sorted(weights[:-1], reverse=True)


def test_question_codes_are_never_given_twice(draft):
    leaf = draft.questions.get().criterion_id
    add = {
        "questionnaire_id": draft.pk,
        "criterion_id": leaf,
        "text": "?",
        "scale": "quality",
        "by": None,
        "at": AT,
    }
    second = services.add_question(**add)
    services.remove_question(question_id=draft.questions.get(code="C1").pk, by=None, at=AT)
    third = services.add_question(**add)
    assert (second.code, third.code) == ("C2", "C3")


def test_change_question_keeps_its_answers(draft):
    question = draft.questions.get()
    services.change_question(
        question_id=question.pk, criterion_id=question.criterion_id, text="Câu mới", by=None, at=AT
    )
    question.refresh_from_db()
    assert question.text == "Câu mới"
    assert question.options.count() == 5


def test_open_without_a_question_is_refused(draft):
    services.remove_question(question_id=draft.questions.get().pk, by=None, at=AT)
    refused(services.open_questionnaire, questionnaire_id=draft.pk)
    draft.refresh_from_db()
    assert draft.state == Questionnaire.State.DRAFT


def test_opened_questionnaire_is_frozen(questionnaire):
    question = questionnaire.questions.get()
    here = {"questionnaire_id": questionnaire.pk}
    new = {"criterion_id": question.criterion_id, "text": "x"}
    refused(services.open_questionnaire, **here)
    refused(services.change_questionnaire, title="x", introduction="", **here)
    refused(services.delete_questionnaire, **here)
    refused(services.add_question, scale="quality", **new, **here)
    refused(services.change_question, question_id=question.pk, **new)
    refused(services.remove_question, question_id=question.pk)


@pytest.mark.sqlite
def test_opened_questionnaire_is_frozen_in_the_database(questionnaire):
    question = questionnaire.questions.get()
    option = question.options.first()
    attempts = [
        lambda: Question.objects.filter(pk=question.pk).update(text="x"),
        lambda: Option.objects.filter(pk=option.pk).update(weight=0),
        lambda: Option.objects.filter(pk=option.pk).delete(),
        lambda: Option.objects.create(question=question, code="Z", position=9, text="Z", weight=1),
        lambda: Question.objects.create(
            questionnaire=questionnaire, code="Z", position=9, text="Z", criterion=question.criterion
        ),
    ]
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="guarded"), transaction.atomic():
            attempt()


def test_close_a_draft_is_refused(draft):
    refused(services.close_questionnaire, questionnaire_id=draft.pk)


def test_closed_questionnaire_stays_closed(questionnaire):
    services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    refused(services.close_questionnaire, questionnaire_id=questionnaire.pk)
    refused(services.open_questionnaire, questionnaire_id=questionnaire.pk)


def test_delete_a_draft_removes_its_questions(draft):
    services.delete_questionnaire(questionnaire_id=draft.pk, by=None, at=AT)
    assert not Questionnaire.objects.filter(pk=draft.pk).exists()
    assert AuditEntry.objects.filter(action="survey.questionnaire_deleted").exists()


def test_published_cycle_takes_no_change(draft, questionnaire, unit):
    publish(draft.cycle)
    cycle = {"cycle_id": draft.cycle_id}
    refused(services.add_group, code="x", name="x", weight=Decimal(1), minimum=5, **cycle)
    refused(services.open_questionnaire, questionnaire_id=draft.pk)
    refused(services.close_questionnaire, questionnaire_id=questionnaire.pk)
    refused(services.invite, questionnaire_id=questionnaire.pk, unit_ids=[unit.pk], per_unit=1)
    refused(services.tally, reason="x", **cycle)


# --- links --------------------------------------------------------------------------------------------------------


def test_invite_keeps_digests_and_hands_out_tokens(questionnaire, assessments):
    units = [assessments[0].unit, assessments[1].unit]
    made = services.invite(
        questionnaire_id=questionnaire.pk, unit_ids=[unit.pk for unit in units], per_unit=3, by=None, at=AT
    )
    assert [link.unit for link in made] == [units[0]] * 3 + [units[1]] * 3
    assert len({link.token for link in made}) == 6
    kept = set(Invitation.objects.values_list("token_digest", flat=True))
    assert kept == {links.digest(link.token) for link in made}
    logged = str(list(AuditEntry.objects.filter(action="survey.links_made").values()))
    assert not any(link.token in logged or links.digest(link.token) in logged for link in made)


def test_invite_for_a_draft_is_refused(draft, unit):
    refused(services.invite, questionnaire_id=draft.pk, unit_ids=[unit.pk], per_unit=1)


def test_invite_about_a_unit_of_another_block_is_refused(questionnaire, block, unit):
    other = AssessmentFactory(block=BlockFactory(cycle=block.cycle)).unit
    refused(services.invite, questionnaire_id=questionnaire.pk, unit_ids=[unit.pk, other.pk], per_unit=1)
    assert Invitation.objects.count() == 0


@pytest.mark.parametrize("number", [0, -1, 2001])
def test_invite_is_limited(questionnaire, unit, number):
    refused(services.invite, questionnaire_id=questionnaire.pk, unit_ids=[unit.pk], per_unit=number)


def test_tokens_are_long_and_safe_in_an_address(questionnaire, unit):
    for token in make_links(questionnaire, unit, 50):
        assert links.TOKEN.fullmatch(token)


def test_qr_code_carries_no_style_of_its_own():
    drawing = links.qr_code("https://example.vn/k/AAAAAAAAAAAAAAAAAAAAAA/")
    assert drawing.startswith("<svg")
    assert "style" not in drawing
    assert "<script" not in drawing
