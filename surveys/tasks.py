"""The tally as background work."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Cycle
from par_index.core.jobs import JobFailed, Run, job_handler
from surveys.services import SurveyRefused, tally


def _may_see(user, job) -> bool:
    return Cycle.objects.readable_by(user).filter(pk=job.arguments["cycle_id"]).exists()


@job_handler("surveys.tally", may_see=_may_see)
def tally_cycle(run: Run, *, cycle_id: int, reason: str) -> dict:
    cycle = Cycle.objects.get(pk=cycle_id)

    def progress(done: int, total: int) -> None:
        run.progress(done, total, _("Counting the answers"))

    try:
        summary = tally(cycle_id=cycle_id, reason=reason, by=run.by, at=timezone.now(), progress=progress)
    except SurveyRefused as refused:
        raise JobFailed(str(refused)) from refused
    return {"url": reverse("surveys:results", args=[cycle.code]), "recorded": summary.recorded}
