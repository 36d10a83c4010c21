"""Background work: what a job costs beside the work itself."""

from uuid import uuid4

from bench import figure
from django.utils import timezone

from par_index.core import jobs
from par_index.core.models import Job


@figure("100 jobs of 10 steps each, in one process", limit=10.0)
def jobs_one_after_the_other():
    at = timezone.now()
    Job.objects.bulk_create(
        Job(kind="core.check", arguments={"steps": 10, "pause": 0}, key=str(uuid4()), created_at=at)
        for _number in range(100)
    )
    waiting = list(Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True))
    yield
    for job_id in waiting:
        jobs.run(job_id, at=at)
