"""What the survey adds to the menu and to the home page of those who manage a cycle."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.cycle_links import Link
from assessments.models import Cycle, Step
from par_index.core.menu import Item
from par_index.core.worklist import Task
from surveys.models import MeasuredResult, Questionnaire
from surveys.queries import external_leaves


def menu(request: HttpRequest) -> Iterator[Item]:
    if request.user.is_authenticated and Cycle.objects.readable_by(request.user).exists():
        url = reverse("surveys:index")
        yield Item(label=_("Survey"), url=url, prefixes=(url,), order=40)


def links(request: HttpRequest, cycle: Cycle | None) -> Iterator[Link]:
    """From a cycle's page, which managers and auditors read."""
    if cycle is not None:
        url = reverse("surveys:desk", args=[cycle.code])
        text = _("Questionnaires, links to hand out, answers, and figures from outside.")
        yield Link(_("Survey"), text, url, order=30)


def tasks(user, at: datetime) -> Iterator[Task]:
    """External figures that are missing, questionnaires that wait to be opened, and closed ones not yet tallied."""
    for cycle in Cycle.objects.manageable_by(user).filter(published_at__isnull=True):
        due = cycle.steps.filter(kind=Step.Kind.SURVEY).values_list("ends_at", flat=True).first()
        late = due is not None and due < at
        url = reverse("surveys:desk", args=[cycle.code])
        missing = sum(each.entered < each.units for each in external_leaves(cycle))
        if missing:
            yield Task(
                missing,
                ngettext(
                    "criterion of %(year)s lacks external figures",
                    "criteria of %(year)s lack external figures",
                    missing,
                )
                % {"year": cycle.year},
                f"{url}#external",
                _("Enter the figures"),
                due,
                late,
            )
        drafts = cycle.questionnaires.filter(state=Questionnaire.State.DRAFT).count()
        if drafts:
            text = ngettext("questionnaire is still a draft", "questionnaires are still drafts", drafts)
            yield Task(drafts, text, url, _("Open them"), due, late)
        closed = _closed_and_not_tallied(cycle)
        if closed:
            text = ngettext(
                "closed questionnaire is not yet tallied", "closed questionnaires are not yet tallied", closed
            )
            yield Task(closed, text, url, _("Tally the answers"), due, late)


def _closed_and_not_tallied(cycle: Cycle) -> int:
    tallied = MeasuredResult.objects.filter(
        assessment__cycle=cycle,
        origin=MeasuredResult.Origin.TALLY,
        criterion__questions__questionnaire=OuterRef("pk"),
        assessment__block=OuterRef("block"),
    )
    return (
        cycle.questionnaires.filter(state=Questionnaire.State.CLOSED, forms__isnull=False)
        .exclude(Exists(tallied))
        .distinct()
        .count()
    )
