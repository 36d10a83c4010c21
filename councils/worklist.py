"""What the council adds to the menu, to the home page and to the strip."""

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from assessments.cycle_links import Link
from assessments.models import Assessment, Cycle
from assessments.worklist import current_cycle, cycle_line, step_text
from councils.models import Member
from councils.opening import appraisal_step
from councils.queries import by_block, coverage, cycles_of, progress
from par_index.core.menu import Item
from par_index.core.worklist import Panel, Task


def menu(request: HttpRequest) -> Iterator[Item]:
    if not request.user.is_authenticated:
        return
    if Member.objects.filter(user=request.user).exists():
        yield Item(gettext("Appraisal"), reverse("councils:start"), ("/tham-dinh/",), order=30)
    if Cycle.objects.readable_by(request.user).exists():
        yield Item(gettext("Council"), reverse("councils:council_start"), ("/hoi-dong/",), order=32)


def links(request: HttpRequest, cycle: Cycle | None) -> Iterator[Link]:
    """From a cycle's page, which managers and auditors read."""
    if cycle is not None:
        url = reverse("councils:council", args=[cycle.code])
        text = gettext("Members, their areas and units, and what nobody appraises yet.")
        yield Link(gettext("Council"), text, url, order=20)


def tasks(user, at: datetime) -> Iterator[Task]:
    """Criteria to decide and units to finalise for a member; criteria without an appraiser for the manager."""
    for cycle in cycles_of(user).filter(published_at=None):
        yield from _member_tasks(user, cycle, at)
    for cycle in Cycle.objects.manageable_by(user).filter(published_at=None):
        yield from _manager_tasks(cycle)


def _member_tasks(user, cycle: Cycle, at: datetime) -> Iterator[Task]:
    step = appraisal_step(cycle.pk)
    if step is None or step.opened_at is None or step.closed_at is not None:
        return
    due, overdue = step.ends_at, step.ends_at is not None and step.ends_at <= at
    units = [unit for unit in progress(user, cycle) if unit.is_open]
    url = reverse("councils:worklist", args=[cycle.code])
    left = [unit for unit in units if unit.mine.left]
    if left:
        count = sum(unit.mine.left for unit in left)
        text = ngettext(
            "criteria of %(units)d unit to appraise", "criteria of %(units)d units to appraise", len(left)
        ) % {"units": len(left)}
        yield Task(count, text, f"{url}?loc=chua-xong", gettext("Appraise"), due=due, overdue=overdue)
    ready = sum(1 for unit in units if unit.whole is not None and unit.whole.left == 0)
    if ready:
        text = ngettext(
            "unit is decided and can be finalised", "units are decided and can be finalised", ready
        )
        yield Task(ready, text, f"{url}?loc=chua-xong", gettext("Finalise"), due=due, overdue=overdue)


def _manager_tasks(cycle: Cycle) -> Iterator[Task]:
    handed_in = Assessment.objects.filter(cycle=cycle).exclude(submitted_at=None)
    if not handed_in.exists():
        return
    missing = coverage(cycle).missing
    if missing:
        text = ngettext(
            "criterion of a unit has no appraiser", "criteria of units have no appraiser", missing
        )
        yield Task(missing, text, reverse("councils:council", args=[cycle.code]), gettext("Assign"))


def panels(request: HttpRequest, at: datetime) -> Iterator[Panel]:
    """How far the appraisal is, block by block, as far as the member sees it."""
    cycle = cycles_of(request.user).filter(published_at=None).first()
    if cycle is None:
        return
    # Managers, auditors and officers of units have the cycle's head on the page already.
    if not Cycle.objects.readable_by(request.user).exists() and current_cycle(request.user) is None:
        yield cycle_line(cycle, at)
    blocks = by_block(progress(request.user, cycle))
    yield Panel("councils/_progress.html", {"cycle": cycle, "blocks": blocks})


def strip(user, at: datetime) -> tuple[str, datetime | None] | None:
    """The appraisal step of the running cycle in whose council the user sits."""
    cycle = cycles_of(user).filter(published_at=None).first()
    step = appraisal_step(cycle.pk) if cycle else None
    return (step_text(step), step.ends_at) if step else None
