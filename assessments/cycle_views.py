"""The cycle desk: where a cycle stands, how far its units are, and the acts of its manager."""

from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import cycle_export, cycle_services
from assessments.cycle_forms import CloseStepForm, ExemptForm, OpenStepForm, SendBackForm
from assessments.cycle_links import links_for
from assessments.cycle_presenting import step_rows
from assessments.cycle_queries import closing_of, summaries_of
from assessments.cycle_table import table_of
from assessments.cycle_worklist import cycle_strip
from assessments.models import Assessment, Cycle, Step, Unit
from assessments.models.assessment import Status
from assessments.services import NotAllowedNow, ReasonMissing
from par_index.core.http import login_required, render_act

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
read_or_act = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@login_required
def cycles(request: HttpRequest) -> HttpResponse:
    """The cycles that the reader manages or audits, and what makes a new one; the only one opens by itself."""
    found = list(Cycle.objects.readable_by(request.user).select_related("owner"))
    links = links_for(request, None)
    if not found and not links:
        raise Http404
    if len(found) == 1 and not links:
        return redirect("cycles:cycle", found[0].code)
    return render(request, "assessments/cycles.html", {"cycles": found, "links": links})


@require_safe
@login_required
def cycle(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Cycle.objects.readable_by(request.user).select_related("owner"), code=code)
    at = timezone.now()
    steps, summaries = step_rows(found, at), summaries_of(found)
    acts = found.published_at is None and _manages(request, found)
    context = {
        "cycle": found,
        "acts": acts,
        "steps": steps,
        "line": [row.as_line_step for row in steps],
        "summaries": summaries,
        "unit_count": sum(summary.total for summary in summaries),
        "progress": {"cycle": found, "summaries": summaries},
        "links": links_for(request, found),
        "strip": cycle_strip(found, request.user, at),
        **table_of(request, found, at, acts=acts),
    }
    return render(request, "assessments/cycle.html", context)


@require_safe
@login_required
def progress_workbook(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Cycle.objects.readable_by(request.user), code=code)
    at = timezone.now()
    name = f"tien-do-{found.code}-{timezone.localtime(at):%Y%m%d-%H%M}.xlsx"
    return HttpResponse(
        cycle_export.progress_workbook(found, at),
        content_type=XLSX,
        headers={
            "Content-Disposition": content_disposition_header(True, name),
            "Cache-Control": "private, no-store",
        },
    )


@read_or_act
@login_required
def open_step(request: HttpRequest, code: str, kind: Step.Kind) -> HttpResponse:
    found = get_object_or_404(_managed(request), code=code)
    at = timezone.now()
    step = Step.objects.filter(cycle=found, kind=kind).first()
    planned = step.ends_at if step and step.ends_at and step.ends_at > at else None
    form = OpenStepForm(request.POST if request.method == "POST" else None, planned_end=planned)
    if form.is_valid():
        try:
            cycle_services.open_step(
                cycle_id=found.pk, kind=kind, ends_at=form.ends_at, by=request.user, at=at
            )
        except cycle_services.DeadlineInPast as error:
            form.add_error("day", str(error))
        except NotAllowedNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%(step)s” is open.") % {"step": kind.label})
            return redirect("cycles:cycle", found.code)
    was_open = step is not None and step.opened_at is not None
    names = {"step": kind.label, "year": found.year}
    title = _("Open “%(step)s” of %(year)s again") if was_open else _("Open “%(step)s” of %(year)s")
    return render_act(
        request,
        title=title % names,
        text=_opening_text(found, kind, was_open=was_open),
        form=form,
        submit=_("Open again") if was_open else _("Open the step"),
        back=reverse("cycles:cycle", args=[found.code]),
        status=422 if form.errors else 200,
        cycle=found,
    )


@read_or_act
@login_required
def close_step(request: HttpRequest, code: str, kind: Step.Kind) -> HttpResponse:
    found = get_object_or_404(_managed(request), code=code)
    at = timezone.now()
    form = CloseStepForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            cycle_services.close_step(cycle_id=found.pk, kind=kind, by=request.user, at=at)
        except NotAllowedNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("“%(step)s” is closed.") % {"step": kind.label})
            return redirect("cycles:cycle", found.code)
    return render_act(
        request,
        title=_("Close “%(step)s” of %(year)s") % {"step": kind.label, "year": found.year},
        text=_closing_text(found, kind, at),
        form=form,
        submit=_("Close the step"),
        back=reverse("cycles:cycle", args=[found.code]),
        danger=True,
        status=422 if form.errors else 200,
        cycle=found,
    )


