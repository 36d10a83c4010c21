"""Does background work get done? Sends a small job all the way: database, broker, worker and back."""

import time
from uuid import uuid4

from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from par_index.core import jobs
from par_index.core.models import Job


class Command(BaseCommand):
    help = "Send a small job through the broker to a worker and wait for it; exit 1 if none does it in time."

    def add_arguments(self, parser):
        parser.add_argument("--steps", type=int, default=1, help="how many steps the job has")
        parser.add_argument("--pause", type=float, default=0, help="seconds between two steps")
        parser.add_argument("--patience", type=float, default=30, help="seconds to wait for the end")

    def handle(self, *, steps, pause, patience, **options):
        job = jobs.enqueue(
            kind="core.check",
            arguments={"steps": steps, "pause": pause},
            key=f"core.check {uuid4()}",
            by=None,
            at=timezone.now(),
        )
        start = time.monotonic()
        while job.live and time.monotonic() - start < patience:
            time.sleep(0.1)
            job.refresh_from_db()
        if job.live:
            raise CommandError(
                f"Job {job.pk} is still {job.state} after {patience:.0f} s: does a worker run?"
            )
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk} failed: {job.error}")
        self.stdout.write(
            f"Job {job.pk}: {job.done} steps in {time.monotonic() - start:.1f} s, attempt {job.attempt}"
        )
