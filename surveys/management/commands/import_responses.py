"""`manage.py import_responses CYCLE_CODE FILE.csv`: survey answers from a file (docs/survey.md)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.models import Cycle
from surveys.services import SurveyRefused, import_responses
from surveys.services.responses import FileRefused


class Command(BaseCommand):
    help = "Import survey responses from a CSV file; all or nothing."

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")
        parser.add_argument("file", metavar="FILE.csv", type=Path)

    def handle(self, *, cycle: str, file: Path, **options):
        try:
            found = Cycle.objects.get(code=cycle)
        except Cycle.DoesNotExist:
            raise CommandError(f"There is no cycle {cycle}.") from None
        try:
            with file.open("rb") as opened:
                stored = import_responses(
                    cycle_id=found.pk, file=opened, name=file.name, by=None, at=timezone.now()
                )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except (FileRefused, SurveyRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file.name}: {stored.forms} forms imported into {cycle}.")
