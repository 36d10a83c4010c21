"""
Background work that survives whatever happens to brokers and workers.

A `Job` row is the truth: created in the caller's transaction, sent to the broker on commit, claimed by one worker
through a conditional UPDATE, held by a lease that its heartbeat renews, finished or failed. `reap` sends again what
the broker lost or a dead worker left behind. So a handler may run twice and must be written for that.

    @job_handler("consolidate", may_see=lambda user, job: ...)
    def consolidate(run: Run, *, cycle_id: int) -> dict:
        run.progress(10, 100, _("Reading the scores"))
        ...
        return {"url": "/tong-hop/…"}      # becomes `Job.result`; `url` is where the work's outcome is shown
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError, OperationalError

from par_index.core.models import Job

logger = logging.getLogger(__name__)

LIVE = (Job.State.QUEUED, Job.State.RUNNING)
MAX_ATTEMPTS = 3
# How long a queued job may lie in the broker before it is sent again: first, then each further time.
FIRST_RESEND = timedelta(seconds=5)
NEXT_RESEND = timedelta(seconds=30)


class JobFailed(Exception):
    """
    Work that cannot be done. Its text is a sentence for the user; the job is not tried again. `url` is the page
    where the reason can be dealt with, if there is one.
    """

    def __init__(self, reason: str, url: str = ""):
        super().__init__(reason)
        self.url = url


class LeaseLost(Exception):
    """Another worker has taken the job over: stop at once and write nothing more."""


class UnknownKind(LookupError):
    """No handler is registered for this kind of job."""


Handler = Callable[..., dict | None]


@dataclass(frozen=True)
class Kind:
    handler: Handler
    may_see: Callable[[object, Job], bool]


_kinds: dict[str, Kind] = {}


def _nobody_else(user, job: Job) -> bool:
    return False


def job_handler(kind: str, *, may_see: Callable[[object, Job], bool] = _nobody_else):
    """
    Register the function that does jobs of this kind, called as `handler(run, **arguments)` in a worker.

    `may_see(user, job)` opens the progress page to others than the job's creator. Handlers live in an app's
    `tasks.py`, which every process imports at its start.
    """

    def register(handler: Handler) -> Handler:
        if kind in _kinds:
            raise ValueError(f"Two handlers for jobs of kind {kind!r}.")
        _kinds[kind] = Kind(handler, may_see)
        return handler

    return register


def may_see(user, job: Job) -> bool:
    if not user.is_authenticated:
        return False
    if job.created_by_id == user.pk:
        return True
    kind = _kinds.get(job.kind)
    return kind is not None and kind.may_see(user, job)


# --- asking for work --------------------------------------------------------------------------------------------------


def enqueue(*, kind: str, arguments: dict, key: str, by, at: datetime) -> Job:
    """
    Ask for a piece of work; the row is part of the caller's transaction.

    While a job with the same `key` is queued or running, that one is returned and none is added. `arguments` are
    ids and other plain JSON values. Texts shown to the user come in the language that is active now.

    :raises UnknownKind: nothing is registered under `kind`
    """
    if kind not in _kinds:
        raise UnknownKind(kind)
    job, created = Job.objects.get_or_create(
        key=key,
        state__in=LIVE,
        defaults={
            "kind": kind,
            "arguments": arguments,
            "state": Job.State.QUEUED,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
            "lease_until": at + FIRST_RESEND,
            "created_by": by,
            "created_at": at,
        },
    )
    if created:
        transaction.on_commit(partial(_send, job.pk))
    return job


def _send(job_id: int) -> None:
    """Hand the id to the broker. When it is down nothing is lost: the reaper sends the job again."""
    try:
        current_app.send_task("par_index.core.tasks.run_job", args=[job_id], retry=False)
    except (OperationalError, KombuError, OSError):
        logger.warning("The broker does not answer; job %s waits in the database.", job_id, exc_info=True)


def reap(*, at: datetime) -> list[int]:
    """Send again what is queued for too long or held by a worker that fell silent; returns the ids sent."""
    _fail_worn_out(at)
    waiting = Job.objects.filter(state__in=LIVE, lease_until__lt=at)
    job_ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    # A running job keeps its expired lease, so that the next worker can claim it.
    waiting.filter(pk__in=job_ids, state=Job.State.QUEUED).update(lease_until=at + NEXT_RESEND)
    for job_id in job_ids:
        _send(job_id)
    return job_ids


def _fail_worn_out(at: datetime) -> None:
    worn_out = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=at, attempt__gte=MAX_ATTEMPTS)
    for job in worn_out:
        with translation.override(job.language):
            reason = _("The work was interrupted %(count)s times and has been stopped.") % {
                "count": job.attempt
            }
        worn_out.filter(pk=job.pk).update(
            state=Job.State.FAILED, error=reason, lease_until=None, finished_at=at
        )


# --- doing it ---------------------------------------------------------------------------------------------------------


class Run:
    """
    One worker's hold on a job. The attempt number fences it off: once another worker has claimed the job, every
    write of this one finds no row and raises `LeaseLost`.
    """

    def __init__(self, job: Job):
        self.job_id = job.pk
        self.kind = job.kind
        self.arguments = job.arguments
        self.language = job.language
        self.by = job.created_by
        self.attempt = job.attempt

    def progress(self, done: int, total: int, message: str = "") -> None:
        """
        Say how far the work is and renew the lease. Call it between chunks, outside of their transactions: inside
        one, nobody sees the progress before the commit. As the last statement of a transaction it makes sure that
        the chunk counts only if the job is still this worker's.

        :raises LeaseLost: another worker has the job now
        """
        self._write(done=done, total=total, message=message[:300], lease_until=_lease_end())

    def _write(self, **fields) -> None:
        held = Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING, attempt=self.attempt)
        if not held.update(**fields):
            raise LeaseLost(f"Job {self.job_id}, attempt {self.attempt}")

    def _finish(self, result: dict) -> None:
        self._write(state=Job.State.DONE, result=result, lease_until=None, finished_at=timezone.now())

    def _fail(self, reason: str, url: str = "") -> None:
        result = {"url": url} if url else {}
        self._write(
            state=Job.State.FAILED,
            error=reason,
            result=result,
            lease_until=None,
            finished_at=timezone.now(),
        )

    def _try_again_or_fail(self) -> None:
        if self.attempt < MAX_ATTEMPTS:
            self._write(state=Job.State.QUEUED, lease_until=timezone.now() + FIRST_RESEND)
        else:
            self._fail(_("Something went wrong on our side. The administrators find the details in the log."))


def run(job_id: int, *, at: datetime) -> None:
    """Claim the job and do it; does nothing when it is finished or in another worker's hands."""
    held = claim(job_id, at=at)
    if held is None:
        return
    try:
        with translation.override(held.language), _Heartbeat(held):
            try:
                held._finish(_handler(held)(held, **held.arguments) or {})
            except JobFailed as error:
                held._fail(str(error), error.url)
            except LeaseLost:
                raise
            except Exception:
                logger.exception("Job %s (%s), attempt %s", held.job_id, held.kind, held.attempt)
                held._try_again_or_fail()
    except LeaseLost:
        logger.warning("Job %s was taken over from attempt %s.", held.job_id, held.attempt)


