"""The progress of background work."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from par_index.core import jobs
from par_index.core.http import login_required
from par_index.core.models import Job


@never_cache
@require_safe
@login_required
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """One job, for its creator and those whom its kind lets see it: the piece for htmx, else a page around it."""
    found = get_object_or_404(Job, pk=job_id)
    if not jobs.may_see(request.user, found):
        raise Http404
    return render(request, "core/_job.html" if request.htmx else "core/job.html", {"job": found})
