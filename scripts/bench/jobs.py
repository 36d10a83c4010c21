"""Background work: what a job costs beside the work itself."""

from uuid import uuid4

from bench import figure, floor
from django.db import connection
from django.utils import timezone

from par_index.core import jobs
from par_index.core.models import Job

JOBS, STEPS = 50, 10


@floor("one committed UPDATE for each step")
def update_for_each_step():
    [job_id] = _waiting(1)
    yield
    with connection.cursor() as cursor:
        for done in range(JOBS * STEPS):
            cursor.execute("UPDATE core_job SET done = %s WHERE id = %s", [done, job_id])


@figure(f"{JOBS} jobs of {STEPS} steps each, in one process", over=update_for_each_step, aim=30)
def jobs_one_after_the_other():
    waiting = _waiting(JOBS)
    yield
    for job_id in waiting:
        jobs.run(job_id, at=timezone.now())


def _waiting(number: int) -> list[int]:
    rows = Job.objects.bulk_create(
        Job(
            kind="core.check",
            arguments={"steps": STEPS, "pause": 0},
            key=str(uuid4()),
            created_at=timezone.now(),
        )
        for _number in range(number)
    )
    return [row.pk for row in rows]
