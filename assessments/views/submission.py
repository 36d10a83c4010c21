"""Handing the sheet in: what it holds, what it lacks, and the leader's act."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from guardian.shortcuts import get_users_with_perms

from assessments import services
from assessments.models import Assessment
from assessments.queries import read_sheet
from assessments.services.common import self_step
from assessments.states import why_locked
from assessments.views.sheet import address_of, with_sheet
from assessments.worklist import sheet_strip
from par_index.core.http import login_required


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def submit(request: HttpRequest, assessment_id: int) -> HttpResponse:
    """Officers and leaders read it; only a leader's POST submits."""
    own = with_sheet(Assessment.objects.of_units_of(request.user))
    assessment = get_object_or_404(own, pk=assessment_id)
    may_submit = Assessment.objects.submittable_by(request.user).filter(pk=assessment.pk).exists()
    status, problem = 200, ""
    if request.method == "POST":
        if not may_submit:
            raise Http404
        try:
            services.submit(assessment_id=assessment.pk, by=request.user, at=timezone.now())
        except (services.Incomplete, services.NotAllowedNow) as error:
            status, problem = 422, str(error)
        else:
            messages.success(request, _("The sheet of %(unit)s is submitted.") % {"unit": assessment.unit})
            return redirect("assessments:sheet", assessment.pk)
    at = timezone.now()
    sheet = read_sheet(assessment)
    lacking = [
        {"leaf": leaf, "url": address_of(sheet, leaf), "area": sheet.area_of(leaf).node}
        for leaf in sheet.incomplete
    ]
    leaders = get_users_with_perms(assessment.unit, only_with_perms_in=["lead_unit"], with_superusers=False)
    context = {
        "assessment": assessment,
        "cycle": assessment.cycle,
        "sheet": sheet,
        "lacking": lacking,
        "locked": why_locked(assessment, self_step(assessment), at),
        "leaders": list(leaders.filter(is_active=True).order_by("full_name")),
        "may_submit": may_submit,
        "problem": problem,
        "strip": sheet_strip(sheet, at),
    }
    return render(request, "assessments/submit.html", context, status=status)
