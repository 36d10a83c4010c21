"""One questionnaire: its questions while it is drafted, its links and turnout while it is open."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Cycle
from par_index.core.http import render_act
from surveys import exports, links, queries, services
from surveys.forms import LinksForm, QuestionForm, TextsForm
from surveys.models import Invitation, Questionnaire
from surveys.services.invitations import units_of
from surveys.views.access import for_managers, for_readers

FORM_METHODS = ["GET", "HEAD", "POST"]


def _questionnaire(cycle: Cycle, pk: int) -> Questionnaire:
    return get_object_or_404(cycle.questionnaires.select_related("cycle", "block", "group"), pk=pk)


def _here(questionnaire: Questionnaire) -> str:
    return reverse("surveys:questionnaire", args=[questionnaire.cycle.code, questionnaire.pk])


@require_safe
@for_readers
def questionnaire(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    context = {
        "cycle": cycle,
        "questionnaire": found,
        "manages": request.manages and cycle.published_at is None,
        "questions": found.questions.select_related("criterion").prefetch_related("options"),
        "turnout": queries.turnout_of(found) if found.state != Questionnaire.State.DRAFT else [],
    }
    return render(request, "surveys/questionnaire.html", context)


@require_safe
@for_readers
def preview(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    """The form as its respondents will see it, about the block's first unit."""
    found = _questionnaire(cycle, pk)
    unit = units_of(found).first()
    if unit is None:
        raise Http404
    items = [
        {"question": question, "chosen": None, "faulty": False}
        for question in found.questions.prefetch_related("options")
    ]
    context = {
        "preview": True,
        "questionnaire": found,
        "cycle": cycle,
        "unit": unit,
        "items": items,
        "faulty": [],
        "answered": 0,
        "minutes": max(1, (len(items) * 20 + 59) // 60),
    }
    return render(request, "surveys/form.html", context)


# --- acts -------------------------------------------------------------------------------------------------------------


def _do(
    request: HttpRequest,
    found: Questionnaire,
    act: Callable,
    said: str | Callable[[object], str],
    **arguments,
) -> HttpResponse:
    """Do one act of `surveys.services`; `said` is the sentence for its success, or makes it from what came back."""
    try:
        result = act(**arguments, by=request.user, at=timezone.now())
    except services.SurveyRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said(result) if callable(said) else said)
    return redirect(_here(found))


