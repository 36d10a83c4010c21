"""Every change of an account, by its owner or by an administrator."""

import secrets
from datetime import datetime

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from par_index.accounts.models import User
from par_index.accounts.queries import ADMINISTRATION, administrators, log_name
from par_index.core import audit


@transaction.atomic
def change_password(*, user: User, password: str, by: User | None, at: datetime) -> None:
    """Set a password that its owner chose, already checked by the form. The user's other sessions end with it."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    _record("account.password_changed", user, by, at)


def prefer_language(*, user: User, language: str) -> None:
    """
    Remember the language for the user's next log-in. No act that anybody answers for, so not in the log.

    :raises ValueError: the portal does not speak it
    """
    if language not in dict(settings.LANGUAGES):
        raise ValueError(language)
    user.language = language
    user.save(update_fields=["language"])


# --- the administrator's acts -----------------------------------------------------------------------------------------

# Without the letters and digits that people take for one another when they copy a password from paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class UserNameTaken(Exception):
    """Somebody has this user name already; names differ by more than capitals."""

    def __init__(self, username: str):
        super().__init__(_("The user name “%(name)s” is taken. Choose another.") % {"name": username})


class OwnAccount(Exception):
    """An act on an account that its owner cannot do to themselves."""


class LastAdministrator(Exception):
    """Without any administrator nobody could open or switch on an account."""

    def __init__(self):
        super().__init__(_("This is the last administrator. Name another one first."))


class ReasonMissing(Exception):
    """Nobody is locked out without a word of why."""

    def __init__(self):
        super().__init__(_("Write the reason: it stays in the account's history."))


class AlreadySo(Exception):
    """The account is in the wanted state; somebody else was faster."""


@transaction.atomic
def create_account(
    *, username: str, full_name: str, position: str = "", email: str = "", by: User | None, at: datetime
) -> tuple[User, str]:
    """
    Open an account. What its owner may do is granted elsewhere, on units, cycles and assessments.

    :returns: the account and its one-time password, which is kept nowhere and has to be changed at the first log-in
    :raises UserNameTaken:
    """
    password = one_time_password()
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=username,
                password=password,
                full_name=full_name,
                position=position,
                email=email,
                must_change_password=True,
            )
    except IntegrityError:
        raise UserNameTaken(username) from None
    _record("account.opened", user, by, at)
    return user, password


@transaction.atomic
def change_details(
    *, user_id: int, full_name: str, position: str, email: str, by: User, at: datetime
) -> User:
    """Correct a person's name, position or e-mail address. The log keeps what stood there before."""
    user = _locked(user_id)
    wanted = {"full_name": full_name, "position": position, "email": email}
    before = {name: getattr(user, name) for name, value in wanted.items() if getattr(user, name) != value}
    if before:
        for name in before:
            setattr(user, name, wanted[name])
        user.save(update_fields=list(before))
        _record("account.details_changed", user, by, at, before=before)
    return user


@transaction.atomic
def reset_password(*, user_id: int, by: User, at: datetime) -> str:
    """
    Replace a forgotten password. The person's sessions end, and a log-in that failures have locked opens again.

    :returns: a one-time password, as `create_account` gives
    :raises OwnAccount: `by` knows their own password and can change it
    """
    user = _locked(user_id)
    if user == by:
        raise OwnAccount(_("Change your own password under your name at the top of the page."))
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    forget_failures(username=user.username)
    _record("account.password_reset", user, by, at)
    return password


@transaction.atomic
def deactivate(*, user_id: int, reason: str, by: User, at: datetime) -> User:
    """
    Switch an account off: its owner is logged out and cannot log in. Accounts are never deleted, people answer in the
    ledgers under their names.

    :raises ReasonMissing:
    :raises OwnAccount: nobody locks themselves out
    :raises LastAdministrator:
    :raises AlreadySo: it is switched off already
    """
    if not reason.strip():
        raise ReasonMissing
    # Always locked first and in one order: two administrators who switch each other off wait for one another here.
    remaining = {other.pk for other in administrators().select_for_update().order_by("pk")}
    user = _locked(user_id)
    if user == by:
        raise OwnAccount(_("Nobody switches off their own account. Ask another administrator."))
    if not user.is_active:
        raise AlreadySo(_("The account of %(person)s is switched off already.") % {"person": user})
    if remaining == {user.pk}:
        raise LastAdministrator
    user.is_active = False
    user.save(update_fields=["is_active"])
    _record("account.switched_off", user, by, at, reason=reason.strip())
    return user


@transaction.atomic
def activate(*, user_id: int, by: User, at: datetime) -> User:
    """
    Switch an account on again, with the roles and the password it had.

    :raises AlreadySo: it is switched on already
    """
    user = _locked(user_id)
    if user.is_active:
        raise AlreadySo(_("The account of %(person)s is switched on already.") % {"person": user})
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record("account.switched_on", user, by, at)
    return user


@transaction.atomic
def name_administrator(*, user: User, by: User | None, at: datetime) -> None:
    """Let a person open, correct and switch off accounts. It opens nothing else: no score, no cycle."""
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    codenames = [permission.partition(".")[2] for permission in ADMINISTRATION]
    user.user_permissions.add(
        *Permission.objects.filter(content_type__app_label="accounts", codename__in=codenames)
    )
    _record("account.administrator_named", user, by, at)


def one_time_password() -> str:
    """Four groups of four, about 79 bits: easy to read aloud and to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _place in range(4)) for _group in range(4))


def _locked(user_id: int) -> User:
    return User.objects.select_for_update().get(pk=user_id)


def _record(action: str, user: User, by: User | None, at: datetime, **detail) -> None:
    audit.record(action=action, by=by, at=at, target=log_name(user), **detail)
