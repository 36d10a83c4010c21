from datetime import timedelta

import pytest
from celery import Celery, current_app
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from par_index import celery_app
from par_index.core import jobs
from par_index.core.jobs import JobFailed, LeaseLost, UnknownKind, enqueue, job_handler
from par_index.core.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

# What the handlers below were given, in order; emptied for each test.
calls: list[tuple] = []


@job_handler("test.count", may_see=lambda user, job: user.username == "auditor")
def count(run, *, to: int) -> dict:
    for number in range(1, to + 1):
        run.progress(number, to, f"{number} of {to}")
    calls.append(("count", to, run.attempt))
    return {"url": "/counted/"}


@job_handler("test.refuse")
def refuse(run) -> None:
    raise JobFailed(_("Illustrative data."))


@job_handler("test.break")
def break_down(run) -> None:
    calls.append(("break", run.attempt))
    raise ZeroDivisionError


@job_handler("test.lose")
def lose(run) -> None:
    """Meanwhile the lease runs out and another worker takes the job."""
    at = timezone.now() + timedelta(hours=1)
    other = jobs.claim(run.job_id, at=at)
    calls.append(("taken over as attempt", other.attempt))
    run.progress(1, 2)
    calls.append(("never reached",))


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


@pytest.fixture
def officer():
    return get_user_model().objects.create(username="officer")


@pytest.fixture
def sent(monkeypatch):
    """The ids that reach the broker."""
    received = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args, **options: received.append((name, *args))
    )
    return received


@pytest.fixture
def silent_broker():
    """A broker's address at which nothing answers."""
    Celery("silent", broker="redis://127.0.0.1:1/0", set_as_current=False).set_current()
    yield
    celery_app.set_current()


