from django import forms
from django.utils.translation import gettext_lazy as _

from criteria.workbook import container
from criteria.workbook.container import UnusableFile

EXCEL = ".xlsx,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    """A workbook, and the body whose cycle it is where the person may choose between several."""

    file = forms.FileField(
        label=_("Workbook"),
        widget=forms.FileInput(attrs={"accept": EXCEL}),
        help_text=_("One Excel file (.xlsx) that holds a whole cycle."),
    )
    body = forms.ModelChoiceField(label=_("Body that runs the cycle"), queryset=None, empty_label=None)

    def __init__(self, *args, bodies, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].queryset = bodies
        if len(bodies) < 2:
            del self.fields["body"]
        self._only_body = bodies[0] if len(bodies) == 1 else None

    def clean_file(self):
        file = self.cleaned_data["file"]
        try:
            container.check(file.file)
        except UnusableFile as error:
            raise forms.ValidationError(str(error)) from error
        return file

    @property
    def body_id(self) -> int | None:
        """None while the portal holds no body yet: the import makes the first one."""
        body = self.cleaned_data.get("body", self._only_body)
        return body and body.pk
