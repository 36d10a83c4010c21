"""The survey's desk: questionnaires with their turnout, groups, external figures."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Cycle
from criteria.scoring.tree import Source
from par_index.core.http import login_required, render_act
from surveys import queries, services
from surveys.forms import GroupForm, QuestionnaireForm
from surveys.views.access import for_managers, for_readers


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The newest cycle's desk, or the choice where there are several."""
    cycles = list(Cycle.objects.readable_by(request.user))
    if not cycles:
        raise Http404
    if len(cycles) == 1:
        return redirect("surveys:desk", cycles[0].code)
    return render(request, "surveys/cycles.html", {"cycles": cycles})


@require_safe
@for_readers
def desk(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    rows = queries.questionnaires_of(cycle)
    context = {
        "cycle": cycle,
        "manages": request.manages and cycle.published_at is None,
        "rows": rows,
        "groups": cycle.respondent_groups.all(),
        "unasked": queries.unasked_leaves(cycle) if rows else [],
        "surveyed": any(leaves for _block, leaves in queries.measured_leaves(cycle, Source.SURVEY)),
        "external": queries.external_leaves(cycle),
        "files": cycle.response_files.select_related("by").order_by("-at"),
    }
    return render(request, "surveys/desk.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def group_add(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if form.is_valid():
        try:
            services.add_group(cycle_id=cycle.pk, **form.cleaned_data, by=request.user, at=timezone.now())
            return redirect("surveys:desk", cycle.code)
        except services.SurveyRefused as refused:
            form.add_error("code", str(refused))
    return render_act(
        request,
        title=_("New group of respondents"),
        submit=_("Add the group"),
        back=reverse("surveys:desk", args=[cycle.code]),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def group_change(request: HttpRequest, cycle: Cycle, group_id: int) -> HttpResponse:
    group = get_object_or_404(cycle.respondent_groups, pk=group_id)
    initial = {"name": group.name, "weight": f"{group.weight.normalize():f}", "minimum": group.minimum}
    form = GroupForm(request.POST or None, initial=initial, group=group)
    if form.is_valid():
        try:
            services.change_group(group_id=group.pk, **form.cleaned_data, by=request.user, at=timezone.now())
            messages.success(request, _("The group was changed. Points follow with the next tally."))
            return redirect("surveys:desk", cycle.code)
        except services.SurveyRefused as refused:
            form.add_error(None, str(refused))
    return render_act(
        request,
        title=_("Group %(code)s") % {"code": group.code},
        submit=_("Save"),
        back=reverse("surveys:desk", args=[cycle.code]),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def questionnaire_add(request: HttpRequest, cycle: Cycle) -> HttpResponse:
    if not cycle.respondent_groups.exists():
        messages.info(request, _("Add a group of respondents first: each questionnaire is for one."))
        return redirect("surveys:group_add", cycle.code)
    form = QuestionnaireForm(
        request.POST or None,
        cycle=cycle,
        initial={
            "code": f"P{cycle.questionnaires.count() + 1}",
            "title": _("Your view of public administration reform in %(year)s") % {"year": cycle.year},
        },
    )
    if form.is_valid():
        data = form.cleaned_data
        try:
            questionnaire = services.create_questionnaire(
                cycle_id=cycle.pk,
                block_id=data["block"].pk,
                group_id=data["group"].pk,
                code=data["code"],
                title=data["title"],
                introduction=data["introduction"],
                by=request.user,
                at=timezone.now(),
            )
            return redirect("surveys:questionnaire", cycle.code, questionnaire.pk)
        except services.SurveyRefused as refused:
            form.add_error("code", str(refused))
    return render_act(
        request,
        title=_("New questionnaire"),
        submit=_("Draft the questionnaire"),
        back=reverse("surveys:desk", args=[cycle.code]),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )
