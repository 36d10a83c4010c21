"""Who has an account, who administers the accounts, and what was done to one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from par_index.accounts.models import User
from par_index.core.finding import is_found, plain_name
from par_index.core.models import AuditEntry

ADMINISTRATION = ("accounts.add_user", "accounts.change_user")
"""Django's own permissions; with `is_staff` they make a system administrator."""

ACTS = {
    "account.opened": _("Account opened"),
    "account.details_changed": _("Name, position or e-mail changed"),
    "account.password_reset": _("New one-time password made"),
    "account.password_changed": _("Own password chosen"),
    "account.switched_off": _("Switched off"),
    "account.switched_on": _("Switched on again"),
    "account.administrator_named": _("Made a system administrator"),
}
"""The acts on an account as its history calls them."""


def is_administrator(user) -> bool:
    """Whether the user administers accounts. Costs a query for staff alone, nothing for everybody else."""
    return user.is_active and user.is_staff and user.has_perms(ADMINISTRATION)


def administrators() -> QuerySet[User]:
    """The active accounts for which `is_administrator` holds."""
    found = User.objects.filter(is_staff=True)
    for permission in ADMINISTRATION:
        able = User.objects.with_perm(permission, backend="django.contrib.auth.backends.ModelBackend")
        found = found.filter(pk__in=able.values("pk"))
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list of accounts."""

    user: User
    administers: bool


def people(wanted: str = "") -> list[Person]:
    """Accounts whose names, position or e-mail hold `wanted`, by full name. Two queries."""
    administering = set(administrators().values_list("pk", flat=True))
    found = [
        Person(user, user.pk in administering)
        for user in User.objects.all()
        if is_found(wanted, user.full_name, user.username, user.position, user.email)
    ]
    return sorted(found, key=lambda person: (plain_name(person.user.full_name), person.user.pk))


def log_name(user: User) -> str:
    """What the log calls an account; user names never change."""
    return f"user {user.username}"


@dataclass(frozen=True, slots=True)
class Act:
    """`by` is None for a command at the server's own console."""

    text: str | Promise
    by: User | None
    at: datetime
    reason: str


def history(user: User) -> Iterable[Act]:
    """What was done to an account, the newest first. One query."""
    entries = AuditEntry.objects.filter(target=log_name(user), action__in=ACTS).select_related("actor")
    return [
        Act(ACTS[entry.action], entry.actor, entry.at, entry.detail.get("reason", ""))
        for entry in entries.order_by("-id")
    ]
