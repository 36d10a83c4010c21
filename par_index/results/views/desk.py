"""Consolidating, confirming and publishing in the browser. Long work runs as jobs; these pages show how far it is."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Cycle
from councils.models import Member
from par_index.core import jobs
from par_index.core.http import login_required, render_act
from par_index.core.models import Job
from par_index.results import queries, services, tasks
from par_index.results.checklist import check
from par_index.results.forms import PublishForm
from par_index.results.models import Consolidation
from par_index.results.presenting.desk import block_tables, changes_between, checklist_groups


@login_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the newest cycle that the reader may see and that is still under way, else to the newest."""
    cycles = list(queries.cycles_for_desk(request.user))
    if not cycles:
        raise Http404
    running = [cycle for cycle in cycles if cycle.published_at is None]
    return redirect("results:desk", (running or cycles)[0].code)


@login_required
@require_safe
def desk(request: HttpRequest, cycle_code: str) -> HttpResponse:
    """What is still missing, the button that consolidates, and the runs so far."""
    cycle = get_object_or_404(queries.cycles_for_desk(request.user), code=cycle_code)
    inputs = queries.gather(cycle)
    checklist = check(inputs)
    context = {
        "cycle": cycle,
        "cycles": queries.cycles_for_desk(request.user),
        "checklist": checklist,
        "groups": checklist_groups(checklist, cycle, request.user),
        "runs": _runs(cycle, inputs.digest),
        "publication": cycle.publications.order_by("-edition").first(),
        "job": _job_of(cycle),
        "reads_cycle": Cycle.objects.readable_by(request.user).filter(pk=cycle.pk).exists(),
        "may_run": queries.cycles_to_consolidate(request.user).filter(pk=cycle.pk).exists(),
    }
    return render(request, "results/desk.html", context)


def _runs(cycle: Cycle, digest: str) -> list[Consolidation]:
    """The runs, newest first, each knowing whether its inputs have changed since."""
    runs = list(cycle.consolidations.select_related("computed_by", "confirmed_by"))
    for run in runs:
        run.is_stale = run.inputs_digest != digest
    return runs


def _job_of(cycle: Cycle) -> Job | None:
    """The work that is under way for the cycle, or a failed last one, whose reason is still worth reading."""
    keys = (tasks.consolidation_key(cycle.pk), tasks.publication_key(cycle.pk))
    newest = Job.objects.filter(key__in=keys).order_by("-pk").first()
    return newest if newest and (newest.live or newest.state == Job.State.FAILED) else None


@login_required
@require_POST
def consolidate(request: HttpRequest, cycle_code: str) -> HttpResponse:
    cycle = get_object_or_404(queries.cycles_to_consolidate(request.user), code=cycle_code)
    if cycle.published_at is not None:
        messages.error(request, str(services.AlreadyPublished()))
        return redirect("results:desk", cycle.code)
    job = jobs.enqueue(
        kind="consolidate",
        arguments={"cycle_id": cycle.pk},
        key=tasks.consolidation_key(cycle.pk),
        by=request.user,
        at=timezone.now(),
    )
    return redirect("core:job", job.pk)


@login_required
@require_safe
def run(request: HttpRequest, cycle_code: str, run_id: int) -> HttpResponse:
    """One run: what it gives, what is different from the run before, and what may be done with it."""
    stored = _run(request, cycle_code, run_id)
    before = queries.previous_run(stored)
    published = stored.publications.first()
    withheld = queries.withheld_from(request.user, stored.cycle)
    is_stale = published is None and queries.current_digest(stored.cycle) != stored.inputs_digest
    open_for_acts = stored.cycle.published_at is None and not is_stale
    context = {
        "cycle": stored.cycle,
        "run": stored,
        "blocks": block_tables(stored),
        "before": before,
        "changes": [change for change in changes_between(before, stored) if change.code not in withheld]
        if before
        else [],
        "withheld": withheld,
        "published": published,
        "is_stale": is_stale,
        "has_chair": Member.objects.filter(council__cycle=stored.cycle, role=Member.Role.CHAIR).exists(),
        "may_confirm": open_for_acts
        and stored.state == Consolidation.State.COMPUTED
        and Consolidation.objects.confirmable_by(request.user).filter(pk=stored.pk).exists(),
        "may_publish": open_for_acts
        and stored.state == Consolidation.State.CONFIRMED
        and Consolidation.objects.publishable_by(request.user).filter(pk=stored.pk).exists(),
    }
    return render(request, "results/run.html", context)


def _run(request: HttpRequest, cycle_code: str, run_id: int, allowed: str = "visible_to") -> Consolidation:
    runs = getattr(Consolidation.objects, allowed)(request.user)
    found = runs.select_related("cycle__owner", "computed_by", "confirmed_by").distinct()
    return get_object_or_404(found, pk=run_id, cycle__code=cycle_code)


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, cycle_code: str, run_id: int) -> HttpResponse:
    """Ask the chair, then confirm the run."""
    stored = _run(request, cycle_code, run_id, "confirmable_by")
    back = reverse("results:run", args=[cycle_code, run_id])
    if request.method == "POST":
        try:
            services.confirm(consolidation_id=stored.pk, by=request.user, at=timezone.now())
        except services.Refused as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, _("The run is confirmed. It can be published once the decision is signed.")
            )
        return redirect(back)
    return render_act(
        request,
        title=_("Confirm the results of run %(run)s") % {"run": stored.pk},
        text=_("You confirm for the council that these results of %(cycle)s are the ones to be submitted.")
        % {"cycle": stored.cycle},
        submit=_("Confirm the run"),
        back=back,
        cycle=stored.cycle,
    )


@login_required
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, cycle_code: str, run_id: int) -> HttpResponse:
    """Ask for the decision, then publish in the background."""
    stored = _run(request, cycle_code, run_id, "publishable_by")
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        job = _enqueue_publication(request, stored, form)
        if job is not None:
            return redirect("core:job", job.pk)
    return render_act(
        request,
        title=_("Publish the results of %(cycle)s") % {"cycle": stored.cycle},
        text=_("Published results and their documents no longer change. A correction is a new edition."),
        submit=_("Publish"),
        back=reverse("results:run", args=[cycle_code, run_id]),
        form=form,
        status=422 if form.errors else 200,
        cycle=stored.cycle,
    )


def _enqueue_publication(request: HttpRequest, stored: Consolidation, form: PublishForm) -> Job | None:
    """The job; None, and the errors in the form, when the decision or the run will not do."""
    try:
        services.refuse_unpublishable(stored)
        decision = services.check_decision(
            cycle=stored.cycle,
            number=form.cleaned_data["number"],
            decision_date=form.cleaned_data["date"],
            signer=form.cleaned_data["signer"],
        )
    except services.InvalidDecision as error:
        for field, sentence in error.errors.items():
            form.add_error(field, sentence)
        return None
    except services.Refused as error:
        form.add_error(None, str(error))
        return None
    return jobs.enqueue(
        kind="publish",
        arguments={
            "cycle_id": stored.cycle_id,
            "consolidation_id": stored.pk,
            "number": decision.number,
            "decision_date": decision.date.isoformat(),
            "signer": decision.signer,
        },
        key=tasks.publication_key(stored.cycle_id),
        by=request.user,
        at=timezone.now(),
    )
