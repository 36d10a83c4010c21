"""What the home page, the menu and the strip say to the officers and leaders of units."""

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Assessment, Cycle, Step
from assessments.models.assessment import Status
from assessments.queries import Sheet, completeness
from par_index.core.menu import Item
from par_index.core.worklist import Strip, Task

STEP_ORDER = list(Step.Kind)
WRITABLE = (Status.DRAFT, Status.RETURNED)


def menu(request: HttpRequest) -> Iterable[Item]:
    """The sheets of the reader's own units."""
    if request.user.is_authenticated and Assessment.objects.of_units_of(request.user).exists():
        url = reverse("assessments:sheets")
        yield Item(_("Self-scoring sheet"), url, prefixes=(url,), order=20)


def tasks(user, at: datetime) -> Iterable[Task]:
    """Sheets that the reader's units have to finish; seven queries at most."""
    sheets = list(
        Assessment.objects.of_units_of(user)
        .filter(status__in=WRITABLE, cycle__published_at__isnull=True)
        .select_related("cycle", "unit", "block")
    )
    if not sheets:
        return
    steps = _self_steps(sheet.cycle_id for sheet in sheets)
    leads = set(Assessment.objects.submittable_by(user).filter(pk__in=[sheet.pk for sheet in sheets]))
    counts = completeness(sheets)
    for sheet in sheets:
        step = steps.get(sheet.cycle_id)
        returned = sheet.status == Status.RETURNED
        if not returned and (step is None or step.opened_at is None):
            continue
        due = step.ends_at if step and not returned else None
        yield from _tasks_of(sheet, counts[sheet.pk].incomplete, due, sheet in leads, at)


def _tasks_of(
    sheet: Assessment, incomplete: int, due: datetime | None, leads: bool, at: datetime
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
        yield Task(incomplete, text, url, _("Go on scoring"), due, overdue)
    if not incomplete and leads and not overdue:
        text = _("complete sheet of %(unit)s, %(year)s, waits for you to submit it") % names
        yield Task(1, text, reverse("assessments:submit", args=[sheet.pk]), _("Look and submit"), due)


def strip(user, at: datetime) -> tuple[str, datetime | None] | None:
    """The step of the newest unpublished cycle in which a unit of the reader takes part."""
    cycle = (
        Cycle.objects.filter(assessments__in=Assessment.objects.of_units_of(user), published_at__isnull=True)
        .order_by("-year", "pk")
        .first()
    )
    return step_now(cycle, at) if cycle else None


def sheet_strip(sheet: Sheet, at: datetime) -> Strip:
    """The strip of one sheet's own page: its cycle's step, and what this very sheet still lacks."""
    step, deadline = step_now(sheet.assessment.cycle, at)
    count = len(sheet.incomplete)
    if sheet.assessment.status not in WRITABLE:
        waiting = sheet.assessment.get_status_display()
    elif count:
        waiting = ngettext(
            "%(count)d criterion is incomplete", "%(count)d criteria are incomplete", count
        ) % {"count": count}
    else:
        waiting = _("complete, not yet submitted")
    return Strip(step, waiting, deadline)


def step_now(cycle: Cycle, at: datetime) -> tuple[str, datetime | None]:
    """ "1/6 – Self-assessment" and its deadline; of several open steps the earliest in the cycle's order. One query."""
    opened = [step for step in cycle.steps.all() if step.opened_at is not None and step.closed_at is None]
    if not opened:
        return _("no step is open"), None
    step = min(opened, key=lambda one: STEP_ORDER.index(one.kind))
    place = {
        "place": STEP_ORDER.index(step.kind) + 1,
        "total": len(STEP_ORDER),
        "name": step.get_kind_display(),
    }
    return _("%(place)d/%(total)d – %(name)s") % place, step.ends_at


def _self_steps(cycle_ids: Iterable[int]) -> dict[int, Step]:
    steps = Step.objects.filter(cycle__in=set(cycle_ids), kind=Step.Kind.SELF_ASSESSMENT)
    return {step.cycle_id: step for step in steps}
