"""Giving a role to somebody who has an account."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.people import CycleRole, UnitRole
from par_index.accounts.models import User

UNIT_ROLES = {
    UnitRole.OFFICER: _("Officer: scores, attaches evidence"),
    UnitRole.LEADER: _("Leader: approves and submits"),
}
CYCLE_ROLES = {
    CycleRole.MANAGER: _("Manager of the cycle"),
    CycleRole.AUDITOR: _("Auditor: reads everything, changes nothing"),
    CycleRole.ENUMERATOR: _("Enumerator: keys in survey forms"),
}


class RoleForm(forms.Form):
    """
    A person, by user name, and one of `roles` (role → what it is called).

    `cleaned_data["username"]` is the account itself.
    """

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": _("Write the user name of an account.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the person does.")},
    )

    def __init__(self, *args, roles: dict, **kwargs):
        super().__init__(*args, **kwargs)
        self.roles = type(next(iter(roles)))
        self.fields["role"].choices = [(role.value, name) for role, name in roles.items()]

    def clean_username(self) -> User:
        username = self.cleaned_data["username"].strip()
        user = User.objects.filter(username__iexact=username, is_active=True).first()
        if user is None:
            raise ValidationError(
                gettext(
                    "There is no active account “%(username)s”. The system administrator opens accounts."
                ),
                params={"username": username},
            )
        return user

    def clean_role(self) -> UnitRole | CycleRole:
        return self.roles(self.cleaned_data["role"])
