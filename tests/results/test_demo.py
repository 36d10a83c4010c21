"""The demo: a published year, a year under way, and something to do for everybody."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Assessment, Cycle
from par_index.accounts import demo
from par_index.accounts.models import User
from par_index.core import worklist
from par_index.results.demo import loading, people
from par_index.results.demo.progress import progress_of, turned_back
from par_index.results.models import Publication
from par_index.results.workbook import reader

Status = Assessment.Status


@pytest.mark.django_db
def test_demo_gives_every_role_something_to_do(client, at, settings):
    settings.DEMO = True

    loading.load(at=at)

    last_year, this_year = Cycle.objects.order_by("year")
    assert Publication.objects.get().cycle == last_year
    assert last_year.published_at is not None
    assert this_year.published_at is None
    statuses = Counter(this_year.assessments.values_list("status", flat=True))
    assert set(statuses) == {Status.DRAFT, Status.SUBMITTED, Status.IN_APPRAISAL, Status.FINALISED}
    assert [account.username for account in demo.accounts()] == [one.username for one in people.EVERYBODY]
    at_work = (people.MANAGER, *people.OFFICERS, *people.LEADERS, *people.MEMBERS)
    handed_in = {people.OFFICERS[1], people.LEADERS[1]}
    for person in at_work:
        tasks = worklist.tasks_for(User.objects.get(username=person.username), at)
        assert bool(tasks) == (person not in handed_in), person.username
    for person in people.EVERYBODY:
        client.force_login(User.objects.get(username=person.username))
        page = client.get("/")
        assert page.status_code == 200
        assert "Số liệu minh họa" in page.content.decode()
    with pytest.raises(loading.DemoExists):
        loading.load(at=at)


@pytest.mark.django_db
def test_load_demo_outside_demo_mode_is_refused(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="PAR_INDEX_DEMO"):
        call_command("load_demo")

    assert not User.objects.exists()


def test_turned_back_book_holds_no_decision_of_a_unit_that_still_scores():
    book = turned_back(reader.read(loading.BOOKS / "tinh-mau-2025.xlsx"))

    scoring = {unit.code for unit in book.units if unit.status in (Status.DRAFT, Status.SUBMITTED)}
    left = [leaf for leaf in book.leaves if leaf.unit_code in scoring]
    assert left
    assert all(
        leaf.appraised_points is None and leaf.measured_points is None for leaf in left if not leaf.exempt
    )
    assert [unit.status for unit in book.units] == [progress_of(unit.code).status for unit in book.units]
