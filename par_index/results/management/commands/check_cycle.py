from decimal import Decimal

from django.core.management.base import BaseCommand

from par_index.results.management.finding import find_cycle
from par_index.results.workbook.recomputing import differing_scores

NOT_APPLICABLE = "x"


class Command(BaseCommand):
    help = (
        "Print each self-score that differs from what its rule gives for the declared data, as "
        "`unit_code criterion_code typed computed` with 4 decimals (x: not applicable), and the count last."
    )

    def add_arguments(self, parser):
        parser.add_argument("cycle", metavar="CYCLE_CODE")

    def handle(self, *, cycle: str, **options):
        count = 0
        for found in differing_scores(find_cycle(cycle)):
            count += 1
            points = f"{_points(found.typed)} {_points(found.computed)}"
            self.stdout.write(f"{found.unit_code} {found.criterion_code} {points}")
        self.stdout.write(str(count))


def _points(value: Decimal | None) -> str:
    return NOT_APPLICABLE if value is None else f"{value:.4f}"
