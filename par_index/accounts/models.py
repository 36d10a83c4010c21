"""People who log in. What they may do is granted on units, cycles and assessments, never here."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """
    A person with an account. `position` is their post as printed beside the name, free text.

    `must_change_password`: the present one was made for them and shown once.
    """

    first_name = None
    last_name = None
    full_name = models.CharField(max_length=150)
    position = models.CharField(max_length=150, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    must_change_password = models.BooleanField(default=False)

    REQUIRED_FIELDS = ["full_name", "email"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("username"), name="user_name_once")]

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()

    def __str__(self) -> str:
        return self.get_full_name()
