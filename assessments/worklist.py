"""What the home page, the menu and the strip say to the officers and leaders of units."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.cycle_presenting import step_rows
from assessments.models import Assessment, Cycle, Step
from assessments.models.assessment import Status
from assessments.queries import Sheet, completeness, read_sheet
from par_index.core.menu import Item
from par_index.core.worklist import Panel, Strip, Task, waiting_text

STEP_ORDER = list(Step.Kind)
WRITABLE = (Status.DRAFT, Status.RETURNED)


def menu(request: HttpRequest) -> Iterable[Item]:
    """The sheets of the reader's own units."""
    if request.user.is_authenticated and Assessment.objects.of_units_of(request.user).exists():
        url = reverse("assessments:sheets")
        yield Item(_("Self-scoring sheet"), url, prefixes=(url,), order=20)


def tasks(user, at: datetime) -> Iterable[Task]:
    """Sheets that the reader's units have to finish; eight queries at most."""
    sheets = list(
        Assessment.objects.of_units_of(user)
        .filter(status__in=WRITABLE, cycle__published_at__isnull=True)
        .select_related("cycle", "unit", "block")
    )
    if not sheets:
        return
    steps = _self_steps(sheet.cycle_id for sheet in sheets)
    leads = set(Assessment.objects.submittable_by(user).filter(pk__in=[sheet.pk for sheet in sheets]))
    scores = set(Assessment.objects.scorable_by(user).filter(pk__in=[sheet.pk for sheet in sheets]))
    counts = completeness(sheets)
    for sheet in sheets:
        step = steps.get(sheet.cycle_id)
        returned = sheet.status == Status.RETURNED
        if not returned and (step is None or step.opened_at is None):
            continue
        due = step.ends_at if step and not returned else None
        yield from _tasks_of(sheet, counts[sheet.pk].incomplete, due, sheet in leads, sheet in scores, at)


def _tasks_of(
    sheet: Assessment, incomplete: int, due: datetime | None, leads: bool, scores: bool, at: datetime
) -> Iterable[Task]:
    url = reverse("assessments:sheet", args=[sheet.pk])
    names = {"unit": sheet.unit, "year": sheet.cycle.year}
    overdue = due is not None and due <= at
    if sheet.status == Status.RETURNED:
        text = _("sheet of %(unit)s, %(year)s, was sent back") % names
        yield Task(1, text, url, _("Read the reason and mend it"))
    elif incomplete:
        text = (
            ngettext(
                "criterion still incomplete in the sheet of %(unit)s, %(year)s",
                "criteria still incomplete in the sheet of %(unit)s, %(year)s",
                incomplete,
            )
            % names
        )
        # Who only leads the unit reads what its officers are still to score.
        yield Task(incomplete, text, url, _("Go on scoring") if scores else _("See the sheet"), due, overdue)
    if not incomplete and leads and not overdue:
        text = _("complete sheet of %(unit)s, %(year)s, waits for you to submit it") % names
        yield Task(1, text, reverse("assessments:submit", args=[sheet.pk]), _("Look and submit"), due)


def strip(user, at: datetime) -> tuple[str, datetime | None] | None:
    """The step of the newest unpublished cycle in which a unit of the reader takes part."""
    cycle = current_cycle(user)
    return step_now(cycle, at) if cycle else None


def current_cycle(user) -> Cycle | None:
    """The newest unpublished cycle in which a unit of the user takes part."""
    own = Assessment.objects.of_units_of(user)
    cycles = Cycle.objects.filter(assessments__in=own, published_at__isnull=True)
    return cycles.order_by("-year", "pk").first()


def panels(request: HttpRequest, at: datetime) -> Iterable[Panel]:
    """The cycle's steps as a line, and how far the sheets of the reader's units are."""
    cycle = current_cycle(request.user)
    if cycle is None:
        return
    # Whoever manages or audits a cycle has its head on the page already.
    if not Cycle.objects.readable_by(request.user).exists():
        yield cycle_line(cycle, at)
    own = Assessment.objects.of_units_of(request.user).filter(cycle=cycle)
    own = own.select_related("cycle", "unit", "block__version").order_by("unit__code").distinct()
    yield Panel("assessments/_own_sheets.html", {"sheets": [read_sheet(one) for one in own]})


def cycle_line(cycle: Cycle, at: datetime) -> Panel:
    """The head of the home page of somebody who takes part in a cycle."""
    line = [row.as_line_step for row in step_rows(cycle, at)]
    return Panel("assessments/_cycle_line.html", {"cycle": cycle, "line": line}, wide=True)


def sheet_strip(sheet: Sheet, at: datetime) -> Strip:
    """The strip of one sheet's own page: its cycle's step, and what this very sheet still lacks."""
    if sheet.assessment.cycle.published_at is not None:
        return Strip(_("published"), waiting_text([]))
    step, deadline = step_now(sheet.assessment.cycle, at)
    count = len(sheet.incomplete)
    if sheet.assessment.status not in WRITABLE:
        waiting = waiting_text([])
    elif count:
        waiting = ngettext(
            "%(count)d criterion is incomplete", "%(count)d criteria are incomplete", count
        ) % {"count": count}
    else:
        waiting = _("complete, not yet submitted")
    return Strip(step, waiting, deadline)


def step_now(cycle: Cycle, at: datetime) -> tuple[str, datetime | None]:
    """ "1/5 – Self-assessment" and its deadline; of several open steps the earliest in the cycle's order. One query."""
    opened = [step for step in cycle.steps.all() if step.opened_at is not None and step.closed_at is None]
    if not opened:
        return _("no step is open"), None
    step = min(opened, key=lambda one: STEP_ORDER.index(one.kind))
    return step_text(step), step.ends_at


def step_text(step: Step) -> str:
    """The step's name with its place on the line of a cycle's steps; the survey runs alongside and has none."""
    if step.kind == Step.Kind.SURVEY:
        return step.get_kind_display()
    numbered = [kind for kind in STEP_ORDER if kind != Step.Kind.SURVEY]
    place = {
        "place": numbered.index(step.kind) + 1,
        "total": len(numbered),
        "name": step.get_kind_display(),
    }
    return _("%(place)d/%(total)d – %(name)s") % place


def _self_steps(cycle_ids: Iterable[int]) -> dict[int, Step]:
    steps = Step.objects.filter(cycle__in=set(cycle_ids), kind=Step.Kind.SELF_ASSESSMENT)
    return {step.cycle_id: step for step in steps}
