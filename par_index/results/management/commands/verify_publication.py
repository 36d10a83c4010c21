import hashlib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from par_index.results.models import Document


class Command(BaseCommand):
    help = "Say which published edition a file belongs to; exits 1 when it is none of ours or was changed."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options):
        try:
            with file.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise CommandError(str(error)) from error
        published = Document.objects.select_related("publication__cycle").defer("content")
        document = published.filter(digest=digest).order_by("pk").first()
        if document is None:
            raise CommandError(
                _("%(file)s is not a published document, or was changed since.") % {"file": file}
            )
        publication = document.publication
        self.stdout.write(
            _("%(file)s is %(name)s of %(cycle)s, edition %(edition)s, decision %(decision)s of %(day)s.")
            % {
                "file": file,
                "name": document.name,
                "cycle": publication.cycle.code,
                "edition": publication.edition,
                "decision": publication.decision_number,
                "day": f"{publication.decision_date:%d/%m/%Y}",
            }
        )
