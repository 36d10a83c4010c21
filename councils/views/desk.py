"""The appraisal desk: units, one unit's leaves, one leaf; and every decision on them."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import EvidenceFile, Step
from assessments.services import NotAllowedNow
from councils import presenting, queries, services
from councils.forms import DecisionForm
from councils.queries.desk import LeafDesk, Row, UnitDesk
from councils.queries.progress import UnitProgress
from criteria.scoring.rules import InvalidDeclaration
from criteria.scoring.tree import Source
from par_index.core.http import login_required, paginate, render_act
from par_index.core.middleware import CONTENT_SECURITY_POLICY
from par_index.core.worklist import Strip

PREVIEWED = {"application/pdf": "pdf", "image/png": "image", "image/jpeg": "image"}
"""Content types that a browser shows by itself, and how the desk embeds them."""

FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
# A PDF viewer is the browser's own page round the file: it needs its style and object, never a script of ours.
PREVIEW_POLICY = (
    "default-src 'none'; img-src 'self' data:; object-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


# --- units ------------------------------------------------------------------------------------------------------------


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
        "strip": _strip(step, _waiting_in(units)),
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


# --- one unit -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def unit(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """One unit's leaves: read, tick those to accept together, go to one of them, finalise."""
    desk = _unit_desk(request, assessment_id, timezone.now())
    return render(request, "councils/unit.html", _unit_context(desk))


