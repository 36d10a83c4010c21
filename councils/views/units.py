"""The units that wait for a member, one unit's leaves, and what is done to a unit as a whole."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from assessments.services import NotAllowedNow
from councils import queries, services
from councils.queries.desk import UnitDesk
from councils.queries.progress import UnitProgress
from councils.views.common import number_in, strip_of, unit_context, unit_desk_for
from par_index.core.http import login_required, paginate, render_act


@login_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the units of the newest cycle that is still under way, else of the newest."""
    cycles = list(queries.cycles_of(request.user))
    if not cycles:
        raise Http404
    running = [cycle for cycle in cycles if cycle.published_at is None]
    return redirect("councils:worklist", (running or cycles)[0].code)


@login_required
@require_safe
def worklist(request: HttpRequest, code: str) -> HttpResponse:
    """The units that the reader appraises or oversees, with what is left to do in each."""
    cycles = list(queries.cycles_of(request.user))
    cycle = next((cycle for cycle in cycles if cycle.code == code), None)
    if cycle is None:
        raise Http404
    step = queries.appraisal_step(cycle.pk)
    units = queries.progress(request.user, cycle)
    chosen, search, block = (
        request.GET.get("loc", ""),
        request.GET.get("q", "").strip(),
        request.GET.get("khoi", ""),
    )
    shown = [unit for unit in units if _matches(unit, search, block)]
    filters = {
        "": (gettext("All"), lambda unit: True),
        "chua-xong": (gettext("Waiting for you"), lambda unit: unit.is_waiting),
        "chua-nop": (gettext("Not submitted"), lambda unit: not unit.is_handed_in),
        "da-chot": (gettext("Finalised"), lambda unit: unit.is_finalised),
    }
    if chosen not in filters:
        raise Http404
    context = {
        "cycle": cycle,
        "cycles": _choices(
            [(one.name, reverse("councils:worklist", args=[one.code]), one == cycle) for one in cycles]
        ),
        "blocks": {unit.assessment.block.code: unit.assessment.block.name for unit in units},
        "block": block,
        "search": search,
        "chosen": chosen,
        "filters": [
            {
                "label": label,
                "url": _query(request, loc=name, trang=""),
                "current": name == chosen,
                "count": sum(map(keep, shown)),
            }
            for name, (label, keep) in filters.items()
        ],
        "page": paginate(request, [unit for unit in shown if filters[chosen][1](unit)]),
        "oversees": any(unit.whole for unit in units),
        "step": step,
        "strip": strip_of(step, _waiting_in(units)),
    }
    return render(request, "councils/worklist.html", context)


def _matches(unit, search: str, block: str) -> bool:
    wanted = search.casefold()
    return wanted in unit.assessment.unit.name.casefold() and block in ("", unit.assessment.block.code)


def _choices(rows: list[tuple[str, str, bool]]) -> list[dict]:
    return [{"label": label, "url": url, "current": current} for label, url, current in rows]


def _query(request: HttpRequest, **changes: str) -> str:
    """This page's address with other filters; empty ones are left out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return f"{request.path}?{query.urlencode()}" if query else request.path


def _waiting_in(units: list[UnitProgress]) -> str:
    left = [unit for unit in units if unit.is_open and unit.mine.left]
    count = sum(unit.mine.left for unit in left)
    return gettext("%(count)d criteria of %(units)d units") % {"count": count, "units": len(left)}


@login_required
@require_safe
def unit(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """One unit's leaves: read, tick those to accept together, go to one of them, finalise."""
    desk = unit_desk_for(request, assessment_id, timezone.now())
    return render(request, "councils/unit.html", unit_context(desk))


@login_required
@require_http_methods(["GET", "POST"])
def accept_many(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """First the ticked leaves by name, each can still be taken off; then, on POST, exactly these are accepted."""
    at = timezone.now()
    desk = unit_desk_for(request, assessment_id, at)
    if request.method == "POST":
        seen = _seen_of_many(request)
        try:
            entries = services.accept_many(assessment_id=assessment_id, seen=seen, by=request.user, at=at)
        except services.NotYours as error:
            raise Http404 from error
        except (services.StaleView, services.NothingToAccept, NotAllowedNow) as error:
            desk = unit_desk_for(request, assessment_id, at)
            return _render_selection(request, desk, set(seen), problem=str(error), status=409)
        count = len(entries)
        messages.success(
            request,
            ngettext("%(count)d criterion accepted.", "%(count)d criteria accepted.", count)
            % {"count": count},
        )
        return redirect("councils:unit", assessment_id)
    chosen = {number_in(value) for value in request.GET.getlist("tc")}
    return _render_selection(request, desk, chosen)


def _seen_of_many(request: HttpRequest) -> dict[int, int]:
    """From the hidden fields `tc=<criterion>:<newest entry seen>`."""
    seen = {}
    for value in request.POST.getlist("tc"):
        criterion_id, _, entry_id = value.partition(":")
        criterion, entry = number_in(criterion_id), number_in(entry_id)
        if criterion is None or entry is None:
            raise Http404
        seen[criterion] = entry
    return seen


def _render_selection(
    request: HttpRequest, desk: UnitDesk, chosen: set[int], *, problem: str = "", status: int = 200
) -> HttpResponse:
    rows = [row for row in desk.rows if row.criterion.id in chosen and row.is_acceptable]
    if not rows:
        messages.info(request, gettext("Tick the criteria to accept first."))
        return redirect("councils:unit", desk.assessment.pk)
    context = unit_context(desk) | {"rows": rows, "problem": problem}
    return render(request, "councils/accept_many.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def finalise(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Ask, then close the unit's appraisal."""
    at = timezone.now()
    desk = unit_desk_for(request, assessment_id, at)
    if not desk.may_finalise:
        raise Http404
    name = desk.assessment.unit.name
    if request.method == "POST":
        try:
            services.finalise(assessment_id=assessment_id, by=request.user, at=at)
        except services.NotYours as error:
            raise Http404 from error
        except (services.Undecided, NotAllowedNow) as error:
            messages.error(request, str(error))
        else:
            messages.success(request, gettext("The appraisal of %(unit)s is finalised.") % {"unit": name})
        return redirect("councils:unit", assessment_id)
    return render_act(
        request,
        title=gettext("Finalise the appraisal of %(unit)s") % {"unit": name},
        text=gettext("Afterwards no decision on this unit can be recorded or changed any more."),
        submit=gettext("Finalise"),
        back=reverse("councils:unit", args=[assessment_id]),
    )
