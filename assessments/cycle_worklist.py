"""What the home page, the menu and the strip say to those who manage or audit a cycle."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.cycle_presenting import StepRow, step_rows
from assessments.cycle_queries import summaries_of
from assessments.models import Cycle, Step
from assessments.worklist import step_now
from par_index.core.menu import Item
from par_index.core.worklist import Panel, Strip, Task, tasks_for, waiting_text


def menu(request: HttpRequest) -> Iterable[Item]:
    if request.user.is_authenticated and Cycle.objects.readable_by(request.user).exists():
        url = reverse("cycles:cycles")
        yield Item(_("Cycle"), url, prefixes=(url,), order=10)


def current_cycle(user) -> Cycle | None:
    """
    Of the cycles that the user manages or audits one with an open step, else the newest under way, else the newest.
    """
    open_steps = Step.objects.filter(cycle=OuterRef("pk"), opened_at__isnull=False, closed_at__isnull=True)
    found = (
        Cycle.objects.readable_by(user)
        .select_related("owner")
        .annotate(runs=Exists(open_steps), under_way=Q(published_at__isnull=True))
    )
    return found.order_by("-under_way", "-runs", "-year", "code").first()


def panels(request: HttpRequest, at: datetime) -> Iterable[Panel]:
    """The cycle's steps as a line, and how many units of each block have handed in."""
    cycle = current_cycle(request.user)
    if cycle is None:
        return
    summaries = summaries_of(cycle)
    line = [row.as_line_step for row in step_rows(cycle, at)]
    context = {
        "cycle": cycle,
        "summaries": summaries,
        "unit_count": sum(summary.total for summary in summaries),
        "line": line,
        "manages": _manages(request.user, cycle),
    }
    yield Panel("assessments/_cycle_head.html", context, wide=True)
    yield Panel("assessments/_cycle_progress.html", context)


def tasks(user, at: datetime) -> Iterable[Task]:
    """What the cycles under way ask of their manager; four queries for each."""
    for cycle in (
        Cycle.objects.manageable_by(user).filter(published_at__isnull=True).order_by("-year", "code")
    ):
        yield from _tasks_of(cycle, at)


def _tasks_of(cycle: Cycle, at: datetime) -> Iterable[Task]:
    url = reverse("cycles:cycle", args=[cycle.code])
    rows = step_rows(cycle, at)
    for row in rows:
        yield from _step_tasks(cycle, row)
    if all(row.step.opened_at is None and not row.should_have_begun for row in rows):
        text = _("cycle of %(year)s is prepared; no step is open yet") % {"year": cycle.year}
        yield Task(
            1, text, reverse("cycles:open_step", args=[cycle.code, rows[0].kind]), _("Open self-scoring")
        )
    summaries = summaries_of(cycle)
    scoring = next(row for row in rows if row.kind == Step.Kind.SELF_ASSESSMENT)
    due = scoring.step.ends_at
    if scoring.is_running:
        count = sum(summary.not_started for summary in summaries)
        text = ngettext(
            "unit has not begun to score itself", "units have not begun to score themselves", count
        )
        yield from _some(count, text, f"{url}?loc=chua-bat-dau#don-vi", _("See which"), due, scoring.is_late)
    count = sum(summary.returned for summary in summaries)
    text = ngettext(
        "sheet was sent back and is being mended", "sheets were sent back and are being mended", count
    )
    yield from _some(count, text, f"{url}?loc=tra-lai#don-vi", _("See which"))
    count = sum(summary.waiting for summary in summaries)
    text = ngettext(
        "submitted sheet waits for its appraisal", "submitted sheets wait for their appraisal", count
    )
    yield from _some(count, text, f"{url}?loc=da-nop#don-vi", _("See which"))


def _step_tasks(cycle: Cycle, row: StepRow) -> Iterable[Task]:
    names = {"step": row.name, "year": cycle.year}
    if row.is_late:
        text = _("“%(step)s” of %(year)s is past its deadline and not closed") % names
        url = reverse("cycles:close_step", args=[cycle.code, row.kind])
        yield Task(1, text, url, _("Close the step"), row.step.ends_at, overdue=True)
    elif row.should_have_begun:
        text = _("“%(step)s” of %(year)s was planned to begin and is not open") % names
        url = reverse("cycles:open_step", args=[cycle.code, row.kind])
        yield Task(1, text, url, _("Open the step"), row.step.starts_at, overdue=True)
    elif row.is_running and row.step.ends_at is not None:
        text = _("“%(step)s” of %(year)s is to be closed") % names
        url = reverse("cycles:cycle", args=[cycle.code])
        yield Task(1, text, url, _("See the steps"), row.step.ends_at)


def _some(
    count: int, text: str, url: str, action: str, due: datetime | None = None, overdue: bool = False
) -> Iterable[Task]:
    if count:
        yield Task(count, text, url, action, due, overdue)


def strip(user, at: datetime) -> tuple[str, datetime | None] | None:
    """The step of the cycle that the home page is about."""
    cycle = current_cycle(user)
    return None if cycle is None or cycle.published_at is not None else step_now(cycle, at)


def cycle_strip(cycle: Cycle, user, at: datetime) -> Strip:
    """The strip of one cycle's own pages: its step, and as on every page all that waits for the reader."""
    waiting = waiting_text(tasks_for(user, at))
    if cycle.published_at is not None:
        return Strip(_("published"), waiting)
    step, deadline = step_now(cycle, at)
    return Strip(step, waiting, deadline)


def _manages(user, cycle: Cycle) -> bool:
    return Cycle.objects.manageable_by(user).filter(pk=cycle.pk).exists()
