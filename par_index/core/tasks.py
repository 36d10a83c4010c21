"""Celery's envelopes around `jobs`: ids in, one call, safe to run twice."""

from celery import shared_task
from django.utils import timezone

from par_index.core import jobs


@shared_task
def run_job(job_id: int) -> None:
    jobs.run(job_id, at=timezone.now())


@shared_task
def reap_jobs() -> None:
    jobs.reap(at=timezone.now())
