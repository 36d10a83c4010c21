"""The respondent's pages: no login, no session, and nothing that tells whose form it is."""

from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from surveys import ballot_box
from surveys.models import Invitation, Question

STATUS = {ballot_box.UnknownLink: 404, ballot_box.LinkUsed: 410, ballot_box.NotOpen: 410}
NOTHING_CHOSEN = 0
NOT_A_CHOICE = -1


def keeps_the_link_secret(view):
    """The token stands in the path: no page linked from here, nor a server's log of referrers, is to learn it."""

    @wraps(view)
    def secretive(request: HttpRequest, *args, **kwargs):
        response = view(request, *args, **kwargs)
        # not "no-referrer": browsers then send "Origin: null" with the form, which the CSRF check refuses
        response.headers["Referrer-Policy"] = "strict-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return secretive


@keeps_the_link_secret
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, token: str) -> HttpResponse:
    """One form behind a one-time link."""
    try:
        invitation = ballot_box.invitation_of(token)
        if request.method != "POST":
            return _page(request, invitation, chosen={}, faulty=[])
        questions = list(invitation.questionnaire.questions.all())
        chosen = {question.pk: _chosen(request, question) for question in questions}
        ballot_box.cast(token=token, choices={pk: option for pk, option in chosen.items() if option})
    except ballot_box.IncompleteForm as error:
        return _page(request, invitation, chosen, error.questions)
    except ballot_box.BallotRefused as refused:
        return render(request, "surveys/refused.html", {"reason": refused}, status=STATUS[type(refused)])
    return redirect("surveys:thanks")


def _chosen(request: HttpRequest, question: Question) -> int:
    text = request.POST.get(f"q{question.pk}", "")
    if not text:
        return NOTHING_CHOSEN
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else NOT_A_CHOICE


def _page(
    request: HttpRequest, invitation: Invitation, chosen: dict[int, int], faulty: list[int]
) -> HttpResponse:
    questionnaire = invitation.questionnaire
    items = [
        {"question": question, "chosen": chosen.get(question.pk), "faulty": question.pk in faulty}
        for question in questionnaire.questions.prefetch_related("options")
    ]
    context = {
        "questionnaire": questionnaire,
        "cycle": questionnaire.cycle,
        "unit": invitation.unit,
        "items": items,
        "faulty": [(number, item) for number, item in enumerate(items, start=1) if item["faulty"]],
        "answered": sum(
            item["chosen"] is not None and item["chosen"] > 0 and not item["faulty"] for item in items
        ),
        "minutes": max(1, (len(items) * 20 + 59) // 60),
    }
    return render(request, "surveys/form.html", context, status=422 if faulty else 200)


@keeps_the_link_secret
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "surveys/thanks.html")
