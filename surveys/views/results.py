"""From answers to points: import of responses, the tally, its results, external figures."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Cycle
from criteria.models import Criterion
from criteria.queries import tree_of
from criteria.scoring.tree import Source
from criteria.wording import localise
from par_index.core import jobs
from par_index.core.http import render_act
from surveys import queries, services
from surveys.forms import ExactField, ReasonForm, ResponsesForm
from surveys.services.responses import FileRefused, read_responses
from surveys.views.access import for_managers, for_readers


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def import_responses(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    """Check a CSV file, or import it; a file with errors is not stored, not even in part."""
    form = ResponsesForm(request.POST or None, request.FILES or None)
    context = {"cycle": cycle, "form": form, "rows": queries.questionnaires_of(cycle)}
    if request.method != "POST" or not form.is_valid():
        return render(request, "surveys/import.html", context, status=422 if form.is_bound else 200)
    file = form.cleaned_data["file"]
    try:
        if request.POST.get("act") == "check":
            context["checked"] = read_responses(cycle, file)
            return render(request, "surveys/import.html", context)
        stored = services.import_responses(
            cycle_id=cycle.pk, file=file, name=file.name, by=request.user, at=timezone.now()
        )
    except FileRefused as refused:
        context["refused"] = refused
    except services.SurveyRefused as refused:
        form.add_error("file", str(refused))
    else:
        messages.success(
            request,
            ngettext("%(count)d form was imported.", "%(count)d forms were imported.", stored.forms)
            % {"count": stored.forms},
        )
        return redirect("surveys:desk", cycle.code)
    return render(request, "surveys/import.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def tally(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        job = jobs.enqueue(
            kind="surveys.tally",
            arguments={"cycle_id": cycle.pk, "reason": form.cleaned_data["reason"]},
            key=f"surveys.tally:{cycle.pk}",
            by=request.user,
            at=timezone.now(),
        )
        return redirect("core:job", job.pk)
    return render_act(
        request,
        title=_("Tally the survey of %(cycle)s") % {"cycle": cycle.name},
        text=_(
            "The answers are counted and each survey criterion gets its points; they take the place of points from"
            " a workbook. The former points stay in the history."
        ),
        submit=_("Tally the answers"),
        back=reverse("surveys:desk", args=[cycle.code]),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )


@require_safe
@for_readers
def results(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    """The units' results on one leaf, chosen by ?khoi= and ?tieu-chi=."""
    leaves_of = queries.measured_leaves(cycle, Source.SURVEY, Source.EXTERNAL)
    leaves_of = [(block, leaves) for block, leaves in leaves_of if leaves]
    if not leaves_of:
        raise Http404
    block, leaves = next(
        (each for each in leaves_of if each[0].code == request.GET.get("khoi")), leaves_of[0]
    )
    leaf = next((each for each in leaves if each.code == request.GET.get("tieu-chi")), leaves[0])
    here = reverse("surveys:results", args=[cycle.code])
    context = {
        "cycle": cycle,
        "manages": request.manages and cycle.published_at is None,
        "rated": block,
        "leaf": leaf,
        "blocks": [
            {"label": each.name, "url": f"{here}?khoi={each.code}", "current": each == block}
            for each, _leaves in leaves_of
        ],
        "leaves": [
            {
                "label": f"{each.code} {each.name}",
                "url": f"{here}?khoi={block.code}&tieu-chi={each.code}",
                "current": each == leaf,
            }
            for each in leaves
        ],
        "rows": queries.results_of(block, leaf),
    }
    return render(request, "surveys/results.html", context)


# --- external figures -----------------------------------------------------------------------------------------------


class SourceForm(forms.Form):
    """How the figures are meant, and where they come from."""

    def __init__(self, *args, leaf: Criterion, **kwargs):
        super().__init__(*args, **kwargs)
        if not leaf.rule_kind:
            self.fields["scale"] = forms.ChoiceField(
                label=_("The figures are"),
                choices=[
                    ("percent", _("an index in %, of which the maximum of points is taken")),
                    ("points", _("points")),
                ],
            )
        self.fields["reason"] = forms.CharField(
            label=_("Source document"),
            max_length=1000,
            help_text=_("Number, date and issuer; kept with each figure."),
        )


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def external(request: HttpRequest, cycle: Cycle, block_id: int, criterion_id: int) -> HttpResponse:
    """The figures of one external leaf for all units of a block; empty fields change nothing."""
    block = get_object_or_404(cycle.blocks.select_related("version"), pk=block_id)
    leaf = get_object_or_404(block.version.criteria, pk=criterion_id, source=Source.EXTERNAL)
    labels = [_("Figure")]
    rule = None
    if leaf.rule_kind:
        rule = tree_of(block.version).rule(leaf.code)
        labels = [
            field.label if isinstance(field.label, str) else localise(field.label) for field in rule.fields
        ]
    form = SourceForm(request.POST or None, leaf=leaf)
    rows = [
        {
            "assessment": row.assessment,
            "result": row.result,
            "typed": [
                request.POST.get(f"f{row.assessment.pk}-{place}", "").strip()[:40]
                for place in range(len(labels))
            ],
            "errors": {},
        }
        for row in queries.results_of(block, leaf)
    ]
    if request.method == "POST" and form.is_valid() and _enter(request, form, leaf, rows, rule is not None):
        return redirect("surveys:desk", cycle.code)
    for row in rows:
        row["fields"] = [
            {
                "name": f"f{row['assessment'].pk}-{place}",
                "value": text,
                "label": label,
                "error": row["errors"].get(place),
            }
            for place, (label, text) in enumerate(zip(labels, row["typed"], strict=True))
        ]
    context = {
        "cycle": cycle,
        "rated": block,
        "leaf": leaf,
        "form": form,
        "rows": rows,
        "labels": labels,
        "lines": [localise(line) for line in rule.lines] if rule else [],
        "faulty": sum(bool(row["errors"]) for row in rows),
        "locked": cycle.published_at is not None,
    }
    return render(request, "surveys/external.html", context, status=422 if request.method == "POST" else 200)


def _enter(request: HttpRequest, form: SourceForm, leaf: Criterion, rows: list[dict], by_rule: bool) -> bool:
    """Enter all figures typed, or none: True when they are stored; else the errors stand in form and rows."""
    typed = [row for row in rows if any(row["typed"])]
    if not typed:
        form.add_error(None, _("Type the figure of at least one unit."))
        return False
    number = ExactField(required=True)
    with transaction.atomic():
        for row in typed:
            try:
                if by_rule:
                    given = {"declared": row["typed"]}
                else:
                    given = {form.cleaned_data["scale"]: number.clean(row["typed"][0])}
                services.enter_external(
                    assessment_id=row["assessment"].pk,
                    criterion_id=leaf.pk,
                    **given,
                    reason=form.cleaned_data["reason"],
                    by=request.user,
                    at=timezone.now(),
                )
            except forms.ValidationError as error:
                row["errors"][0] = " ".join(error.messages)
            except services.InvalidFigure as invalid:
                row["errors"] |= {place or 0: str(message) for place, message in invalid.errors.items()}
            except services.SurveyRefused as refused:
                form.add_error(None, str(refused))
                break
        failed = bool(form.errors) or any(row["errors"] for row in typed)
        if failed:
            transaction.set_rollback(True)
    if not failed:
        messages.success(
            request,
            ngettext("%(count)d figure was entered.", "%(count)d figures were entered.", len(typed))
            % {"count": len(typed)},
        )
    return not failed
