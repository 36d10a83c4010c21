"""Who may open the survey's pages: the cycle is found through what the user was granted, else there is none (404)."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from assessments.models import Cycle
from par_index.core.http import login_required


def for_readers(view: Callable) -> Callable:
    """Managers and auditors; the view gets the cycle, and on `request.manages` whether the user may change it."""

    @wraps(view)
    @login_required
    def found(request: HttpRequest, code: str, *args, **kwargs):
        cycle = get_object_or_404(Cycle.objects.readable_by(request.user), code=code)
        request.manages = Cycle.objects.manageable_by(request.user).filter(pk=cycle.pk).exists()
        return view(request, cycle, *args, **kwargs)

    return found


def for_managers(view: Callable) -> Callable:
    """The cycle's managers alone; the view gets the cycle."""

    @wraps(view)
    @login_required
    def found(request: HttpRequest, code: str, *args, **kwargs):
        cycle = get_object_or_404(Cycle.objects.manageable_by(request.user), code=code)
        request.manages = True
        return view(request, cycle, *args, **kwargs)

    return found
