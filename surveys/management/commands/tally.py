"""`manage.py tally CYCLE_CODE --out FILE.csv`: count the answers, record the points, write the figures."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle
from surveys.exports import write_tally
from surveys.services import SurveyRefused, tally


class Command(BaseCommand):
    help = "Tally the survey of a cycle: record the points and write them with their errors."

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")
        parser.add_argument("--out", metavar="FILE.csv", type=Path, required=True)
        parser.add_argument(
            "--reason", default="", help="kept with the points; by default that an operator ran it"
        )

    def handle(self, *, cycle: str, out: Path, reason: str, **options):
        try:
            found = Cycle.objects.get(code=cycle)
        except Cycle.DoesNotExist:
            raise CommandError(f"There is no cycle {cycle}.") from None
        try:
            # Opened first: a tally whose file cannot be written is not recorded either.
            with out.open("w", encoding="utf-8", newline="") as file:
                summary = tally(
                    cycle_id=found.pk,
                    reason=reason or _("Tallied by an operator from the command line"),
                    by=None,
                    at=timezone.now(),
                )
                write_tally(summary.measurements, file)
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}") from error
        except SurveyRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{cycle}: {len(summary.measurements)} results, {summary.recorded} recorded anew, "
            f"{summary.without_result} leaves without enough valid forms."
        )
