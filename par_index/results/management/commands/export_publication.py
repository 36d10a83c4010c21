from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from par_index.results.management.finding import find_cycle


class Command(BaseCommand):
    help = "Copy the stored documents of a cycle's newest publication into a directory."

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")
        parser.add_argument("directory", type=Path)

    def handle(self, *, cycle: str, directory: Path, **options):
        found = find_cycle(cycle)
        publication = found.publications.order_by("-edition").first()
        if publication is None:
            raise CommandError(_("%(cycle)s is not published.") % {"cycle": found.code})
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for document in publication.documents.all():
                (directory / document.name).write_bytes(document.content)
        except OSError as error:
            raise CommandError(str(error)) from error
        names = publication.documents.values_list("name", flat=True)
        self.stdout.write(f"{directory}: {', '.join(names)}")
