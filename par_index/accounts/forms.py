"""Forms of logging in, of one's own account and of the administrator. The sentences say what to do next."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _


class LogInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _(
            "User name or password is not right. Check capitals and the keyboard's Vietnamese typing mode."
        ),
        "inactive": _("This account is switched off. Ask your administrator."),
    }

    def __init__(self, request=None, *args, **kwargs):
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("User name")
        self.fields["username"].widget.attrs["autocapitalize"] = "none"
        self.fields["password"].label = _("Password")


class OwnPasswordForm(PasswordChangeForm):
    error_messages = PasswordChangeForm.error_messages | {
        "password_incorrect": _("This is not your present password."),
        "password_mismatch": _("The two new passwords differ. Type the same one twice."),
    }

    new_password2 = forms.CharField(
        label=_("New password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user, *args, **kwargs):
        super().__init__(user, *args, **kwargs)
        self.fields["old_password"].label = _("Present password")
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = _(
            "At least 10 characters, not only digits, not a common word."
        )


class DetailsForm(forms.Form):
    """A person as the portal names them. Everything but the name may be left empty."""

    full_name = forms.CharField(
        label=_("Full name"),
        max_length=150,
        error_messages={"required": _("Write the person's full name.")},
    )
    position = forms.CharField(
        label=_("Position"),
        max_length=150,
        required=False,
        help_text=_("Office and post, for instance: Department of Construction, specialist."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        error_messages={"invalid": _("Write an e-mail address, for instance ten@tinh.gov.vn.")},
    )


class NewAccountForm(DetailsForm):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("Never changes later. For instance: canbo.xaydung"),
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
        # Letters of ASCII alone: a name with diacritics can be typed in two ways that look the same.
        validators=[
            RegexValidator(
                r"\A[A-Za-z0-9][A-Za-z0-9._@+-]*\Z",
                _("Use letters without diacritics, digits and . _ - only, without spaces."),
            )
        ],
        error_messages={"required": _("Write the name to log in with.")},
    )

    field_order = ["full_name", "username", "position", "email"]


class DeactivateForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For instance: moved to another agency. It stays in the account's history."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write the reason: it stays in the account's history.")},
    )
