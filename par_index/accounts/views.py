"""Logging in and out, one's own password and language."""

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from par_index.accounts import demo, services
from par_index.accounts.forms import LogInForm, OwnPasswordForm
from par_index.core.http import login_required, render_act

LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """
    The log-in page. After too many failures django-axes answers instead, with accounts/locked.html.

    The stored language is taken up unless this browser has been switched already.
    """
    target = _safe_next(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = LogInForm(request, request.POST if request.method == "POST" else None)
    if form.is_valid():
        auth.login(request, form.get_user())
        response = redirect(target)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            _set_language_cookie(response, request.user.language)
        return response
    context = {
        "form": form,
        "next": target,
        "demo_accounts": demo.accounts_for(request),
        "demo_password": demo.PASSWORD,
    }
    return render(request, "accounts/login.html", context, status=422 if form.is_bound else 200)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session; the language goes with it, for the next person at this machine."""
    auth.logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html")


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    form = OwnPasswordForm(request.user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        services.change_password(
            user=request.user,
            password=form.cleaned_data["new_password1"],
            by=request.user,
            at=timezone.now(),
        )
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, _("Your password has been changed. Your other sessions have ended."))
        return redirect("accounts:account")
    return render_act(
        request,
        title=_("Change the password"),
        submit=_("Change the password"),
        back=resolve_url("accounts:account"),
        text=_("Your password was made for you. Choose one that only you know, then go on.")
        if request.user.must_change_password
        else "",
        form=form,
        status=422 if form.is_bound else 200,
    )


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language of this browser and of the account of a logged-in user; back to where one was."""
    language = request.POST.get("language", "")
    response = HttpResponseRedirect(_safe_next(request))
    if language in dict(settings.LANGUAGES):
        _set_language_cookie(response, language)
        if request.user.is_authenticated:
            services.prefer_language(user=request.user, language=language)
    return response


def _set_language_cookie(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=LANGUAGE_COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _safe_next(request: HttpRequest) -> str:
    """The address to go on to, on this host only; else the home page."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    # A bare word is no address of ours, and `redirect` would take it for a view's name.
    safe = target.startswith(("/", "http:", "https:")) and url_has_allowed_host_and_scheme(
        target, {request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else resolve_url(settings.LOGIN_REDIRECT_URL)
