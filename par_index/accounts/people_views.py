"""The system administrator's pages: who has an account, and the acts on one. Everybody else gets 404."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from par_index.accounts import services
from par_index.accounts.forms import DeactivateForm, DetailsForm, NewAccountForm
from par_index.accounts.models import User
from par_index.accounts.queries import Person, history, is_administrator
from par_index.accounts.queries import people as accounts
from par_index.core.http import login_required, paginate, render_act

PEOPLE_PER_PAGE = 50
FILTERS = {
    "": (gettext_lazy("All"), lambda person: True),
    "dang-dung": (gettext_lazy("Active"), lambda person: person.user.is_active),
    "chua-vao": (
        gettext_lazy("Never logged in"),
        lambda person: person.user.is_active and person.user.last_login is None,
    ),
    "da-khoa": (gettext_lazy("Switched off"), lambda person: not person.user.is_active),
    "quan-tri": (gettext_lazy("Administrators"), lambda person: person.administers),
}
"""By the word in an address: what the filter is called, and which accounts it shows."""

read_or_act = require_http_methods(["GET", "HEAD", "POST"])


def administrator_required(view: Callable) -> Callable:
    """Whoever does not administer accounts finds no such page."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, *args, **kwargs):
        if not is_administrator(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@require_safe
@administrator_required
def people(request: HttpRequest) -> HttpResponse:
    """Accounts by `?tim=` (name, user name, position, e-mail; diacritics may be left out) and `?loc=` (a filter)."""
    wanted = request.GET.get("tim", "").strip()
    word = request.GET.get("loc", "")
    word = word if word in FILTERS else ""
    found = accounts(wanted)
    context = {
        "page": paginate(request, _passing(found, word), PEOPLE_PER_PAGE),
        "wanted": wanted,
        "word": word,
        "picks": [
            {
                "label": label,
                "url": _list_address(name, wanted),
                "count": len(_passing(found, name)),
                "current": name == word,
            }
            for name, (label, _passes) in FILTERS.items()
        ],
    }
    return render(request, "accounts/people.html", context)


@never_cache
@read_or_act
@administrator_required
def new_person(request: HttpRequest) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user, password = services.create_account(**form.cleaned_data, by=request.user, at=timezone.now())
        except services.UserNameTaken as error:
            form.add_error("username", str(error))
        else:
            return _show_once(request, user, password)
    return render(request, "accounts/people_new.html", {"form": form}, status=422 if form.errors else 200)


@read_or_act
@administrator_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: its details to correct, the acts on it, what was done to it."""
    found = get_object_or_404(User, pk=user_id)
    known = {"full_name": found.full_name, "position": found.position, "email": found.email}
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        services.change_details(user_id=user_id, **form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("accounts:person", user_id)
    context = {
        "person": found,
        "administers": is_administrator(found),
        "own": found == request.user,
        "form": form,
        "history": history(found),
    }
    return render(request, "accounts/people_person.html", context, status=422 if form.errors else 200)


@never_cache
@read_or_act
@administrator_required
def reset_password(request: HttpRequest, user_id: int) -> HttpResponse:
    found = get_object_or_404(User, pk=user_id)
    back = reverse("accounts:person", args=[user_id])
    if request.method == "POST":
        try:
            password = services.reset_password(user_id=user_id, by=request.user, at=timezone.now())
        except services.OwnAccount as error:
            messages.error(request, str(error))
            return redirect(back)
        return _show_once(request, found, password)
    return render_act(
        request,
        title=_("Make a new password for %(person)s") % {"person": found},
        text=_("The present password stops working at once, wherever the person is logged in."),
        submit=_("Make a new password"),
        back=back,
    )


@read_or_act
@administrator_required
def deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    found = get_object_or_404(User, pk=user_id)
    back = reverse("accounts:person", args=[user_id])
    form = DeactivateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.deactivate(
                user_id=user_id, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
            )
        except services.ReasonMissing as error:
            form.add_error("reason", str(error))
        except (services.OwnAccount, services.LastAdministrator, services.AlreadySo) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The account of %(person)s is switched off.") % {"person": found})
            return redirect(back)
    return render_act(
        request,
        title=_("Switch off the account of %(person)s") % {"person": found},
        text=_("The person is logged out and cannot log in. What they wrote stays under their name."),
        form=form,
        submit=_("Switch off the account"),
        back=back,
        danger=True,
        status=422 if form.errors else 200,
    )


@require_POST
@administrator_required
def activate(request: HttpRequest, user_id: int) -> HttpResponse:
    found = get_object_or_404(User, pk=user_id)
    try:
        services.activate(user_id=user_id, by=request.user, at=timezone.now())
    except services.AlreadySo as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The account of %(person)s is switched on again.") % {"person": found})
    return redirect("accounts:person", user_id)


def _show_once(request: HttpRequest, user: User, password: str) -> HttpResponse:
    """
    The answer to the act itself shows the one-time password: a redirect would have to keep it somewhere meanwhile.
    """
    return render(request, "accounts/people_password.html", {"person": user, "password": password})


def _passing(found: list[Person], word: str) -> list[Person]:
    _label, passes = FILTERS[word]
    return [person for person in found if passes(person)]


def _list_address(word: str, wanted: str) -> str:
    query = {name: value for name, value in {"loc": word, "tim": wanted}.items() if value}
    return reverse("accounts:people") + (f"?{urlencode(query)}" if query else "")
