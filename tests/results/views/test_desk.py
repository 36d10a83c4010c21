import pytest
from django.urls import reverse
from django.utils import translation
from guardian.shortcuts import assign_perm

from assessments.models import Assessment, Cycle, Step
from councils.models import Member
from par_index.core.models import Job
from par_index.results import services
from par_index.results.models import Consolidation, Publication
from tests.factories import (
    AT,
    AssessmentFactory,
    CouncilFactory,
    MemberFactory,
    UserFactory,
    complete_cycle,
    decide,
    open_step,
)

pytestmark = pytest.mark.django_db

DECISION = {"number": "512/QĐ-UBND", "date": "16/03/2026", "signer": "Chủ tịch UBND tỉnh"}


@pytest.fixture
def cycle() -> Cycle:
    return complete_cycle(code="KY2025")


@pytest.fixture
def manager(cycle):
    user = UserFactory(full_name="Quản lý")
    assign_perm("assessments.manage_cycle", user, cycle)
    return user


@pytest.fixture
def chair(cycle):
    return MemberFactory(council=CouncilFactory(cycle=cycle), role=Member.Role.CHAIR).user


@pytest.fixture
def run(cycle, at) -> Consolidation:
    return services.consolidate(cycle_id=cycle.pk, by=None, at=at)


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies["django_language"] = "en"
    yield
    translation.deactivate()


def page(client, name: str, *arguments) -> str:
    return client.get(reverse(f"results:{name}", args=arguments)).content.decode()


def test_desk_says_that_nothing_is_missing(client, cycle, manager):
    client.force_login(manager)

    text = page(client, "desk", "KY2025")

    assert "Nothing is missing" in text
    assert "Every criterion of all 3 units is decided." in text


def test_desk_lists_what_is_missing_with_links_to_it(client, cycle, manager):
    sheet = AssessmentFactory(block=cycle.blocks.get(), unit__code="D", unit__name="Sở D", position=9)
    client.force_login(manager)

    text = page(client, "desk", "KY2025")

    assert "Not decided by the council" in text
    assert "1.1, 1.2, 1.3, 1.4, 2.1" in text
    assert f'href="{reverse("councils:council", args=["KY2025"])}">Open the page for it' in text
    assert f'href="{reverse("surveys:results", args=["KY2025"])}">Open the page for it' in text
    assert f'href="{reverse("assessments:sheet", args=[sheet.pk])}">Sở D</a>' in text


def test_desk_names_units_that_are_not_finalised(client, cycle, manager):
    cycle.assessments.filter(unit__code="B").update(status=Assessment.Status.IN_APPRAISAL)
    client.force_login(manager)
    assert "Appraisal not finalised" in page(client, "desk", "KY2025")


def test_consolidate_runs_as_a_job_to_the_run(client, cycle, manager, run_jobs):
    client.force_login(manager)

    answer = client.post(reverse("results:consolidate", args=["KY2025"]))

    (job,) = run_jobs()
    assert answer.url == reverse("core:job", args=[job.pk])
    stored = Consolidation.objects.get()
    assert (job.state, job.done, job.total) == (Job.State.DONE, 100, 100)
    assert job.result["url"] == reverse("results:run", args=["KY2025", stored.pk])
    assert (stored.computed_by, stored.job) == (manager, job)


def test_consolidate_pressed_twice_is_one_job(client, cycle, manager):
    client.force_login(manager)
    for _time in range(2):
        client.post(reverse("results:consolidate", args=["KY2025"]))
    assert Job.objects.count() == 1


def test_consolidate_that_lacks_something_says_how_much_and_leads_to_the_list(
    client, cycle, manager, run_jobs
):
    AssessmentFactory(block=cycle.blocks.get(), unit__code="D", unit__name="Sở D", position=9)
    client.force_login(manager)
    client.post(reverse("results:consolidate", args=["KY2025"]))

    (job,) = run_jobs()

    assert job.state == Job.State.FAILED
    assert job.error == (
        "Not everything is there yet. Not decided by the council: 5 criteria; No survey result: 1 criterion;"
        " No external figure: 1 criterion."
    )
    assert job.result == {"url": reverse("results:desk", args=["KY2025"])}
    assert "Not decided by the council: 5 criteria" in page(client, "desk", "KY2025")
    assert not Consolidation.objects.exists()


def test_run_shows_results_and_differences_from_the_run_before(client, cycle, manager, run, at):
    decide(cycle.assessments.get(unit__code="A"), "1.1", 0, reason="Sai số liệu")
    newer = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    client.force_login(manager)

    text = page(client, "run", "KY2025", newer.pk)

    differences = text.partition(f"Differences from run {run.pk}</h2>")[2].partition("</section>")[0]
    assert "Sở A" in differences
    assert "100.00" in differences
    assert "80.00" in differences
    assert "Sở C" not in differences


def test_run_says_when_it_is_out_of_date(client, cycle, chair, run):
    decide(cycle.assessments.get(unit__code="A"), "1.1", 0, reason="Sai số liệu")
    client.force_login(chair)

    text = page(client, "run", "KY2025", run.pk)

    assert "Out of date" in text
    assert reverse("results:confirm", args=["KY2025", run.pk]) not in text


