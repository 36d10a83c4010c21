from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from criteria.workbook.container import UnusableFile
from criteria.workbook.tables import Problem
from par_index.results.workbook import importer, reader
from par_index.results.workbook.discarding import CannotReplace

MOST_WARNINGS = 20


class Command(BaseCommand):
    help = "Import a whole cycle from its workbook: all of it, or nothing and every error with its place."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE.xlsx")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="replace an unpublished cycle of the same code that nobody but its importer has written into",
        )
        parser.add_argument(
            "--owner", metavar="CODE", help="the body whose cycle it is, where there are several"
        )
        parser.add_argument("--by", metavar="USERNAME", help="the person in whose name it is imported")

    def handle(self, *, file: str, replace: bool, owner: str | None, by: str | None, **options):
        try:
            book = reader.read(file)
            body = importer.body(owner)
            warnings = [*book.warnings, *importer.warnings_against(book, body)]
            cycle = importer.store(book, owner=body, by=_person(by), at=timezone.now(), replace=replace)
        except reader.WorkbookErrors as error:
            raise CommandError("\n".join([error.summary, str(error)])) from error
        except (UnusableFile, importer.CycleExists, importer.OwnerUnclear, CannotReplace) as error:
            raise CommandError(str(error)) from error
        self._tell(_("Note"), book.notes)
        self._tell(_("Warning"), warnings)
        self.stdout.write(
            _(
                "%(code)s: imported %(blocks)s blocks, %(units)s units and %(leaves)s scores; %(warnings)s warnings."
            )
            % {
                "code": cycle.code,
                "blocks": len(book.blocks),
                "units": len(book.units),
                "leaves": len(book.leaves),
                "warnings": len(warnings),
            }
        )

    def _tell(self, kind: str, found: list[Problem]) -> None:
        for problem in found[:MOST_WARNINGS]:
            self.stdout.write(f"{kind}: {problem}")
        if len(found) > MOST_WARNINGS:
            self.stdout.write(_("… and %(count)s more") % {"count": len(found) - MOST_WARNINGS})


def _person(username: str | None):
    if username is None:
        return None
    person = get_user_model().objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(_("There is no user %(name)s.") % {"name": username})
    return person
