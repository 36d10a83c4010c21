from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from par_index.results import services
from par_index.results.checklist import Incomplete
from par_index.results.management.finding import find_cycle
from par_index.results.models import Consolidation


class Command(BaseCommand):
    help = "Consolidate a cycle and confirm the run in the operator's name."

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")

    def handle(self, *, cycle: str, **options):
        found = find_cycle(cycle)
        at = timezone.now()
        try:
            run = services.consolidate(cycle_id=found.pk, by=None, at=at)
            if run.state != Consolidation.State.CONFIRMED:
                run = services.confirm(consolidation_id=run.pk, by=None, at=at)
        except Incomplete as error:
            raise CommandError(
                "\n".join([_("Not everything is there yet."), *error.checklist.lines()])
            ) from error
        except services.Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(cycle)s: %(units)s units consolidated and confirmed, run %(run)s, digest %(digest)s.")
            % {
                "cycle": found.code,
                "units": run.units.count(),
                "run": run.pk,
                "digest": run.inputs_digest[:16],
            }
        )
