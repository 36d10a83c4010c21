"""One leaf at the desk, every decision on it, and the preview of its evidence."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from assessments.models import Evidence, EvidenceFile
from assessments.services import NotAllowedNow
from councils import presenting, queries, services
from councils.forms import DecisionForm
from councils.queries.desk import LeafDesk, Row, UnitDesk
from councils.views.common import number_in, unit_context, unit_desk_for
from criteria.scoring.rules import InvalidDeclaration
from criteria.scoring.tree import Source
from par_index.core.http import login_required
from par_index.core.middleware import CONTENT_SECURITY_POLICY

PREVIEWED = {"application/pdf": "pdf", "image/png": "image", "image/jpeg": "image"}
"""Content types that a browser shows by itself, and how the desk embeds them."""

FRAMING_POLICY = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
# A PDF viewer is the browser's own page round the file: it needs its style and object, never a script of ours.
PREVIEW_POLICY = (
    "default-src 'none'; img-src 'self' data:; object-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)


@login_required
@require_safe
def leaf(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    """One leaf with everything that a decision needs beside it."""
    desk, row = _leaf_of(request, assessment_id, criterion_id, timezone.now())
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
    desk = unit_desk_for(request, assessment_id, at)
    row = desk.row(criterion_id)
    if row is None or (request.method == "POST" and not row.is_mine):
        raise Http404
    return desk, row


def _rule(desk: UnitDesk, row: Row):
    return queries.rule_of(desk.assessment, row.criterion)


def _seen(request: HttpRequest) -> int:
    seen = number_in(request.POST.get("seen", ""))
    if seen is None:
        raise Http404
    return seen


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
    if not desk.is_handed_in:
        # What the unit is still writing is not the council's to read, whichever way led here.
        if request.method == "POST":
            messages.error(request, problem or desk.closed)
        return redirect("councils:unit", desk.assessment.pk)
    leaf = queries.leaf_desk(request.user, desk, row)
    can_decide = row.is_mine and desk.closed is None and row.exemption is None
    if can_decide and form is None:
        form = DecisionForm(row=row, rule=leaf.rule)
    context = unit_context(desk) | {
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
    file = get_object_or_404(
        EvidenceFile,
        pk=file_id,
        evidence__in=Evidence.objects.readable_by(request.user),
        evidence__assessment__in=queries.readable_by(request.user),
        content_type__in=PREVIEWED,
    )
    # Sent from here even behind nginx, which would drop these headers on its way to the stored file.
    response = FileResponse(file.file.open("rb"), content_type=file.content_type, filename=file.original_name)
    response["Content-Security-Policy"] = PREVIEW_POLICY
    response["Cache-Control"] = "private, no-store"
    return response
