"""Importing a cycle in the browser: upload, look at what the workbook holds or at its errors, confirm."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Assessment, Cycle
from par_index.core.http import login_required
from par_index.core.models import Job
from par_index.results.workbook import tasks, uploads
from par_index.results.workbook.access import bodies_for, may_import
from par_index.results.workbook.forms import UploadForm


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a workbook; nothing of it is stored before its preview is confirmed."""
    if not may_import(request.user):
        raise Http404
    at = timezone.now()
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*sent, bodies=bodies_for(request.user))
    if form.is_valid():
        file = form.cleaned_data["file"]
        kept = uploads.keep(file, at=at)
        job = tasks.ask_to_read(file=kept, name=file.name, body_id=form.body_id, by=request.user, at=at)
        return redirect("results:import_preview", job.pk)
    return render(request, "results/import.html", {"form": form}, status=422 if form.is_bound else 200)


@login_required
@require_safe
def preview(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far the reading is, then what was read; the piece alone for the page that polls."""
    job = _reading(request, job_id)
    template = "results/_import.html" if request.htmx else "results/import_preview.html"
    return render(request, template, {"job": job, **_outcome(job)})


@login_required
@require_POST
def confirm(request: HttpRequest, job_id: int) -> HttpResponse:
    """Have the workbook stored that was looked at."""
    job = _reading(request, job_id)
    outcome = _outcome(job)
    if not outcome["can_import"]:
        return redirect("results:import_preview", job.pk)
    replace = outcome["existing"] is not None and "replace" in request.POST
    importing = tasks.ask_to_import(job, replace=replace, by=request.user, at=timezone.now())
    return redirect("core:job", importing.pk)


@login_required
@require_POST
def put_away(request: HttpRequest, job_id: int) -> HttpResponse:
    """Forget the uploaded file."""
    uploads.forget(_reading(request, job_id).arguments["file"])
    return redirect("results:import")


def _reading(request: HttpRequest, job_id: int) -> Job:
    """The person's own reading of a workbook."""
    if not may_import(request.user):
        raise Http404
    return get_object_or_404(Job, pk=job_id, kind=tasks.READ, created_by=request.user)


def _outcome(job: Job) -> dict:
    """What the preview shows: the result of the reading, and whether it can be stored now."""
    result = job.result if job.state == Job.State.DONE else {}
    is_kept = uploads.is_kept(job.arguments["file"])
    labels = dict(Assessment.Status.choices)
    blocks = [
        block
        | {"statuses": [{"label": labels[status], "units": units} for status, units in block["statuses"]]}
        for block in result.get("blocks", [])
    ]
    head = result.get("head")
    return {
        "live": job.state in (Job.State.QUEUED, Job.State.RUNNING),
        "name": job.arguments["name"],
        "result": result,
        "blocks": blocks,
        "is_kept": is_kept,
        "existing": Cycle.objects.filter(code=head["code"]).first() if head else None,
        "can_import": bool(head) and is_kept,
    }
