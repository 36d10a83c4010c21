"""What the council has decided and what of it still stands (docs/domain.md §3)."""

from django.db.models import Exists, OuterRef, QuerySet

from assessments.models import LedgerEntry, Score
from assessments.queries.sheet import COUNCIL_STAGES


def standing() -> QuerySet:
    """
    The council's entries that still stand.

    A sheet sent back keeps the decisions of the leaves that the unit leaves unchanged; a leaf saved after its
    decision is open again.
    """
    changed_since = Score.objects.filter(
        assessment=OuterRef("assessment"), criterion=OuterRef("criterion"), updated_at__gt=OuterRef("at")
    )
    return LedgerEntry.objects.filter(stage__in=COUNCIL_STAGES).exclude(Exists(changed_since))
