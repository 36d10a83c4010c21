"""The changes that people make to their own accounts."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from par_index.accounts.models import User
from par_index.core import audit


@transaction.atomic
def change_password(*, user: User, password: str, by: User, at: datetime) -> None:
    """Set a new password, already checked by the form. The user's other sessions end with it."""
    user.set_password(password)
    user.save(update_fields=["password"])
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
