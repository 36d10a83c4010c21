"""
The home page's parts, registered by the apps above in their AppConfig.ready().

Tasks are what waits for a person; panels stand beside them; public panels make up the front page of a visitor
who is not logged in; the strip says at which step the cycle is and until when.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext, ngettext


@dataclass(frozen=True, slots=True)
class Task:
    """`count` things described by `text` wait for a person at `url`; `action` is the link's text."""

    count: int
    text: str
    url: str
    action: str
    due: datetime | None = None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """The line under the header: the step the cycle is at, what waits for the reader, until when."""

    step: str
    waiting: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """A template and its context. A `wide` panel takes the page's whole width, above the task list."""

    template: str
    context: dict
    wide: bool = False


TaskProvider = Callable[[object, datetime], Iterable[Task]]
PanelProvider = Callable[[HttpRequest, datetime], Iterable[Panel]]
StripProvider = Callable[[object, datetime], tuple[str, datetime | None] | None]

_tasks: list[TaskProvider] = []
_panels: list[PanelProvider] = []
_public_panels: list[PanelProvider] = []
_strips: list[StripProvider] = []


def register(provider: TaskProvider) -> TaskProvider:
    """`provider(user, at)` gives the user's tasks."""
    _tasks.append(provider)
    return provider


def register_panel(provider: PanelProvider) -> PanelProvider:
    """`provider(request, at)` gives panels of a logged-in user's home page."""
    _panels.append(provider)
    return provider


def register_public_panel(provider: PanelProvider) -> PanelProvider:
    """`provider(request, at)` gives panels of the public front page."""
    _public_panels.append(provider)
    return provider


def register_strip(provider: StripProvider) -> StripProvider:
    """`provider(user, at)` gives the current step's name and deadline as this user knows them, or None."""
    _strips.append(provider)
    return provider


def tasks_for(user, at: datetime) -> list[Task]:
    """What waits for the user: overdue first, then by deadline, those without a deadline last."""
    found = [task for provider in _tasks for task in provider(user, at)]
    return sorted(found, key=lambda task: (not task.overdue, task.due is None, task.due or at))


def panels_for(request: HttpRequest, at: datetime) -> list[Panel]:
    return [panel for provider in _panels for panel in provider(request, at)]


def public_panels(request: HttpRequest, at: datetime) -> list[Panel]:
    return [panel for provider in _public_panels for panel in provider(request, at)]


def waiting_text(tasks: list[Task]) -> str:
    """“5 tasks, 1 overdue”: kinds of work, as many as the home page lists."""
    if not tasks:
        return gettext("nothing")
    text = ngettext("%(count)d task", "%(count)d tasks", len(tasks)) % {"count": len(tasks)}
    overdue = sum(task.overdue for task in tasks)
    if overdue:
        text += ", " + ngettext("%(count)d overdue", "%(count)d overdue", overdue) % {"count": overdue}
    return text


def strip_for(user, at: datetime, tasks: list[Task] | None = None) -> Strip | None:
    """None while no cycle concerns the user. `tasks` spares looking for them twice."""
    for provider in _strips:
        found = provider(user, at)
        if found is not None:
            step, deadline = found
            waiting = waiting_text(tasks_for(user, at) if tasks is None else tasks)
            return Strip(step=step, waiting=waiting, deadline=deadline)
    return None
