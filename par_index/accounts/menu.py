"""What the administrator finds in the menu."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from par_index.accounts.queries import is_administrator
from par_index.core.menu import Item


def menu(request: HttpRequest) -> Iterable[Item]:
    if is_administrator(request.user):
        url = reverse("accounts:people")
        yield Item(_("Accounts"), url, prefixes=(url,), order=70)
