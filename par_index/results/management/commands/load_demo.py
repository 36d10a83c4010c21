"""Load the demo into an empty portal: `manage.py load_demo`."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from par_index.results.demo import loading


class Command(BaseCommand):
    help = "Load the illustrative cycles and accounts into an empty portal (demo mode only)."

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError(
                "Demo accounts have public passwords: set PAR_INDEX_DEMO=1 on a private machine."
            )
        try:
            loading.load(at=timezone.now())
        except loading.DemoExists:
            raise CommandError(
                "The portal holds a cycle already; the demo is loaded into an empty one (PAR_INDEX_DATA_DIR)."
            ) from None
        self.stdout.write("Đã nạp số liệu minh họa / demo loaded.")
