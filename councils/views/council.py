"""The council as the cycle's manager sets it up: seats, assignments, and what nobody appraises yet."""

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Cycle
from assessments.services import NotAllowedNow
from councils import queries, services
from councils.forms import AppointForm, AssignForm
from councils.models import Assignment, Member
from par_index.core.http import login_required, render_act


@login_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """To the council of the newest cycle that the reader manages and that is still under way, else of the newest."""
    cycles = list(Cycle.objects.readable_by(request.user))
    if not cycles:
        raise Http404
    running = [cycle for cycle in cycles if cycle.published_at is None]
    return redirect("councils:council", (running or cycles)[0].code)


@login_required
@require_safe
def council(request: HttpRequest, code: str) -> HttpResponse:
    """Seats, assignments and gaps; an auditor reads the same page without its forms."""
    return _render(request, get_object_or_404(Cycle.objects.readable_by(request.user), code=code))


@login_required
@require_POST
def appoint(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _managed(request, code)
    form = AppointForm(request.POST, cycle=cycle)
    if form.is_valid():
        try:
            member = services.appoint(
                cycle_id=cycle.pk,
                user=form.cleaned_data["username"],
                role=form.cleaned_data["role"],
                agency=form.cleaned_data["agency"],
                by=request.user,
                at=timezone.now(),
            )
        except services.AlreadySeated as error:
            form.add_error("username", str(error))
        except NotAllowedNow as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, gettext("%(person)s sits in the council now.") % {"person": member.user}
            )
            return redirect("councils:council", code)
    return _render(request, cycle, appoint_form=form, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def dismiss(request: HttpRequest, code: str, member_id: int) -> HttpResponse:
    """Ask, then take a seat away."""
    cycle = _managed(request, code)
    member = get_object_or_404(Member.objects.select_related("user"), pk=member_id, council__cycle=cycle)
    back = reverse("councils:council", args=[code])
    if request.method == "POST":
        try:
            services.dismiss(member_id=member.pk, by=request.user, at=timezone.now())
        except NotAllowedNow as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request, gettext("%(person)s no longer sits in the council.") % {"person": member.user}
            )
        return redirect(back)
    return render_act(
        request,
        title=gettext("Take away the seat of %(person)s") % {"person": member.user},
        text=gettext("Their assignments go with it. What they decided stays in the ledger."),
        submit=gettext("Take the seat away"),
        back=back,
        danger=True,
    )


@login_required
@require_POST
def assign(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _managed(request, code)
    form = AssignForm(request.POST, cycle=cycle)
    if form.is_valid():
        try:
            assignment = services.assign(
                member_id=form.cleaned_data["member"].pk,
                block=form.cleaned_data["block"],
                criterion=form.cleaned_data["criterion"],
                unit=form.cleaned_data["unit"],
                by=request.user,
                at=timezone.now(),
            )
        except (services.NothingToAssign, NotAllowedNow) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, gettext("Assigned to %(person)s.") % {"person": assignment.member.user})
            return redirect("councils:council", code)
    return _render(request, cycle, assign_form=form, status=422)


@login_required
@require_POST
def assign_by_agency(request: HttpRequest, code: str) -> HttpResponse:
    cycle = _managed(request, code)
    try:
        count = services.assign_by_agency(cycle_id=cycle.pk, by=request.user, at=timezone.now())
    except (services.NothingToAssign, NotAllowedNow) as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            ngettext("%(count)d new assignment.", "%(count)d new assignments.", count) % {"count": count},
        )
    return redirect("councils:council", code)


@login_required
@require_POST
def unassign(request: HttpRequest, code: str, assignment_id: int) -> HttpResponse:
    cycle = _managed(request, code)
    assignment = get_object_or_404(Assignment, pk=assignment_id, block__cycle=cycle)
    try:
        services.unassign(assignment_id=assignment.pk, by=request.user, at=timezone.now())
    except (services.NoSuchAssignment, NotAllowedNow) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The assignment was taken back."))
    return redirect("councils:council", code)


def _managed(request: HttpRequest, code: str) -> Cycle:
    return get_object_or_404(Cycle.objects.manageable_by(request.user), code=code)


def _render(
    request: HttpRequest,
    cycle: Cycle,
    *,
    appoint_form: AppointForm | None = None,
    assign_form: AssignForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_manage = Cycle.objects.manageable_by(request.user).filter(pk=cycle.pk).exists()
    may_change = may_manage and cycle.published_at is None
    context = {
        "cycle": cycle,
        "members": queries.seats(cycle),
        "coverage": queries.coverage(cycle),
        "may_change": may_change,
        "appoint_form": appoint_form or AppointForm(cycle=cycle),
        "assign_form": assign_form or AssignForm(cycle=cycle),
        "people": get_user_model().objects.filter(is_active=True).order_by("username") if may_change else (),
    }
    return render(request, "councils/council.html", context, status=status)