def _handler(held: Run) -> Handler:
    if held.kind not in _kinds:
        raise UnknownKind(held.kind)
    return _kinds[held.kind].handler


def claim(job_id: int, *, at: datetime) -> Run | None:
    """Take the job if it is queued or its worker fell silent, and attempts are left; None otherwise."""
    _fail_worn_out(at)
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=at)
    with transaction.atomic():
        claimed = Job.objects.filter(free, pk=job_id, attempt__lt=MAX_ATTEMPTS).update(
            state=Job.State.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=_lease_end(at),
            started_at=Coalesce("started_at", at),
        )
        # Read inside the same transaction: the row is ours until its end.
        return Run(Job.objects.select_related("created_by").get(pk=job_id)) if claimed else None


def _lease_end(at: datetime | None = None) -> datetime:
    return (at or timezone.now()) + timedelta(seconds=settings.JOB_LEASE_SECONDS)


class _Heartbeat:
    """Renews the lease from a thread of its own, so that one long step does not look like a dead worker."""

    def __init__(self, held: Run):
        self.held = held
        self.stopped = Event()
        self.thread = Thread(target=self._beat, name=f"heartbeat-{held.job_id}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exception) -> None:
        self.stopped.set()
        self.thread.join()

    def _beat(self) -> None:
        while not self.stopped.wait(settings.JOB_LEASE_SECONDS / 3):
            try:
                self.renew()
            except LeaseLost:
                return  # the handler meets it at its next progress
            except DatabaseError:
                logger.warning("The heartbeat of job %s was not written.", self.held.job_id, exc_info=True)
            finally:
                connection.close()

    def renew(self) -> None:
        self.held._write(lease_until=_lease_end())
