"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from par_index.core import menu, worklist


def portal(request: HttpRequest) -> dict:
    """
    The frame's names, the menu and, for a logged-in reader, the strip. A page with a more exact strip of its
    own puts it into its context under the same name; only a strip that is printed is computed.
    """
    at = timezone.now()
    # Error pages may be rendered before the middleware that sets the user.
    user = getattr(request, "user", None)
    logged_in = user is not None and user.is_authenticated
    return {
        "portal_name": _("PAR Index"),
        "body_name": settings.BODY_NAME,
        "demo": settings.DEMO,
        "now": at,
        "menu": SimpleLazyObject(lambda: _menu(request) if user is not None else []),
        "strip": SimpleLazyObject(lambda: worklist.strip_for(user, at)) if logged_in else None,
    }


def _menu(request: HttpRequest) -> list[dict]:
    return [
        {"label": item.label, "url": item.url, "current": item.is_current(request.path)}
        for item in menu.items_for(request)
    ]