@login_required
@require_http_methods(["GET", "POST"])
def accept_many(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """First the ticked leaves by name, each can still be taken off; then, on POST, exactly these are accepted."""
    at = timezone.now()
    desk = _unit_desk(request, assessment_id, at)
    if request.method == "POST":
        seen = _seen_of_many(request)
        try:
            entries = services.accept_many(assessment_id=assessment_id, seen=seen, by=request.user, at=at)
        except services.NotYours as error:
            raise Http404 from error
        except (services.StaleView, services.NothingToAccept, NotAllowedNow) as error:
            desk = _unit_desk(request, assessment_id, at)
            return _render_selection(request, desk, set(seen), problem=str(error), status=409)
        count = len(entries)
        messages.success(
            request,
            ngettext("%(count)d criterion accepted.", "%(count)d criteria accepted.", count)
            % {"count": count},
        )
        return redirect("councils:unit", assessment_id)
    chosen = {int(value) for value in request.GET.getlist("tc") if value.isdecimal()}
    return _render_selection(request, desk, chosen)


def _seen_of_many(request: HttpRequest) -> dict[int, int]:
    """From the hidden fields `tc=<criterion>:<newest entry seen>`."""
    seen = {}
    for value in request.POST.getlist("tc"):
        criterion_id, _, entry_id = value.partition(":")
        if not (criterion_id.isdecimal() and entry_id.isdecimal()):
            raise Http404
        seen[int(criterion_id)] = int(entry_id)
    return seen


def _render_selection(
    request: HttpRequest, desk: UnitDesk, chosen: set[int], *, problem: str = "", status: int = 200
) -> HttpResponse:
    rows = [row for row in desk.rows if row.criterion.id in chosen and row.is_acceptable]
    if not rows:
        messages.info(request, gettext("Tick the criteria to accept first."))
        return redirect("councils:unit", desk.assessment.pk)
    context = _unit_context(desk) | {"rows": rows, "problem": problem}
    return render(request, "councils/accept_many.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def finalise(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Ask, then close the unit's appraisal."""
    at = timezone.now()
    desk = _unit_desk(request, assessment_id, at)
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


def _unit_desk(request: HttpRequest, assessment_id: int, at: datetime) -> UnitDesk:
    readable = queries.readable_by(request.user).select_related("cycle", "unit", "block__version")
    return queries.unit_desk(request.user, get_object_or_404(readable, pk=assessment_id), at)


def _unit_context(desk: UnitDesk) -> dict:
    return {
        "desk": desk,
        "assessment": desk.assessment,
        "cycle": desk.assessment.cycle,
        "strip": _strip(desk.step, _waiting_at(desk)),
    }


def _waiting_in(units: list[UnitProgress]) -> str:
    left = [unit for unit in units if unit.is_open and unit.mine.left]
    count = sum(unit.mine.left for unit in left)
    return gettext("%(count)d criteria of %(units)d units") % {"count": count, "units": len(left)}


def _waiting_at(desk: UnitDesk) -> str:
    count = len(desk.waiting) if desk.closed is None else 0
    return ngettext("%(count)d criterion of this unit", "%(count)d criteria of this unit", count) % {
        "count": count
    }


def _strip(step: Step | None, waiting: str) -> Strip:
    """The strip of the desk's own pages: it counts criteria where the portal's counts kinds of work."""
    if step is None:
        return Strip(gettext("Appraisal not planned yet"), waiting)
    return Strip(step.get_kind_display(), waiting, step.ends_at)


# --- one leaf -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def leaf(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """One leaf with everything that a decision needs beside it."""
    desk, row = _leaf_of(request, assessment_id, criterion_id, timezone.now())
    if not desk.is_handed_in:
        return redirect("councils:unit", assessment_id)
    return _render_leaf(request, desk, row)


@login_required
@require_POST
def accept(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """Accept the unit's own points of one leaf."""
    at = timezone.now()
    desk, row = _leaf_of(request, assessment_id, criterion_id, at)
    seen = _seen(request)

    def act():
        return services.accept(
            assessment_id=assessment_id, criterion_id=criterion_id, seen_entry_id=seen, by=request.user, at=at
        )

    return _settle(request, desk, row, act)


@login_required
@require_POST
def decide(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """Decide one leaf in the way that the form names: by figures, by points, or as not applicable."""
    at = timezone.now()
    desk, row = _leaf_of(request, assessment_id, criterion_id, at)
    form = DecisionForm(request.POST, row=row, rule=_rule(desk, row))
    if not form.is_valid():
        return _render_leaf(request, desk, row, form, status=422)
    service = services.adjust if row.criterion.source == Source.SELF else services.enter
    if form.is_not_applicable:
        service = services.decide_not_applicable
    seen = _seen(request)

    def act():
        return service(
            assessment_id=assessment_id,
            criterion_id=criterion_id,
            reason=form.cleaned_data["reason"],
            seen_entry_id=seen,
            by=request.user,
            at=at,
            **form.chosen,
        )

    return _settle(request, desk, row, act, form)


def _settle(
    request: HttpRequest, desk: UnitDesk, row: Row, act: Callable, form: DecisionForm | None = None
) -> HttpResponse:
    """
    Do the act and go on to the next undecided leaf. What is refused comes back on the leaf's own page: beside its
    field where it belongs to one, with the newest state of the leaf, and with everything that was typed.
    """
    try:
        entry = act()
    except services.NotYours as error:
        raise Http404 from error
    except InvalidDeclaration as error:
        form.show(error)
    except services.ReasonMissing as error:
        form.add_error("reason", str(error))
    except services.PointsOutOfRange as error:
        form.add_error("points", str(error))
    except (services.StaleView, services.NothingToAccept, NotAllowedNow) as error:
        desk, row = _leaf_of(request, desk.assessment.pk, row.criterion.id, timezone.now())
        overtaken = error.entries[0] if isinstance(error, services.StaleView) else None
        return _render_leaf(request, desk, row, form, problem=str(error), overtaken=overtaken, status=409)
    else:
        return _go_on(request, desk, row, entry)
    return _render_leaf(request, desk, row, form, status=422)


def _go_on(request: HttpRequest, desk: UnitDesk, row: Row, entry) -> HttpResponse:
    code = row.criterion.code
    messages.success(request, presenting.decided_text(code, entry))
    upcoming = desk.next_waiting(row.criterion.id)
    if upcoming:
        return redirect("councils:leaf", desk.assessment.pk, upcoming.criterion.id)
    if not desk.waiting or desk.waiting == [row]:
        messages.info(
            request, gettext("All your criteria of %(unit)s are decided.") % {"unit": desk.assessment.unit}
        )
    return redirect("councils:unit", desk.assessment.pk)


@login_required
@require_POST
def trial(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """What the typed figures would give, without writing anything. A piece for the page."""
    desk, row = _leaf_of(request, assessment_id, criterion_id, timezone.now())
    form = DecisionForm(request.POST, row=row, rule=_rule(desk, row))
    text = ""
    if form.is_valid() and form.cleaned_data["way"] == DecisionForm.FIGURES:
        try:
            outcome = form.rule.score(form.chosen["declared"])
        except InvalidDeclaration:
            text = gettext("The figures are not complete yet.")
        else:
            text = presenting.trial_text(outcome, row.self_points)
    return render(request, "councils/_trial.html", {"text": text})


def _leaf_of(
    request: HttpRequest, assessment_id: int, criterion_id: int, at: datetime
) -> tuple[UnitDesk, Row]:
    desk = _unit_desk(request, assessment_id, at)
    row = desk.row(criterion_id)
    if row is None or (request.method == "POST" and not row.is_mine):
        raise Http404
    return desk, row


def _rule(desk: UnitDesk, row: Row):
    return queries.rule_of(desk.assessment, row.criterion)


def _seen(request: HttpRequest) -> int:
    value = request.POST.get("seen", "")
    if not value.isdecimal():
        raise Http404
    return int(value)


def _render_leaf(
    request: HttpRequest,
    desk: UnitDesk,
    row: Row,
    form: DecisionForm | None = None,
    *,
    problem: str = "",
    overtaken=None,
    status: int = 200,
) -> HttpResponse:
    leaf = queries.leaf_desk(request.user, desk, row)
    can_decide = row.is_mine and desk.closed is None and row.exemption is None
    if can_decide and form is None:
        form = DecisionForm(row=row, rule=leaf.rule)
    context = _unit_context(desk) | {
        "leaf": leaf,
        "row": row,
        "form": form if can_decide else None,
        "problem": problem,
        "overtaken": overtaken,
        "declared": presenting.declared_pairs(leaf.rule, row.score.declared if row.score else None),
        "lines": presenting.rule_lines(leaf.rule, leaf.computed),
        "because": presenting.because(leaf),
        "hints": presenting.hints(leaf, desk.assessment),
        "history": presenting.history(leaf),
        "previous": desk.beside(row.criterion.id, -1),
        "following": desk.next_waiting(row.criterion.id) or desk.beside(row.criterion.id, 1),
        "only_waiting": request.GET.get("loc") == "chua-xong",
        **_shown_file(request, leaf),
    }
    response = render(request, "councils/leaf.html", context, status=status)
    response["Content-Security-Policy"] = FRAMING_POLICY
    return response


def _shown_file(request: HttpRequest, leaf: LeafDesk) -> dict:
    """The file in the preview: the one asked for, else the first that a browser can show."""
    files = [file for link in leaf.evidence for file in link.evidence.files.all()]
    asked = request.GET.get("tep", "")
    shown = next((file for file in files if str(file.pk) == asked), None)
    if shown is None:
        shown = next((file for file in files if file.content_type in PREVIEWED), None)
    return {"files": files, "shown": shown, "shown_as": PREVIEWED.get(shown.content_type) if shown else None}


@login_required
@require_safe
@xframe_options_sameorigin
def preview(request: HttpRequest, file_id: int) -> HttpResponse:
    """A PDF or image of the evidence, for the desk's own frame. Everything else is downloaded instead."""
    readable = queries.readable_by(request.user)
    file = get_object_or_404(
        EvidenceFile, pk=file_id, evidence__assessment__in=readable, content_type__in=PREVIEWED
    )
    response = FileResponse(file.file.open("rb"), content_type=file.content_type, filename=file.original_name)
    response["Content-Security-Policy"] = PREVIEW_POLICY
    response["Cache-Control"] = "private, no-store"
    return response
