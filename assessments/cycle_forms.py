"""What the cycle manager's acts ask for."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from criteria.models import CriteriaVersion, Criterion

END_OF_DAY = time(17, 0)  # the end of office hours, when deadlines of official plans usually fall


class OpenStepForm(forms.Form):
    """Until when a step is open, as day and time in Vietnam; without a day until somebody closes it."""

    day = forms.DateField(
        required=False,
        label=_("Last day"),
        help_text=_("Leave it empty to keep the step open until somebody closes it."),
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        widget=forms.DateInput(
            attrs={"placeholder": "22/12/2025", "inputmode": "numeric", "autocomplete": "off"},
            format="%d/%m/%Y",
        ),
        error_messages={"invalid": _("Write the date as day/month/year, for instance 21/11/2025.")},
    )
    hour = forms.TimeField(
        required=False,
        label=_("Time of day"),
        help_text=_("Vietnam time; 17:00 where none is given."),
        input_formats=["%H:%M", "%Hh%M", "%Hh", "%H"],
        widget=forms.TimeInput(
            attrs={"placeholder": "17:00", "inputmode": "numeric", "autocomplete": "off"}, format="%H:%M"
        ),
        error_messages={"invalid": _("Write the time as hours:minutes, for instance 17:00.")},
    )

    def __init__(self, *args, planned_end: datetime | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if planned_end is not None:
            local = timezone.localtime(planned_end)
            self.initial |= {"day": local.date(), "hour": local.time().replace(second=0, microsecond=0)}

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("hour") and not cleaned.get("day") and "day" not in self.errors:
            self.add_error("day", _("Give the day as well, or leave both empty."))
        return cleaned

    @property
    def ends_at(self) -> datetime | None:
        """The deadline of a valid form."""
        day, hour = self.cleaned_data["day"], self.cleaned_data["hour"]
        if day is None:
            return None
        return timezone.make_aware(datetime.combine(day, END_OF_DAY if hour is None else hour))


class CloseStepForm(forms.Form):
    """Nothing is asked; the form only carries why the step cannot be closed."""


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("The unit reads it at the top of its sheet and mends by it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Write the reason: the unit reads it and works by it.")},
    )


class ExemptForm(forms.Form):
    """A leaf of the version that still applies to the unit, and why it does not."""

    criterion = forms.ModelChoiceField(
        Criterion.objects.none(),
        label=_("Criterion"),
        empty_label=_("Choose a criterion"),
        error_messages={"required": _("Choose the criterion that does not apply to this unit.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("For instance: the unit handles no administrative procedures."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write why the criterion does not apply to this unit.")},
    )

    def __init__(self, *args, version: CriteriaVersion, settled: set[int], **kwargs):
        super().__init__(*args, **kwargs)
        leaves = Criterion.objects.filter(version=version, children=None).exclude(pk__in=settled)
        field = self.fields["criterion"]
        field.queryset = leaves.order_by("position")
        field.label_from_instance = lambda leaf: f"{leaf.code} {leaf.name}"
