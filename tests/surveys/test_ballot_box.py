import threading

import pytest
from django.db import connection, connections

from assessments.models import Cycle
from surveys import ballot_box, links
from surveys.models import Answer, Form, Invitation, Questionnaire, SealedForm, Turnout
from surveys.services import close_questionnaire
from tests.factories import AT, choices, make_links, make_questionnaire

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def cast(questionnaire, token, *codes):
    ballot_box.cast(token=token, choices=choices(questionnaire, *codes))


def physical_rows(model, columns: str) -> list[tuple]:
    """Rows in the order in which the table's pages hold them, with what the database keeps beside each row."""
    hidden = "xmin::text, ctid::text" if connection.vendor == "postgresql" else "rowid, rowid"
    order = "ctid" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {hidden}, {columns} FROM {model._meta.db_table} ORDER BY {order}")
        return cursor.fetchall()


def test_cast_keeps_the_form_sealed_and_the_link_used(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    cast(questionnaire, token, "B")
    assert Invitation.objects.get().used
    assert SealedForm.objects.get().answers == {str(q): o for q, o in choices(questionnaire, "B").items()}
    assert Form.objects.count() == 0


def test_cast_a_second_time_is_refused_and_keeps_the_first_answers(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    cast(questionnaire, token, "A")
    with pytest.raises(ballot_box.LinkUsed):
        cast(questionnaire, token, "D")
    (sealed,) = SealedForm.objects.all()
    assert sealed.answers == {str(q): o for q, o in choices(questionnaire, "A").items()}


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 21 + "!", "a" * 5000, "ạ" * 22])
def test_cast_with_a_forged_link_is_refused(questionnaire, unit, token):
    make_links(questionnaire, unit)
    with pytest.raises(ballot_box.UnknownLink):
        cast(questionnaire, token, "A")
    assert SealedForm.objects.count() == 0


