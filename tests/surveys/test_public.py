"""The respondent's pages, as a phone without login sees them."""

import logging
import re

import pytest
from django.test import Client
from django.urls import reverse

from surveys import services
from surveys.log import HideTokens
from surveys.models import Answer, Form, Invitation, SealedForm
from tests.factories import AT, UserFactory, choices, make_links, make_questionnaire

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(questionnaire, unit):
    (token,) = make_links(questionnaire, unit)
    return token


@pytest.fixture
def address(token):
    return reverse("surveys:form", args=[token])


def fields(questionnaire, *codes) -> dict[str, str]:
    return {f"q{question}": str(option) for question, option in choices(questionnaire, *codes).items()}


def test_form_asks_about_the_links_unit(client, address, questionnaire, unit):
    response = client.get(address)
    page = response.content.decode()
    assert response.status_code == 200
    assert questionnaire.title in page
    assert unit.name in page
    assert page.count('type="radio"') == 5
    assert "Không biết" in page


def test_form_opens_without_session_and_leaves_none(client, address, questionnaire):
    client.get(address)
    client.post(address, fields(questionnaire, "A"))
    assert "sessionid" not in client.cookies


def test_form_gives_its_address_to_nobody(client, address):
    response = client.get(address)
    assert response.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response.headers["Cache-Control"]
    assert "noindex" in response.headers["X-Robots-Tag"]


def test_form_weighs_little_and_loads_no_work_scripts(client, address):
    page = client.get(address).content.decode()
    assert len(page.encode()) < 30_000
    assert "htmx" not in re.sub(r"<meta[^>]*>", "", page)
    assert "portal.js" not in page


def test_sending_the_form_says_thank_you_and_keeps_one_sealed_form(client, address, questionnaire):
    response = client.post(address, fields(questionnaire, "B"), follow=True)
    assert response.redirect_chain == [(reverse("surveys:thanks"), 302)]
    assert response.status_code == 200
    assert SealedForm.objects.count() == 1
    assert Form.objects.count() == 0


def test_used_link_says_so_and_stores_nothing_twice(client, address, questionnaire):
    client.post(address, fields(questionnaire, "B"))
    assert client.get(address).status_code == 410
    assert client.post(address, fields(questionnaire, "A")).status_code == 410
    (sealed,) = SealedForm.objects.all()
    assert sealed.answers == {str(q): o for q, o in choices(questionnaire, "B").items()}


@pytest.mark.parametrize("forged", ["A" * 22, "x", "%00", "ạ", "A" * 4000, "' OR 1=1 --"])
def test_forged_link_is_not_found(client, address, forged):
    response = client.get(reverse("surveys:form", args=[forged]))
    assert response.status_code == 404
    assert client.post(reverse("surveys:form", args=[forged]), {"q1": "1"}).status_code == 404


def test_closed_survey_says_so(client, address, questionnaire):
    services.close_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    assert client.get(address).status_code == 410
    assert client.post(address, fields(questionnaire, "A")).status_code == 410
    assert Form.objects.count() == SealedForm.objects.count() == 0


def test_looking_at_the_form_changes_nothing(client, address):
    for _time in range(3):
        client.get(address)
        client.head(address)
    assert not Invitation.objects.get().used


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_missing_answer_is_shown_and_the_chosen_ones_stay(client, block, unit, assessments):
    questionnaire = make_questionnaire(block, state="draft")
    criterion = questionnaire.questions.get().criterion_id
    second = services.add_question(
        questionnaire_id=questionnaire.pk,
        criterion_id=criterion,
        text="Câu hai",
        scale="yes_no",
        by=None,
        at=AT,
    )
    services.open_questionnaire(questionnaire_id=questionnaire.pk, by=None, at=AT)
    (token,) = make_links(questionnaire, unit)
    first = questionnaire.questions.get(position=1)
    chosen = first.options.get(code="B")
    response = client.post(reverse("surveys:form", args=[token]), {f"q{first.pk}": chosen.pk})
    page = response.content.decode()
    assert response.status_code == 422
    assert f'href="#q{second.pk}"' in page
    assert f'id="q{second.pk}-error"' in page
    assert re.search(rf'value="{chosen.pk}"\s+checked', page)
    assert "<span data-answered>1</span>" in page
    assert not Invitation.objects.get().used


@pytest.mark.parametrize("value", ["0", "-1", "abc", "9" * 18, "9" * 300, "1.5", "١", "<script>", "\x00"])
def test_wrong_option_is_refused(client, address, questionnaire, value):
    (question,) = questionnaire.questions.all()
    response = client.post(address, {f"q{question.pk}": value})
    assert response.status_code == 422
    assert "<script>" not in response.content.decode()
    assert SealedForm.objects.count() == 0


def test_option_of_another_questionnaire_is_refused(client, address, questionnaire, block):
    other = make_questionnaire(block, code="P2")
    (question,) = questionnaire.questions.all()
    (foreign,) = choices(other, "A").values()
    assert client.post(address, {f"q{question.pk}": foreign}).status_code == 422


def test_thousands_of_fields_are_refused(client, address):
    response = client.post(address, {f"q{number}": "1" for number in range(5000)})
    assert response.status_code == 400
    assert SealedForm.objects.count() == 0


def test_unknown_fields_are_ignored(client, address, questionnaire, block, unit):
    more = {"unit": "999", "used": "0", "answers": "x" * 100_000}
    client.post(address, fields(questionnaire, "A") | more)
    (sealed,) = SealedForm.objects.all()
    assert sealed.unit == unit
    assert sealed.answers == {str(q): o for q, o in choices(questionnaire, "A").items()}


def test_form_is_protected_against_forgery(address, questionnaire):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, fields(questionnaire, "A")).status_code == 403
    page = strict.get(address).content.decode()
    sent = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    response = strict.post(address, fields(questionnaire, "A") | {"csrfmiddlewaretoken": sent})
    assert response.status_code == 302


def test_officer_who_is_logged_in_sees_no_more_than_others(client, address):
    client.force_login(UserFactory(full_name="Trần Thị Cán Bộ"))
    page = client.get(address).content.decode()
    assert "Trần Thị Cán Bộ" not in page


def test_five_forms_come_out_of_the_box_together(client, questionnaire, unit):
    for token in make_links(questionnaire, unit, 5):
        client.post(reverse("surveys:form", args=[token]), fields(questionnaire, "A"))
    assert (Form.objects.count(), Answer.objects.count(), SealedForm.objects.count()) == (5, 5, 0)


def test_english_shows_the_frame_in_english(client, address):
    client.cookies["django_language"] = "en"
    assert "Send the form" in client.get(address).content.decode()


def test_refused_requests_leave_no_token_in_the_log(client, address, token, questionnaire, caplog):
    client.post(address, {})
    client.post(address, fields(questionnaire, "A"))
    client.get(address)
    hide = HideTokens()
    told = [record for record in caplog.records if hide.filter(record)]
    assert len(told) >= 2
    assert not any(token in record.getMessage() for record in told)


def test_every_handler_of_the_log_hides_tokens(settings):
    handlers = settings.LOGGING["handlers"].values()
    assert handlers
    assert all("hide_tokens" in handler["filters"] for handler in handlers)


def test_log_filter_keeps_the_rest_of_the_line():
    record = logging.LogRecord("x", 30, "f", 1, "%s: %s (%d)", ("Gone", "/k/AbC_-12345/?a=1", 410), None)
    HideTokens().filter(record)
    assert record.getMessage() == "Gone: /k/…/?a=1 (410)"
