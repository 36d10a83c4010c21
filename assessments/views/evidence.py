"""Documents of evidence: attached to a leaf, taken off, downloaded."""

from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms import EvidenceForm
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceLink
from assessments.queries import read_sheet
from assessments.services import (
    NotAllowedNow,
    NothingAttached,
    NotSelfScored,
    RefusedFiles,
    attach_evidence,
    remove_evidence,
)
from assessments.views.sheet import address_of, leaf_or_404, with_sheet
from par_index.core.http import login_required, render_act


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def attach(request: HttpRequest, assessment_id: int, criterion_id: int) -> HttpResponse:
    assessment = get_object_or_404(with_sheet(Assessment.objects.scorable_by(request.user)), pk=assessment_id)
    sheet = read_sheet(assessment)
    leaf = leaf_or_404(sheet, criterion_id)
    form = EvidenceForm(
        *([request.POST, request.FILES] if request.method == "POST" else []),
        assessment=assessment,
        max_megabytes=settings.EVIDENCE_MAX_MEGABYTES,
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _attach(request, assessment, criterion_id, form):
            return redirect(address_of(sheet, leaf))
    return render_act(
        request,
        title=_("Evidence for %(code)s %(name)s")
        % {"code": leaf.criterion.code, "name": leaf.criterion.name},
        text=_evidence_text(leaf.criterion.required_evidence),
        submit=_("Attach"),
        back=address_of(sheet, leaf),
        form=form,
        status=status,
        cycle=assessment.cycle,
    )


def _evidence_text(required: str) -> str:
    how = _("Choose files or write a link. The rest helps the appraiser find the place at once.")
    return f"{_('Needed: %(documents)s.') % {'documents': required.rstrip('.')}} {how}" if required else how


def _attach(request: HttpRequest, assessment: Assessment, criterion_id: int, form: EvidenceForm) -> bool:
    """Whether it went well; if not, the form says why."""
    try:
        links = attach_evidence(
            assessment_id=assessment.pk,
            criterion_id=criterion_id,
            files=form.cleaned_data["files"],
            document=form.document,
            existing=form.cleaned_data.get("existing"),
            place=form.cleaned_data["place"],
            by=request.user,
            at=timezone.now(),
        )
    except RefusedFiles as error:
        form.add_file_problems(error.problems)
    except (NotAllowedNow, NotSelfScored, NothingAttached) as error:
        form.add_error(None, str(error))
    else:
        names = ", ".join(str(link.evidence) for link in links)
        messages.success(request, _("Attached: %(names)s.") % {"names": names})
        return True
    return False


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def remove(request: HttpRequest, assessment_id: int, link_id: int) -> HttpResponse:
    assessment = get_object_or_404(with_sheet(Assessment.objects.scorable_by(request.user)), pk=assessment_id)
    link = get_object_or_404(
        EvidenceLink.objects.select_related("evidence", "criterion"),
        pk=link_id,
        evidence__assessment=assessment,
    )
    sheet = read_sheet(assessment)
    back = address_of(sheet, sheet.leaf(link.criterion_id))
    names = {"document": link.evidence, "code": link.criterion.code}
    if request.method == "POST":
        try:
            remove_evidence(link_id=link.pk, by=request.user, at=timezone.now())
        except NotAllowedNow as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("“%(document)s” no longer backs %(code)s.") % names)
        return redirect(back)
    return render_act(
        request,
        title=_("Take “%(document)s” off %(code)s") % names,
        text=_("Its file goes too if it backs no other criterion and the sheet was never submitted."),
        submit=_("Take it off"),
        back=back,
        danger=True,
        cycle=assessment.cycle,
    )


@require_safe
@login_required
def download(request: HttpRequest, file_id: int) -> HttpResponse:
    """The stored bytes under the name they came with, never to be shown inside the portal's own pages."""
    readable = Evidence.objects.readable_by(request.user)
    file = get_object_or_404(EvidenceFile, pk=file_id, evidence__in=readable)
    if settings.ACCEL_LOCATION:
        response = HttpResponse(content_type=file.content_type)
        response["X-Accel-Redirect"] = settings.ACCEL_LOCATION.rstrip("/") + "/" + quote(file.file.name)
        response["Content-Disposition"] = content_disposition_header(True, file.original_name)
    else:
        response = FileResponse(
            file.file.open("rb"),
            as_attachment=True,
            filename=file.original_name,
            content_type=file.content_type,
        )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