def test_cast_after_closing_is_refused(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    with pytest.raises(ballot_box.NotOpen):
        cast(questionnaire, token, "A")
    assert Form.objects.count() == SealedForm.objects.count() == 0


def test_cast_after_the_cycle_is_published_is_refused(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    Cycle.objects.filter(pk=questionnaire.cycle_id).update(published_at=AT)
    with pytest.raises(ballot_box.NotOpen):
        cast(questionnaire, token, "A")
    assert Form.objects.count() == SealedForm.objects.count() == 0


def test_cast_without_a_required_answer_leaves_the_link_open(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    (question,) = questionnaire.questions.all()
    with pytest.raises(ballot_box.IncompleteForm) as refused:
        ballot_box.cast(token=token, choices={})
    assert refused.value.questions == [question.pk]
    assert not Invitation.objects.get().used


def test_cast_with_an_option_of_another_question_is_refused(questionnaire, block, unit):
    other = make_questionnaire(block, code="P2")
    (token,) = make_links(questionnaire, unit)
    (question,) = questionnaire.questions.all()
    (foreign,) = choices(other, "A").values()
    with pytest.raises(ballot_box.IncompleteForm) as refused:
        ballot_box.cast(token=token, choices={question.pk: foreign})
    assert refused.value.questions == [question.pk]


def test_cast_ignores_questions_of_other_questionnaires(questionnaire, block, unit):
    other = make_questionnaire(block, code="P2")
    (token,) = make_links(questionnaire, unit)
    ballot_box.cast(token=token, choices=choices(questionnaire, "A") | choices(other, "D"))
    (sealed,) = SealedForm.objects.all()
    assert set(sealed.answers) == {str(pk) for pk in choices(questionnaire, "A")}


def test_forms_leave_the_box_when_enough_wait_about_one_unit(questionnaire, assessments):
    first, second = assessments[0].unit, assessments[1].unit
    for token in make_links(questionnaire, first, 4):
        cast(questionnaire, token, "A")
    (other,) = make_links(questionnaire, second)
    cast(questionnaire, other, "D")
    assert (Form.objects.count(), SealedForm.objects.count()) == (0, 5)
    (fifth,) = make_links(questionnaire, first)
    cast(questionnaire, fifth, "C")
    assert Form.objects.count() == 5
    assert sorted(Answer.objects.filter(unit=first).values_list("option__code", flat=True)) == [*"AAAAC"]
    assert SealedForm.objects.get().unit == second


def test_closing_empties_the_box_and_forgets_which_links_were_used(questionnaire, unit):
    used, _unused = make_links(questionnaire, unit, 2)
    cast(questionnaire, used, "B")
    close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    assert Answer.objects.get().option.code == "B"
    assert SealedForm.objects.count() == 0
    assert list(Invitation.objects.values_list("used", flat=True)) == [True, True]
    assert Turnout.objects.get().used == 1


# --- attempts to join a link with its answers ---------------------------------------------------------------------


ORDER = "AABBCCDDAB"


@pytest.fixture
def ten_forms(questionnaire, unit):
    """Ten links used one after another with known answers; returns the tokens' digests in that order."""
    tokens = make_links(questionnaire, unit, 12)
    for token, code in zip(tokens, ORDER, strict=False):
        cast(questionnaire, token, code)
    return [links.digest(token) for token in tokens[:10]]


def test_no_column_of_a_link_stands_beside_answers(ten_forms):
    fields = {field.name for field in Invitation._meta.get_fields()}
    assert fields == {"id", "questionnaire", "unit", "token_digest", "used"}
    known = {str(value) for row in Invitation.objects.values_list("id", "token_digest") for value in row}
    beside = {
        str(value)
        for model in (Form, Answer, SealedForm)
        for row in model.objects.values_list()
        for value in row
    }
    assert known.isdisjoint(beside)


def test_no_row_of_the_ballot_carries_a_time():
    kinds = {
        field.get_internal_type()
        for model in (Invitation, SealedForm, Form, Answer)
        for field in model._meta.fields
    }
    assert kinds.isdisjoint({"DateField", "DateTimeField", "TimeField"})


def test_neither_keys_nor_places_of_answers_tell_the_order_of_arrival(questionnaire, unit):
    arrival = ("A", "B", "C", "D", "KB")
    codes = dict(questionnaire.questions.get().options.values_list("pk", "code"))
    seen, known = set(), set()
    for _release in range(8):
        for token, code in zip(make_links(questionnaire, unit, 5), arrival, strict=True):
            cast(questionnaire, token, code)
        # Not the last places of the table: the database fills gaps that earlier rows left.
        rows = physical_rows(Answer, "id, option_id")
        by_place = [codes[option] for _xmin, _ctid, pk, option in rows if pk not in known]
        by_key = Answer.objects.exclude(pk__in=known).order_by("form")
        seen |= {("place", *by_place), ("key", *by_key.values_list("option__code", flat=True))}
        known = {pk for _xmin, _ctid, pk, _option in rows}
        assert sorted(by_place) == sorted(arrival)
    # One fixed order, that of arrival or another, would have come out eight times: by chance once in 120 ** 7.
    assert len({order for order in seen if order[0] == "place"}) > 1
    assert len({order for order in seen if order[0] == "key"}) > 1


def test_used_and_unused_links_look_alike_to_the_database(ten_forms):
    rows = physical_rows(Invitation, "used, token_digest")
    assert sorted(used for _xmin, _ctid, used, _digest in rows) == [False] * 2 + [True] * 10
    if connection.vendor == "postgresql":
        # one transaction has written them all: it tells of none
        assert len({xmin for xmin, *_rest in rows}) == 1
    else:
        # they stay where they were written when the links were made
        made = {link: place for place, link in enumerate(ten_forms)}
        assert [made[digest] for *_rest, digest in rows if digest in made] == list(range(10))


def test_sealed_forms_look_alike_to_the_database(questionnaire, unit):
    for token in make_links(questionnaire, unit, 4):
        cast(questionnaire, token, "A")
    rows = physical_rows(SealedForm, "id")
    assert len(rows) == 4
    if connection.vendor == "postgresql":
        assert len({xmin for xmin, *_rest in rows}) == 1


def test_sealed_forms_change_key_and_order_with_each_arrival(questionnaire, unit):
    first, second = make_links(questionnaire, unit, 2)
    cast(questionnaire, first, "A")
    before = set(SealedForm.objects.values_list("pk", flat=True))
    cast(questionnaire, second, "D")
    assert before.isdisjoint(SealedForm.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_forms_with_one_link_at_once_make_one(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    answers = [choices(questionnaire, "A"), choices(questionnaire, "D")]
    start, refused = threading.Barrier(2), []

    def post(chosen):
        try:
            start.wait()
            ballot_box.cast(token=token, choices=chosen)
        except ballot_box.LinkUsed as error:
            refused.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post, args=(chosen,)) for chosen in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert SealedForm.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_each_arrival_in_a_transaction_of_its_own_leaves_one_mark_on_all(questionnaire, unit):
    tokens = make_links(questionnaire, unit, 8)
    for token in tokens[:7]:
        cast(questionnaire, token, "A")
    if connection.vendor == "postgresql":
        links_marks = {row[0] for row in physical_rows(Invitation, "used")}
        sealed_marks = {row[0] for row in physical_rows(SealedForm, "id")}
        form_marks = {row[0] for row in physical_rows(Form, "channel")}
        assert len(links_marks) == len(sealed_marks) == len(form_marks) == 1
    assert Questionnaire.objects.get().forms.count() == 5
