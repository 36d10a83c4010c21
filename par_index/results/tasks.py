"""The jobs of this room: ids in, one service call, safe to run twice."""

from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle
from par_index.core.jobs import JobFailed, Run, job_handler
from par_index.results import services
from par_index.results.checklist import Incomplete
from par_index.results.models import Publication
from par_index.results.queries import cycles_for_desk
from par_index.results.workbook import tasks as workbook_tasks  # noqa: F401 - registers its jobs


def _may_see(user, job) -> bool:
    return cycles_for_desk(user).filter(pk=job.arguments["cycle_id"]).exists()


@job_handler("consolidate", may_see=_may_see)
def consolidate(run: Run, *, cycle_id: int) -> dict:
    try:
        stored = services.consolidate(cycle_id=cycle_id, by=run.by, at=timezone.now(), run=run)
    except Incomplete as error:
        reason = _("Not everything is there yet.") + " " + error.checklist.summary()
        raise JobFailed(reason, _desk(cycle_id)) from error
    except services.Refused as error:
        raise JobFailed(str(error), _desk(cycle_id)) from error
    return {"url": reverse("results:run", args=[stored.cycle.code, stored.pk])}


def _desk(cycle_id: int) -> str:
    return reverse("results:desk", args=[Cycle.objects.values_list("code", flat=True).get(pk=cycle_id)])


@job_handler("publish", may_see=_may_see)
def publish(
    run: Run, *, cycle_id: int, consolidation_id: int, number: str, decision_date: str, signer: str
) -> dict:
    published = Publication.objects.filter(consolidation=consolidation_id).select_related("cycle").first()
    if published is None:
        published = _publish(run, consolidation_id, number, decision_date, signer)
    return {"url": reverse("results:ranking", args=[published.cycle.code])}


def _publish(run: Run, consolidation_id: int, number: str, decision_date: str, signer: str) -> Publication:
    try:
        return services.publish(
            consolidation_id=consolidation_id,
            decision_number=number,
            decision_date=date.fromisoformat(decision_date),
            signer=signer,
            by=run.by,
            at=timezone.now(),
            run=run,
        )
    except (services.Refused, services.InvalidDecision) as error:
        raise JobFailed(str(error)) from error


def consolidation_key(cycle_id: int) -> str:
    """One consolidation of a cycle is alive at a time."""
    return f"consolidate:{cycle_id}"


def publication_key(cycle_id: int) -> str:
    return f"publish:{cycle_id}"
