"""What the menu, the home page and the public front page say of results."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.cycle_links import Link
from assessments.models import Cycle
from par_index.core.menu import Item
from par_index.core.worklist import Panel, Task
from par_index.results.models import Consolidation
from par_index.results.queries import cycles_for_desk, publications
from par_index.results.workbook.access import may_import


def menu(request: HttpRequest) -> Iterable[Item]:
    """The desk for those who make results; the public pages for everybody."""
    if request.user.is_authenticated and cycles_for_desk(request.user).exists():
        url = reverse("results:start")
        yield Item(_("Consolidation"), url, prefixes=(url,), order=60)
    url = reverse("results:index")
    yield Item(_("Results"), url, prefixes=(url,), order=90)


def links(request: HttpRequest, cycle: Cycle | None) -> Iterable[Link]:
    """From a cycle's page, which managers and auditors read; without a cycle, what makes a new one."""
    if cycle is not None:
        text = _("What is still missing, runs and their ranking, publication.")
        yield Link(_("Consolidation"), text, reverse("results:desk", args=[cycle.code]), order=40)
    if may_import(request.user):
        text = _("Read units, criteria and scores of a whole cycle from its Excel file, with a preview.")
        yield Link(_("Import a cycle from Excel"), text, reverse("results:import"), order=60)


def tasks(user, at: datetime) -> Iterable[Task]:
    """The newest run of a cycle under way waits for the chair, and once it is confirmed for the manager."""
    newest = Consolidation.objects.filter(cycle=OuterRef("cycle")).order_by("-pk").values("pk")[:1]
    waiting = Consolidation.objects.filter(pk=Subquery(newest), cycle__published_at__isnull=True)
    state = Consolidation.State
    for run in waiting.filter(state=state.COMPUTED).confirmable_by(user).select_related("cycle"):
        text = _("run of %(cycle)s waits for the chair's confirmation") % {"cycle": run.cycle.code}
        yield Task(1, text, reverse("results:run", args=[run.cycle.code, run.pk]), _("Look and confirm"))
    for run in waiting.filter(state=state.CONFIRMED).publishable_by(user).select_related("cycle"):
        text = _("confirmed run of %(cycle)s waits for its decision") % {"cycle": run.cycle.code}
        yield Task(1, text, reverse("results:run", args=[run.cycle.code, run.pk]), _("Publish"))


def public_panels(request: HttpRequest, at: datetime) -> Iterable[Panel]:
    published = list(publications().order_by("-cycle__year", "cycle__code"))
    if published:
        yield Panel("results/_published.html", {"publications": published})
