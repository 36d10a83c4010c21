"""Small helpers of the web layer that every app's views share."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url


def login_required(view: Callable) -> Callable:
    """
    Send an anonymous visitor to log in and then back.

    A piece asked for by script gets 401 instead of the log-in page in its place: the page then says that the
    session has ended, and keeps what was typed.
    """

    @wraps(view)
    def checked(request: HttpRequest, *args, **kwargs):
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.htmx:
            return HttpResponse(status=401)
        # A form that was sent cannot be sent again by a redirect: come back to the page it stood on.
        target = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "/")
        return redirect_to_login(target, resolve_url(settings.LOGIN_URL))

    return checked


def render_act(
    request: HttpRequest,
    *,
    title: str,
    submit: str,
    back: str,
    form=None,
    text: str = "",
    danger: bool = False,
    status: int = 200,
    **context,
) -> HttpResponse:
    """
    A page that asks for one act: its title names the object, `form` asks for what the act needs, `submit` is
    the verb on the button, `back` the address of the safe choice. A link to it with `data-dialog` opens the
    same piece as a dialog; without script the link is followed.

    :param status: 422 when the form came back with errors
    """
    template = "components/act.html" if request.htmx else "core/act.html"
    context |= {
        "title": title,
        "submit": submit,
        "back": back,
        "form": form,
        "text": text,
        "danger": danger,
        "action": request.get_full_path(),
    }
    return render(request, template, context, status=status)


def paginate(request: HttpRequest, objects, per_page: int = 50) -> Page:
    """The page that `?trang=` asks for, or the nearest one there is, ready for components/pager.html."""
    paginator = Paginator(objects, per_page)
    page = paginator.get_page(request.GET.get("trang"))
    page.pages = list(paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))
    return page
