"""What people type into the survey's pages."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle, Unit
from criteria.models import Criterion
from criteria.scoring.numbers import NotANumber, read_decimal
from surveys.models import Question, Questionnaire, RespondentGroup
from surveys.services.invitations import MOST_AT_ONCE
from surveys.services.questionnaires import survey_leaves

MOST_DIGITS = 18  # of what fits a key of the database


class CodeField(forms.RegexField):
    """A short code as it stands in files: letters, digits, point, dash, underscore."""

    def __init__(self, **kwargs):
        super().__init__(
            r"^[\w.-]+$",
            max_length=40,
            error_messages={
                "invalid": _("Letters, digits, point, dash and underscore are expected, no spaces.")
            },
            **kwargs,
        )


class ExactField(forms.CharField):
    """A decimal number with comma or point, never grouped; becomes a Decimal, None when it is empty."""

    def __init__(self, *, low: Decimal | None = None, high: Decimal | None = None, **kwargs):
        self.low, self.high = low, high
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs["inputmode"] = "decimal"

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            number = read_decimal(text)
        except NotANumber as error:
            raise forms.ValidationError(
                _("“%(found)s” is not a number; digits with at most one decimal mark are expected."),
                params={"found": text},
            ) from error
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise forms.ValidationError(
                _("%(found)s was entered; %(low)s to %(high)s is expected."),
                params={"found": text, "low": self.low, "high": self.high},
            )
        return number


class GroupForm(forms.Form):
    """A group of respondents; its code cannot change once it stands in files."""

    code = CodeField(label=_("Code"), help_text=_("Stands in response files, for instance HDND."))
    name = forms.CharField(label=_("Name"), max_length=300)
    weight = ExactField(
        label=_("Weight"),
        low=Decimal("0.0001"),
        high=Decimal(999),
        initial="1",
        help_text=_("Against the weights of the other groups."),
    )
    minimum = forms.IntegerField(
        label=_("Minimum of valid forms"),
        min_value=2,
        max_value=1000,
        initial=5,
        help_text=_("With fewer on a unit the group does not count there, and no figure of it is shown."),
    )

    def __init__(self, *args, group: RespondentGroup | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if group is not None:
            del self.fields["code"]


class QuestionnaireForm(forms.Form):
    """A new questionnaire of a cycle."""

    code = CodeField(label=_("Code"), help_text=_("Stands in response files, for instance P1."))
    block = forms.ModelChoiceField(label=_("Block that is rated"), queryset=None, empty_label=None)
    group = forms.ModelChoiceField(label=_("Group of respondents"), queryset=None, empty_label=None)
    title = forms.CharField(
        label=_("Title"), max_length=300, help_text=_("The first line that respondents read.")
    )
    introduction = forms.CharField(
        label=_("Introduction"), required=False, max_length=3000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, cycle: Cycle, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["block"].queryset = cycle.blocks.order_by("position")
        self.fields["group"].queryset = cycle.respondent_groups.all()


class TextsForm(forms.Form):
    """What may still change of a drafted questionnaire."""

    title = QuestionnaireForm.base_fields["title"]
    introduction = QuestionnaireForm.base_fields["introduction"]


SCALE_CHOICES = [
    ("quality", _("Good / fair / average / poor: 100, 60, 20, 0 %")),
    ("satisfaction", _("Five steps of satisfaction: 100, 75, 50, 25, 0 %")),
    ("yes_no", _("Yes / no: 100, 0 %")),
]


class QuestionForm(forms.Form):
    """A question on one survey leaf of the questionnaire's block."""

    criterion = forms.ModelChoiceField(
        label=_("Criterion"), queryset=Criterion.objects.none(), empty_label=None
    )
    text = forms.CharField(label=_("Question"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    scale = forms.ChoiceField(
        label=_("Answers"), choices=SCALE_CHOICES, help_text=_("“Don't know” is added and never counted.")
    )

    def __init__(self, *args, questionnaire: Questionnaire, question: Question | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["criterion"].queryset = survey_leaves(questionnaire.block)
        if question is not None:
            del self.fields["scale"]


class UnitsField(forms.ModelMultipleChoiceField):
    """Units by their keys; one too large for any key is no choice either, where the database would stumble over it."""

    def clean(self, value):
        for key in value or ():
            if len(str(key)) > MOST_DIGITS:
                raise forms.ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": str(key)[:MOST_DIGITS]},
                )
        return super().clean(value)


class LinksForm(forms.Form):
    """How many links about which units."""

    per_unit = forms.IntegerField(
        label=_("Links per unit"), min_value=1, max_value=MOST_AT_ONCE, initial=10, widget=forms.NumberInput()
    )
    units = UnitsField(
        label=_("Units"),
        queryset=Unit.objects.none(),
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": _("Choose at least one unit.")},
    )

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = units
        self.fields["units"].initial = units


class ResponsesForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_("Columns: questionnaire, group, unit_code, question_code, answer, respondent."),
    )


class ReasonForm(forms.Form):
    """Why an act is done: kept with it."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the points, for instance the number of the survey's report."),
    )
