"""What the act of publishing asks for."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PublishForm(forms.Form):
    """The particulars of the decision; what is sound about them is checked by the service."""

    number = forms.CharField(
        label=_("Number of the decision"), max_length=100, help_text=_("for instance 512/QĐ-UBND")
    )
    date = forms.DateField(
        label=_("Date of the decision"),
        input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y"],
        help_text=_("day/month/year, for instance 16/03/2026"),
        error_messages={"invalid": _("Write the day like 16/03/2026.")},
    )
    signer = forms.CharField(
        label=_("Signed by"),
        max_length=200,
        help_text=_("name, post or both, for instance: Nguyễn Văn A, Chủ tịch UBND tỉnh"),
    )
