"""Every change of an account, by its owner or by an administrator."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from par_index.accounts.models import User
from par_index.core import audit


@transaction.atomic
def change_password(*, user: User, password: str, by: User, at: datetime) -> None:
    """Set a new password, already checked by the form. The user's other sessions end with it."""
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    audit.record(action="account.password_changed", by=by, at=at, target=f"user {user.username}")


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


@transaction.atomic
def create_account(
    *, username: str, full_name: str, position: str = "", email: str = "", by: User | None, at: datetime
) -> tuple[User, str]:
    """
    Open an account. What its owner may do is granted elsewhere, on units, cycles and assessments.

    :returns: the account and its one-time password, which is kept nowhere and has to be changed at the first log-in
    :raises UserNameTaken:
    """
    if User.objects.filter(username__iexact=username).exists():
        raise UserNameTaken(username)
    password = one_time_password()
    user = User.objects.create_user(
        username=username,
        password=password,
        full_name=full_name,
        position=position,
        email=email,
        must_change_password=True,
    )
    audit.record(action="account.opened", by=by, at=at, target=f"user {user.username}")
    return user, password


def one_time_password() -> str:
    """Four groups of four, about 79 bits: easy to read aloud and to type."""
    return "-".join("".join(secrets.choice(LETTERS) for _place in range(4)) for _group in range(4))