def test_run_without_a_chair_to_confirm_it_leads_to_the_council(client, cycle, manager, chair, run):
    client.force_login(manager)
    council = f'href="{reverse("councils:council", args=["KY2025"])}"'
    assert "no chair yet" not in page(client, "run", "KY2025", run.pk)

    Member.objects.filter(user=chair).delete()

    text = page(client, "run", "KY2025", run.pk)
    assert "no chair yet" in text
    assert council in text


def test_chair_confirms(client, chair, run):
    client.force_login(chair)
    url = reverse("results:confirm", args=["KY2025", run.pk])
    assert "Confirm the results of run" in client.get(url).content.decode()

    client.post(url)

    run.refresh_from_db()
    assert (run.state, run.confirmed_by) == (Consolidation.State.CONFIRMED, chair)


def test_confirming_a_stale_run_says_why_not(client, cycle, chair, run):
    decide(cycle.assessments.get(unit__code="A"), "1.1", 0, reason="Sai số liệu")
    client.force_login(chair)

    answer = client.post(reverse("results:confirm", args=["KY2025", run.pk]), follow=True)

    assert "have changed since this run" in answer.content.decode()
    run.refresh_from_db()
    assert run.state == Consolidation.State.COMPUTED


def test_manager_publishes_a_confirmed_run(client, cycle, manager, run, run_jobs, at):
    services.confirm(consolidation_id=run.pk, by=None, at=at)
    client.force_login(manager)

    client.post(reverse("results:publish", args=["KY2025", run.pk]), DECISION)

    (job,) = run_jobs()
    assert (job.state, job.result) == (Job.State.DONE, {"url": reverse("results:ranking", args=["KY2025"])})
    publication = Publication.objects.get()
    assert (publication.decision_number, publication.published_by) == ("512/QĐ-UBND", manager)
    assert "Published by decision 512/QĐ-UBND of 16/03/2026" in page(client, "desk", "KY2025")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number", "năm trăm mười hai", "The number is written like 512/QĐ-UBND."),
        ("date", "31/12/2024", "The decision cannot be older than the assessed period"),
        ("date", "16 tháng 3", "Write the day like 16/03/2026."),
    ],
)
def test_publish_form_says_beside_the_field_what_is_wrong(client, manager, run, at, field, value, message):
    services.confirm(consolidation_id=run.pk, by=None, at=at)
    client.force_login(manager)

    answer = client.post(reverse("results:publish", args=["KY2025", run.pk]), DECISION | {field: value})

    assert answer.status_code == 422
    text = answer.content.decode()
    assert message in text
    assert f'value="{value}"' in text
    assert not Job.objects.exists()


def test_publishing_an_unconfirmed_run_says_why_not(client, manager, run):
    client.force_login(manager)

    answer = client.post(reverse("results:publish", args=["KY2025", run.pk]), DECISION)

    assert answer.status_code == 422
    assert "has not confirmed this run" in answer.content.decode()


def test_home_tells_chair_and_manager_what_waits_for_them(client, chair, manager, run, at):
    link = f'href="{reverse("results:run", args=["KY2025", run.pk])}"'
    client.force_login(chair)
    assert link in client.get("/").content.decode()
    client.force_login(manager)
    assert link not in client.get("/").content.decode()

    services.confirm(consolidation_id=run.pk, by=None, at=at)

    assert link in client.get("/").content.decode()
    client.force_login(chair)
    assert link not in client.get("/").content.decode()


def test_desk_asks_a_fixed_number_of_queries(client, cycle, manager, django_assert_max_num_queries):
    client.force_login(manager)
    page(client, "desk", "KY2025")
    with django_assert_max_num_queries(60) as few:
        page(client, "desk", "KY2025")
    for number in range(4):
        AssessmentFactory(block=cycle.blocks.get(), unit__code=f"D{number}", position=9)
    page(client, "desk", "KY2025")

    with django_assert_max_num_queries(60) as many:
        page(client, "desk", "KY2025")

    # Three more find out what of the missing leaves the reader may look into.
    assert len(many) <= len(few) + 3


def test_run_withholds_the_readers_own_unit_until_the_appraisal_is_released(
    client, cycle, run, manager, chair
):
    sheet = cycle.assessments.get(unit__code="B")
    assign_perm("assessments.score_unit", manager, sheet.unit)
    Member.objects.filter(user=chair).update(agency=sheet.unit)

    for reader in (manager, chair):
        client.force_login(reader)
        text = page(client, "run", "KY2025", run.pk)
        assert "Sở B" in text
        assert "90.00" not in text
        assert "100.00" in text

    open_step(cycle, Step.Kind.APPRAISAL_1)
    Step.objects.filter(cycle=cycle).update(closed_at=AT)
    assert "90.00" in page(client, "run", "KY2025", run.pk)


def test_differences_between_runs_withhold_the_readers_own_unit(client, cycle, run, manager, at):
    sheet = cycle.assessments.get(unit__code="B")
    decide(sheet, "1.1", 1, reason="Muộn", at=at)
    newer = services.consolidate(cycle_id=cycle.pk, by=None, at=at)
    client.force_login(manager)
    address = reverse("results:run", args=["KY2025", newer.pk])
    assert [change.code for change in client.get(address).context["changes"]] == ["B"]

    assign_perm("assessments.lead_unit", manager, sheet.unit)

    assert client.get(address).context["changes"] == []