@read_or_act
@login_required
def send_back(request: HttpRequest, code: str, assessment_id: int) -> HttpResponse:
    assessment = _sheet(request, code, assessment_id)
    form = SendBackForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            cycle_services.send_back_sheet(
                assessment_id=assessment.pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except (cycle_services.OwnUnit, NotAllowedNow) as error:
            form.add_error(None, str(error))
        except ReasonMissing as error:
            form.add_error("reason", str(error))
        else:
            messages.success(request, _("The sheet of %(unit)s is sent back.") % {"unit": assessment.unit})
            return redirect("cycles:cycle", assessment.cycle.code)
    return render_act(
        request,
        title=_("Send back the sheet of %(unit)s") % {"unit": assessment.unit},
        text=_(
            "The sheet opens to its unit again until it is submitted once more. Decisions on criteria that the unit"
            " leaves unchanged are kept."
        ),
        form=form,
        submit=_("Send back the sheet"),
        back=reverse("cycles:cycle", args=[assessment.cycle.code]),
        danger=True,
        status=422 if form.errors else 200,
        cycle=assessment.cycle,
    )


@read_or_act
@login_required
def exemptions(request: HttpRequest, code: str, assessment_id: int) -> HttpResponse:
    """Leaves that do not apply to a unit: who settled them and why; before self-scoring opens, also the act."""
    if request.method == "POST":
        assessment = _sheet(request, code, assessment_id)
    else:
        readable = Cycle.objects.readable_by(request.user)
        sheets = Assessment.objects.filter(cycle__in=readable, cycle__code=code)
        assessment = get_object_or_404(_with_all(sheets), pk=assessment_id)
    settled = list(assessment.exemptions.select_related("criterion", "by").order_by("criterion__position"))
    form = ExemptForm(
        request.POST if request.method == "POST" else None,
        version=assessment.block.version,
        settled={exemption.criterion_id for exemption in settled},
    )
    if form.is_valid():
        leaf = form.cleaned_data["criterion"]
        try:
            cycle_services.exempt(
                assessment_id=assessment.pk,
                criterion_id=leaf.pk,
                reason=form.cleaned_data["reason"],
                by=request.user,
                at=timezone.now(),
            )
        except (cycle_services.OwnUnit, cycle_services.AppliesAlready, NotAllowedNow) as error:
            form.add_error(None, str(error))
        except ReasonMissing as error:
            form.add_error("reason", str(error))
        else:
            text = _("%(code)s no longer applies to %(unit)s.")
            messages.success(request, text % {"code": leaf.code, "unit": assessment.unit})
            return redirect("cycles:exemptions", assessment.cycle.code, assessment.pk)
    own = Unit.objects.belonging_to(request.user).filter(pk=assessment.unit_id).exists()
    preparing = assessment.status == Status.PREPARING and assessment.cycle.published_at is None
    context = {
        "cycle": assessment.cycle,
        "assessment": assessment,
        "settled": settled,
        "form": form,
        "own": own,
        "preparing": preparing,
        "editable": preparing and not own and _manages(request, assessment.cycle),
    }
    return render(request, "assessments/cycle_exemptions.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def withdraw(request: HttpRequest, code: str, assessment_id: int, criterion_id: int) -> HttpResponse:
    assessment = _sheet(request, code, assessment_id)
    leaf = get_object_or_404(assessment.block.version.criteria.all(), pk=criterion_id)
    try:
        cycle_services.withdraw_exemption(
            assessment_id=assessment.pk, criterion_id=leaf.pk, by=request.user, at=timezone.now()
        )
    except (cycle_services.OwnUnit, cycle_services.AppliesAlready, NotAllowedNow) as error:
        messages.error(request, str(error))
    else:
        text = _("%(code)s applies to %(unit)s again.")
        messages.success(request, text % {"code": leaf.code, "unit": assessment.unit})
    return redirect("cycles:exemptions", assessment.cycle.code, assessment.pk)


def _managed(request: HttpRequest) -> QuerySet[Cycle]:
    return Cycle.objects.manageable_by(request.user)


def _manages(request: HttpRequest, found: Cycle) -> bool:
    return _managed(request).filter(pk=found.pk).exists()


def _with_all(assessments: QuerySet[Assessment]) -> QuerySet[Assessment]:
    return assessments.select_related("cycle", "unit", "block__version")


def _sheet(request: HttpRequest, code: str, assessment_id: int) -> Assessment:
    """A sheet of a cycle that the reader manages."""
    managed = _with_all(Assessment.objects.filter(cycle__in=_managed(request), cycle__code=code))
    return get_object_or_404(managed, pk=assessment_id)


def _opening_text(found: Cycle, kind: Step.Kind, *, was_open: bool) -> str:
    if kind != Step.Kind.SELF_ASSESSMENT:
        return _("The step is open from now on, until its deadline or until somebody closes it.")
    if was_open:
        return _("Units whose sheets are not submitted can score again until the new deadline.")
    count = found.assessments.filter(status=Status.PREPARING).count()
    return ngettext(
        "%(count)d unit can score itself from now on. What does not apply to a unit can then no longer be fixed"
        " here; the council decides it.",
        "%(count)d units can score themselves from now on. What does not apply to a unit can then no longer be"
        " fixed here; the council decides it.",
        count,
    ) % {"count": count}


def _closing_text(found: Cycle, kind: Step.Kind, at: datetime) -> str:
    """What closing the step does, in figures."""
    if kind == Step.Kind.APPRAISAL_1:
        return _("Units read the council's decisions on their sheets as soon as the step is closed.")
    if kind != Step.Kind.SELF_ASSESSMENT:
        return _("The step takes nothing more. It can be opened again with a new deadline.")
    would = closing_of(found, at)
    parts = [
        (
            would.complete,
            ngettext(
                "%(count)d complete sheet will be submitted automatically, without its leader's approval.",
                "%(count)d complete sheets will be submitted automatically, without their leaders' approval.",
                would.complete,
            ),
        ),
        (
            would.incomplete,
            ngettext(
                "%(count)d incomplete sheet will be locked as it is.",
                "%(count)d incomplete sheets will be locked as they are.",
                would.incomplete,
            ),
        ),
        (
            would.returned,
            ngettext(
                "%(count)d sheet that was sent back stays open to its unit.",
                "%(count)d sheets that were sent back stay open to their units.",
                would.returned,
            ),
        ),
    ]
    told = [text % {"count": count} for count, text in parts if count]
    return " ".join(told) or _("Every unit has submitted its sheet.")