@require_http_methods(FORM_METHODS)
@for_managers
def change(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    initial = {"title": found.title, "introduction": found.introduction}
    form = TextsForm(request.POST or None, initial=initial)
    if form.is_valid():
        said = _("The texts were saved.")
        return _do(
            request,
            found,
            services.change_questionnaire,
            said,
            questionnaire_id=found.pk,
            **form.cleaned_data,
        )
    return render_act(
        request,
        title=_("Texts of questionnaire %(code)s") % {"code": found.code},
        submit=_("Save"),
        back=_here(found),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )


@require_http_methods(FORM_METHODS)
@for_managers
def delete(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    if request.method == "POST":
        try:
            services.delete_questionnaire(questionnaire_id=found.pk, by=request.user, at=timezone.now())
        except services.SurveyRefused as refused:
            messages.error(request, str(refused))
            return redirect(_here(found))
        messages.success(request, _("Questionnaire %(code)s was deleted.") % {"code": found.code})
        return redirect("surveys:desk", cycle.code)
    return render_act(
        request,
        title=_("Delete questionnaire %(code)s") % {"code": found.code},
        text=_("The draft and its questions are deleted; nobody has answered it."),
        submit=_("Delete the draft"),
        back=_here(found),
        danger=True,
        cycle=cycle,
    )


@require_POST
@for_managers
def standard_questions(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)

    def said(number: int) -> str:
        return ngettext("%(count)d question was added.", "%(count)d questions were added.", number) % {
            "count": number
        }

    return _do(request, found, services.add_questions_for_leaves, said, questionnaire_id=found.pk)


@require_http_methods(FORM_METHODS)
@for_managers
def question_add(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    form = QuestionForm(request.POST or None, questionnaire=found)
    if form.is_valid():
        data = form.cleaned_data
        return _do(
            request,
            found,
            services.add_question,
            lambda question: _("Question %(code)s was added.") % {"code": question.code},
            questionnaire_id=found.pk,
            criterion_id=data["criterion"].pk,
            text=data["text"],
            scale=data["scale"],
        )
    return render_act(
        request,
        title=_("New question in %(code)s") % {"code": found.code},
        submit=_("Add the question"),
        back=_here(found),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )


@require_http_methods(FORM_METHODS)
@for_managers
def question_change(request: HttpRequest, cycle: Cycle, pk: int, question_id: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    question = get_object_or_404(found.questions, pk=question_id)
    initial = {"criterion": question.criterion_id, "text": question.text}
    form = QuestionForm(request.POST or None, initial=initial, questionnaire=found, question=question)
    if form.is_valid():
        data = form.cleaned_data
        return _do(
            request,
            found,
            services.change_question,
            _("Question %(code)s was saved.") % {"code": question.code},
            question_id=question.pk,
            criterion_id=data["criterion"].pk,
            text=data["text"],
        )
    return render_act(
        request,
        title=_("Question %(code)s") % {"code": question.code},
        submit=_("Save"),
        back=_here(found),
        form=form,
        status=422 if form.is_bound else 200,
        cycle=cycle,
    )


@require_http_methods(FORM_METHODS)
@for_managers
def question_remove(request: HttpRequest, cycle: Cycle, pk: int, question_id: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    question = get_object_or_404(found.questions, pk=question_id)
    if request.method == "POST":
        said = _("Question %(code)s was removed.") % {"code": question.code}
        return _do(request, found, services.remove_question, said, question_id=question.pk)
    return render_act(
        request,
        title=_("Remove question %(code)s") % {"code": question.code},
        text=question.text,
        submit=_("Remove the question"),
        back=_here(found),
        danger=True,
        cycle=cycle,
    )


@require_http_methods(FORM_METHODS)
@for_managers
def open_(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    if request.method == "POST":
        said = _("The questionnaire is open. Make links, or import responses.")
        return _do(request, found, services.open_questionnaire, said, questionnaire_id=found.pk)
    return render_act(
        request,
        title=_("Open questionnaire %(code)s") % {"code": found.code},
        text=_("From now on its questions are frozen, and links to it can be made."),
        submit=_("Open it"),
        back=_here(found),
        cycle=cycle,
    )


@require_http_methods(FORM_METHODS)
@for_managers
def close(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    found = _questionnaire(cycle, pk)
    if request.method == "POST":
        said = _("The questionnaire is closed; its forms can be tallied.")
        return _do(request, found, services.close_questionnaire, said, questionnaire_id=found.pk)
    return render_act(
        request,
        title=_("Close questionnaire %(code)s") % {"code": found.code},
        text=_("Its links open no form any more, and it cannot be opened again."),
        submit=_("Close it for good"),
        back=_here(found),
        danger=True,
        cycle=cycle,
    )


# --- links ------------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(FORM_METHODS)
@for_managers
def make_links(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    """Make links and show them, this once: only the digests of their tokens are kept."""
    found = _questionnaire(cycle, pk)
    form = LinksForm(request.POST or None, units=units_of(found))
    if form.is_valid():
        try:
            made = services.invite(
                questionnaire_id=found.pk,
                unit_ids=[unit.pk for unit in form.cleaned_data["units"]],
                per_unit=form.cleaned_data["per_unit"],
                by=request.user,
                at=timezone.now(),
            )
        except services.SurveyRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _sheet(request, found, made)
    context = {"cycle": cycle, "questionnaire": found, "form": form}
    return render(request, "surveys/links_form.html", context, status=422 if form.is_bound else 200)


def _sheet(request: HttpRequest, found: Questionnaire, made: list[links.Link]) -> HttpResponse:
    slips = [
        {
            "unit": link.unit,
            "address": (address := _address(request, link.token)),
            "code": links.qr_code(address),
        }
        for link in made
    ]
    context = {
        "cycle": found.cycle,
        "questionnaire": found,
        "slips": slips,
        "tokens": " ".join(link.token for link in made),
    }
    return render(request, "surveys/links.html", context)


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("surveys:form", args=[token]))


@never_cache
@require_POST
@for_managers
def links_file(request: HttpRequest, cycle: Cycle, pk: int) -> HttpResponse:
    """The links of the sheet that sends their tokens, as a file; nothing is stored for it."""
    found = _questionnaire(cycle, pk)
    tokens = request.POST.get("tokens", "").split()
    units = {
        invitation.token_digest: invitation.unit
        for invitation in Invitation.objects.filter(
            questionnaire=found, token_digest__in=[links.digest(token) for token in tokens]
        ).select_related("unit")
    }
    rows = [
        (units[digest].code, units[digest].name, _address(request, token))
        for token in tokens
        if (digest := links.digest(token)) in units
    ]
    if not rows:
        raise Http404
    if request.POST.get("format") == "csv":
        content, kind, ending = exports.links_as_csv(rows), "text/csv; charset=utf-8", "csv"
    else:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        content, ending = exports.links_as_workbook(rows), "xlsx"
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="lien-ket-{found.pk}.{ending}"'},
    )
