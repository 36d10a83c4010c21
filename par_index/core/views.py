"""The home page and the gallery of components."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from par_index.core import gallery as samples
from par_index.core import worklist
from par_index.core.http import paginate


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the reader; for a visitor who is not logged in, the public front page."""
    at = timezone.now()
    if not request.user.is_authenticated:
        return render(request, "core/front.html", {"panels": worklist.public_panels(request, at)})
    tasks = worklist.tasks_for(request.user, at)
    panels = worklist.panels_for(request, at)
    return render(
        request,
        "core/home.html",
        {
            "tasks": tasks,
            "strip": worklist.strip_for(request.user, at, tasks),
            "wide_panels": [panel for panel in panels if panel.wide],
            "side_panels": [panel for panel in panels if not panel.wide],
        },
    )


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who write templates. Only while DEBUG is on."""
    if not settings.DEBUG:
        raise Http404
    at = timezone.now()
    return render(
        request,
        "ui/gallery.html",
        {
            "form": samples.invalid_form(),
            "act_form": samples.ReturnForm(),
            "steps": samples.steps(at),
            "tasks": samples.tasks(at),
            "strip": worklist.Strip(
                "3/9 – Tự đánh giá, chấm điểm", "5 việc, 1 việc quá hạn", at + timedelta(days=4)
            ),
            "page": paginate(request, range(113), 10),
            "choices": samples.CHOICES,
            "number": Decimal("3.8997"),
            "negative": Decimal("-0.25"),
            "maximum": Decimal("4.00"),
            "index": Fraction(9111, 100),
            "count": 12873,
            "soon": at + timedelta(hours=6, minutes=18),
            "late": at - timedelta(days=2, hours=5),
        },
    )
