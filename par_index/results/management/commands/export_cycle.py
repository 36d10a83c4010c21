from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from par_index.results.management.finding import find_cycle
from par_index.results.workbook import writer


class Command(BaseCommand):
    help = "Write a whole cycle as a workbook that imports again."

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")
        parser.add_argument("file", metavar="FILE.xlsx")

    def handle(self, *, cycle: str, file: str, **options):
        found = find_cycle(cycle)
        try:
            rows = writer.write(found, file)
        except OSError as error:
            message = _("The file %(name)s cannot be written: %(reason)s.")
            raise CommandError(message % {"name": file, "reason": error.strerror}) from error
        self.stdout.write(
            _("%(code)s: %(rows)s rows written to %(name)s.")
            % {"code": found.code, "rows": rows, "name": file}
        )
