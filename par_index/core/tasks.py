"""Celery's envelopes around `jobs`: ids in, one call, safe to run twice."""

import time

from celery import shared_task
from django.utils import timezone

from par_index.core import jobs


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id, at=timezone.now())


@shared_task
def reap_jobs() -> None:
    jobs.reap(at=timezone.now())


@jobs.job_handler("core.check")
def check(run: jobs.Run, *, steps: int, pause: float) -> dict:
    """What `manage.py check_background` sends: steps with pauses in seconds between them."""
    for step in range(1, steps + 1):
        time.sleep(pause)
        run.progress(step, steps)
    return {"steps": steps}
