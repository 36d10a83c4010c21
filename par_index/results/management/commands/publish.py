from datetime import date as date_type

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from par_index.results import services
from par_index.results.management.finding import find_cycle
from par_index.results.models import Consolidation


class Command(BaseCommand):
    help = "Publish the newest confirmed run of a cycle under a decision."

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")
        parser.add_argument("--decision", required=True, metavar="NUMBER", help="for instance 123/QĐ-UBND")
        parser.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="of the decision")
        parser.add_argument("--signer", required=True, help="for instance: Chủ tịch UBND tỉnh")

    def handle(self, *, cycle: str, decision: str, date: str, signer: str, **options):
        found = find_cycle(cycle)
        confirmed = Consolidation.objects.filter(cycle=found, state=Consolidation.State.CONFIRMED).first()
        if confirmed is None:
            raise CommandError(
                _("%(cycle)s has no confirmed run: consolidate it first.") % {"cycle": found.code}
            )
        try:
            publication = services.publish(
                consolidation_id=confirmed.pk,
                decision_number=decision,
                decision_date=_day(date),
                signer=signer,
                by=None,
                at=timezone.now(),
            )
        except (services.Refused, services.InvalidDecision) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(cycle)s, edition %(edition)s: published under %(decision)s, digest %(digest)s.")
            % {
                "cycle": found.code,
                "edition": publication.edition,
                "decision": publication.decision_number,
                "digest": publication.digest[:16],
            }
        )


def _day(text: str) -> date_type:
    try:
        return date_type.fromisoformat(text)
    except ValueError as error:
        message = _("“%(text)s” is not a day; write it like 2026-03-31.") % {"text": text}
        raise CommandError(message) from error
