"""Who may open which address of the survey: others find nothing (404), the anonymous are sent to log in."""

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from tests.factories import BlockFactory, UserFactory, leaf, make_questionnaire

pytestmark = pytest.mark.django_db

READERS = {"manager", "auditor"}
MANAGERS = {"manager"}
# address name -> roles that may open it
ALLOWED = {
    "index": READERS,
    "desk": READERS,
    "results": READERS,
    "questionnaire": READERS,
    "preview": READERS,
    "group_add": MANAGERS,
    "group_change": MANAGERS,
    "questionnaire_add": MANAGERS,
    "questionnaire_change": MANAGERS,
    "questionnaire_delete": MANAGERS,
    "questionnaire_open": MANAGERS,
    "questionnaire_close": MANAGERS,
    "question_add": MANAGERS,
    "question_change": MANAGERS,
    "question_remove": MANAGERS,
    "links": MANAGERS,
    "import": MANAGERS,
    "tally": MANAGERS,
    "external": MANAGERS,
}
CHANGED_BY_POST_ALONE = {"standard_questions", "links_file"}
ROLES = ("manager", "auditor", "enumerator", "officer", "leader", "manager_of_another", "superuser", "nobody")


@pytest.fixture
def addresses(block, assessments):
    found = make_questionnaire(block, state="draft")
    question = found.questions.get()
    here = [block.cycle.code, found.pk]
    arguments = {
        "index": [],
        "desk": here[:1],
        "results": here[:1],
        "import": here[:1],
        "tally": here[:1],
        "group_add": here[:1],
        "questionnaire_add": here[:1],
        "group_change": [block.cycle.code, found.group_id],
        "external": [block.cycle.code, block.pk, leaf(assessments[0], "2.3").pk],
        "question_change": [*here, question.pk],
        "question_remove": [*here, question.pk],
    }
    names = [*ALLOWED, *CHANGED_BY_POST_ALONE]
    return {name: reverse(f"surveys:{name}", args=arguments.get(name, here)) for name in names}


@pytest.fixture
def people(block, unit):
    people = {role: UserFactory(is_superuser=role == "superuser") for role in ROLES}
    assign_perm("assessments.manage_cycle", people["manager"], block.cycle)
    assign_perm("assessments.audit_cycle", people["auditor"], block.cycle)
    assign_perm("assessments.enter_survey_forms", people["enumerator"], block.cycle)
    assign_perm("assessments.score_unit", people["officer"], unit)
    assign_perm("assessments.lead_unit", people["leader"], unit)
    assign_perm("assessments.manage_cycle", people["manager_of_another"], BlockFactory().cycle)
    return people


def test_pages_open_for_the_roles_of_the_table_alone(client, addresses, people):
    opened = {name: set() for name in ALLOWED}
    for role, user in people.items():
        client.force_login(user)
        for name in ALLOWED:
            status = client.get(addresses[name]).status_code
            if status != 404:
                opened[name].add(role)
    # whoever manages another cycle has an index of their own
    opened["index"].discard("manager_of_another")
    assert opened == ALLOWED


def test_posts_of_others_find_nothing_and_change_nothing(client, addresses, people, block):
    found = block.cycle.questionnaires.get()
    for role, user in people.items():
        if role == "manager":
            continue
        client.force_login(user)
        for name, address in addresses.items():
            response = client.post(address, {"title": "x", "reason": "x", "text": "x", "code": "x"})
            assert response.status_code in (404, 405), (role, name)
    found.refresh_from_db()
    assert (found.state, found.title, found.questions.count()) == ("draft", "Phiếu khảo sát P1", 1)
    assert block.cycle.respondent_groups.count() == 1


def test_anonymous_visitors_are_sent_to_log_in(client, addresses):
    login = reverse("accounts:login")
    for name, address in addresses.items():
        response = client.post(address) if name in CHANGED_BY_POST_ALONE else client.get(address)
        assert response.status_code == 302
        assert response.url.startswith(login), name


def test_things_of_another_cycle_are_not_found_below_ones_own(client, addresses, people, block):
    other = BlockFactory()
    foreign = make_questionnaire(other, state="draft")
    client.force_login(people["manager"])
    for name in ("questionnaire", "preview", "questionnaire_open", "links", "question_add"):
        address = reverse(f"surveys:{name}", args=[block.cycle.code, foreign.pk])
        assert client.get(address).status_code == 404
    assert (
        client.get(reverse("surveys:group_change", args=[block.cycle.code, foreign.group_id])).status_code
        == 404
    )


def test_published_cycle_can_be_read_but_shows_no_acts(client, addresses, people, block):
    block.cycle.published_at = block.cycle.created_at
    block.cycle.save()
    client.force_login(people["manager"])
    page = client.get(addresses["questionnaire"]).content.decode()
    assert addresses["questionnaire_open"] not in page
    assert addresses["question_add"] not in page