def asked(officer, at, kind="test.count", key="count", **arguments) -> Job:
    return enqueue(kind=kind, arguments=arguments, key=key, by=officer, at=at)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_enqueue_sends_the_job_when_its_transaction_commits(
    officer, at, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        job = asked(officer, at, to=2)
        assert sent == []
    assert sent == [("par_index.core.tasks.run_job", job.pk)]
    assert (job.state, job.created_by, job.created_at) == (Job.State.QUEUED, officer, at)


@pytest.mark.django_db(transaction=True)
def test_enqueue_leaves_nothing_when_its_transaction_is_rolled_back(officer, at, sent):
    with transaction.atomic():
        asked(officer, at, to=2)
        transaction.set_rollback(True)
    assert (Job.objects.count(), sent) == (0, [])


@pytest.mark.parametrize("state", [Job.State.QUEUED, Job.State.RUNNING])
def test_enqueue_with_the_key_of_a_live_job_returns_that_one(officer, at, state):
    first = asked(officer, at, to=2)
    Job.objects.update(state=state)
    assert asked(officer, at, to=3) == first
    assert Job.objects.count() == 1


@pytest.mark.parametrize("state", [Job.State.DONE, Job.State.FAILED])
def test_enqueue_with_the_key_of_a_finished_job_adds_a_new_one(officer, at, state):
    first = asked(officer, at, to=2)
    Job.objects.update(state=state)
    assert asked(officer, at, to=2) != first


def test_enqueue_refuses_a_kind_without_handler(officer, at):
    with pytest.raises(UnknownKind):
        asked(officer, at, kind="test.nobody")


def test_two_handlers_of_one_kind_are_refused():
    with pytest.raises(ValueError, match=r"test\.count"):
        job_handler("test.count")(refuse)


@pytest.mark.django_db(transaction=True)
def test_enqueue_keeps_the_job_when_the_broker_is_down(officer, at, silent_broker):
    job = asked(officer, at, to=2)
    assert Job.objects.get() == job


# --- doing ------------------------------------------------------------------------------------------------------------


def test_run_does_the_work_and_keeps_its_result(officer, at, run_jobs):
    asked(officer, at, to=3)
    [job] = run_jobs()
    assert calls == [("count", 3, 1)]
    assert (job.state, job.done, job.total, job.message) == (Job.State.DONE, 3, 3, "3 of 3")
    assert job.result == {"url": "/counted/"}
    assert job.finished_at >= job.started_at >= at
    assert job.lease_until is None


def test_run_of_a_finished_job_does_nothing(officer, at, run_jobs):
    asked(officer, at, to=3)
    [job] = run_jobs()
    jobs.run(job.pk, at=timezone.now())
    assert calls == [("count", 3, 1)]


def test_run_of_a_job_in_other_hands_does_nothing(officer, at):
    job = asked(officer, at, to=3)
    jobs.claim(job.pk, at=at)
    jobs.run(job.pk, at=at)
    assert calls == []


def test_run_tells_the_reason_of_a_refusal_in_the_askers_language(officer, at, run_jobs):
    with translation.override("vi"):
        asked(officer, at, kind="test.refuse", key="vi")
    with translation.override("en"):
        asked(officer, at, kind="test.refuse", key="en")
    vietnamese, english = run_jobs()
    assert (vietnamese.state, english.state) == (Job.State.FAILED, Job.State.FAILED)
    assert (vietnamese.error, english.error) == ("Số liệu minh họa.", "Illustrative data.")


def test_run_tries_a_breakdown_three_times_then_fails(officer, at, run_jobs):
    asked(officer, at, kind="test.break")
    states = [run_jobs()[0].state for _attempt in range(3)]
    assert states == [Job.State.QUEUED, Job.State.QUEUED, Job.State.FAILED]
    assert calls == [("break", 1), ("break", 2), ("break", 3)]
    assert "ZeroDivisionError" not in Job.objects.get().error


def test_progress_after_another_worker_took_over_ends_the_work(officer, at, run_jobs):
    asked(officer, at, kind="test.lose")
    [job] = run_jobs()
    assert calls == [("taken over as attempt", 2)]
    assert (job.state, job.attempt) == (Job.State.RUNNING, 2)


def test_progress_renews_the_lease(officer, at, settings):
    job = asked(officer, at, to=1)
    held = jobs.claim(job.pk, at=at)
    before = timezone.now()
    held.progress(1, 10)
    job.refresh_from_db()
    assert job.lease_until >= before + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def test_claim_takes_a_job_whose_lease_ran_out(officer, at, settings):
    job = asked(officer, at, to=1)
    first = jobs.claim(job.pk, at=at)
    lease = timedelta(seconds=settings.JOB_LEASE_SECONDS)
    assert jobs.claim(job.pk, at=at + lease) is None
    second = jobs.claim(job.pk, at=at + lease + timedelta(seconds=1))
    assert (first.attempt, second.attempt) == (1, 2)
    with pytest.raises(LeaseLost):
        first.progress(1, 1)


def test_heartbeat_renews_the_lease_of_one_long_step(officer, at, settings):
    job = asked(officer, at, to=1)
    held = jobs.claim(job.pk, at=at)
    heartbeat = jobs._Heartbeat(held)
    heartbeat.renew()
    job.refresh_from_db()
    assert job.lease_until > timezone.now()


# --- reaping ----------------------------------------------------------------------------------------------------------


def test_reap_sends_again_what_the_broker_lost(officer, at, sent):
    job = asked(officer, at, to=1)
    assert jobs.reap(at=at + timedelta(seconds=4)) == []
    assert jobs.reap(at=at + timedelta(seconds=6)) == [job.pk]
    assert jobs.reap(at=at + timedelta(seconds=16)) == []
    assert jobs.reap(at=at + timedelta(seconds=37)) == [job.pk]


def test_reap_sends_again_what_a_dead_worker_held(officer, at, sent, settings):
    job = asked(officer, at, to=1)
    jobs.claim(job.pk, at=at)
    assert jobs.reap(at=at + timedelta(seconds=settings.JOB_LEASE_SECONDS)) == []
    later = at + timedelta(seconds=settings.JOB_LEASE_SECONDS + 1)
    assert jobs.reap(at=later) == [job.pk]
    assert jobs.claim(job.pk, at=later).attempt == 2


def test_reap_fails_what_three_workers_died_of(officer, at, sent, settings):
    job = asked(officer, at, to=1)
    lease = timedelta(seconds=settings.JOB_LEASE_SECONDS + 1)
    for attempt in range(jobs.MAX_ATTEMPTS):
        jobs.claim(job.pk, at=at + attempt * lease)
    later = at + jobs.MAX_ATTEMPTS * lease
    assert jobs.reap(at=later) == []
    job.refresh_from_db()
    assert (job.state, job.finished_at) == (Job.State.FAILED, later)
    assert "3" in job.error


# --- seeing -----------------------------------------------------------------------------------------------------------


def test_may_see_is_the_creator_and_whom_the_kind_names(officer, at):
    users = get_user_model().objects
    job = asked(officer, at, to=1)
    assert jobs.may_see(officer, job)
    assert jobs.may_see(users.create(username="auditor"), job)
    assert not jobs.may_see(users.create(username="stranger", is_superuser=True), job)
    assert not jobs.may_see(AnonymousUser(), job)
