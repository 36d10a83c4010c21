"""Taking an imported cycle back as a whole: only while nobody but its importer has written into it."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from assessments.models import Assessment, Cycle, Evidence, Exemption, LedgerEntry, Score, StatusChange
from councils.models import Assignment
from par_index.core import audit
from par_index.core.models import AuditEntry
from par_index.results.models import Consolidation
from surveys.models import Form, Invitation, MeasuredResult, SealedForm


class CannotReplace(Exception):
    """The cycle stays: it is published, or others have worked in it. The message says which."""


def discard(cycle: Cycle, *, by, at: datetime) -> None:
    """
    Delete an imported cycle with everything in it; call it in a transaction with the cycle locked.

    Units and criteria versions stay, since other cycles may stand on them.

    :raises CannotReplace: the cycle is published, was not imported, or somebody else has written into it
    """
    if cycle.published_at is not None:
        message = gettext("The cycle %(code)s is published and cannot be replaced.")
        raise CannotReplace(message % {"code": cycle.code})
    imports = AuditEntry.objects.filter(action="cycle.imported", target=f"cycle {cycle.code}")
    imported = imports.filter(at__gte=cycle.created_at).last()
    if imported is None:
        message = gettext(
            "The cycle %(code)s was not imported from a workbook and cannot be replaced by one."
        )
        raise CannotReplace(message % {"code": cycle.code})
    for written in _written_by_others(cycle, imported.actor_id):
        if written.exists():
            message = gettext(
                "Others than its importer have worked in the cycle %(code)s; it cannot be replaced."
            )
            raise CannotReplace(message % {"code": cycle.code})
    # The ledgers' guards let rows of a discarded cycle go, and of no other.
    Cycle.objects.filter(pk=cycle.pk).update(discarded_at=at)
    Consolidation.objects.filter(cycle=cycle).delete()
    Assessment.objects.filter(cycle=cycle).delete()
    audit.record(action="cycle.discarded", by=by, at=at, target=f"cycle {cycle.code}")
    cycle.delete()


def _written_by_others(cycle: Cycle, importer_id: int | None) -> Iterator[QuerySet]:
    """Rows of the cycle that somebody else answers for, cheapest look first."""

    def others(queryset: QuerySet, author: str) -> QuerySet:
        if importer_id is None:
            return queryset.filter(**{f"{author}__isnull": False})
        return queryset.exclude(**{author: importer_id})

    sheets = list(Assessment.objects.filter(cycle=cycle).values_list("pk", flat=True))
    targets = [f"cycle {cycle.code}", f"cycle {cycle.pk}", *(f"assessment {pk}" for pk in sheets)]
    about_parts = Q(target__startswith=f"questionnaire {cycle.code}/") | Q(
        target__startswith=f"group {cycle.code}/"
    )
    acts = AuditEntry.objects.filter(at__gte=cycle.created_at)
    yield others(acts.filter(target__in=targets), "actor")
    yield others(acts.filter(about_parts), "actor")
    yield others(Score.objects.filter(assessment__cycle=cycle), "updated_by")
    for model in (Exemption, LedgerEntry, StatusChange, MeasuredResult):
        yield others(model.objects.filter(assessment__cycle=cycle), "by")
    yield others(Consolidation.objects.filter(cycle=cycle), "computed_by")
    yield others(Consolidation.objects.filter(cycle=cycle, confirmed_at__isnull=False), "confirmed_by")
    # Evidence has files, forms have no author: whoever they are from, they are somebody's work.
    yield Evidence.objects.filter(assessment__cycle=cycle)
    yield Form.objects.filter(questionnaire__cycle=cycle)
    yield SealedForm.objects.filter(questionnaire__cycle=cycle)
    yield Invitation.objects.filter(questionnaire__cycle=cycle)
    yield Assignment.objects.filter(member__council__cycle=cycle)
