"""Forms of the sheet: a leaf's declared data, a document of evidence, a reason."""

import re
from collections.abc import Sequence

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assessments.files import ACCEPT_ATTRIBUTE, accepted_names
from assessments.models import Assessment, Evidence, Score
from assessments.services import Document
from criteria.scoring.messages import Message
from criteria.scoring.numbers import NotANumber, read_decimal
from criteria.scoring.rules import Field, InvalidDeclaration, Rule
from criteria.scoring.rules.choices import NO, YES
from criteria.wording import localise
from par_index.core.templatetags.portal import plain

# "12.873" of a count is 12873, the way people write it and the way the portal shows it. Points are never grouped.
_GROUPED = {"vi": re.compile(r"\d{1,3}(\.\d{3})+"), "en": re.compile(r"\d{1,3}(,\d{3})+")}
_CHOICES = {YES: _("Yes"), NO: _("No")}


def ungrouped(text: str) -> str:
    """The same number without the grouping marks of the active language; other text as it is."""
    stripped = text.strip()
    if _GROUPED["vi" if get_language() == "vi" else "en"].fullmatch(stripped):
        return re.sub(r"[.,]", "", stripped)
    return stripped


def shown(field: Field, text: str) -> str:
    """A stored value as the reader writes it; whole figures are grouped, points never."""
    if field.kind == "choice":
        return str(_CHOICES.get(text, text))
    try:
        number = read_decimal(text)
    except NotANumber:
        return text
    return plain(number) if field.kind == "points" else localise(Message("%(number)s", {"number": number}))


def label_of(field: Field) -> str:
    return localise(field.label) if isinstance(field.label, Message) else field.label


class LeafForm(forms.Form):
    """
    What a unit declares for one leaf. Figures are kept as they were typed; the rule judges them, not the form.

    Its fields: `f0`, `f1`, … in the order of the rule's, `not_applicable`, `account`, `version`.
    """

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    not_applicable = forms.BooleanField(required=False)
    account = forms.CharField(
        required=False, label=_("Account"), widget=forms.Textarea(attrs={"rows": 3}), max_length=5000
    )

    def __init__(self, data=None, *, rule: Rule, leaf_id: int, score: Score | None):
        self.rule = rule
        super().__init__(data, auto_id=f"leaf-{leaf_id}-%s", initial=self._initial(score))
        for position, field in enumerate(rule.fields):
            self.fields[f"f{position}"] = figure_field(field)

    def _initial(self, score: Score | None) -> dict:
        initial = {"version": score.version if score else 0, "account": score.account if score else ""}
        if score is None:
            return initial
        # Set by the unit itself; where the rule says so, the figures do.
        initial["not_applicable"] = score.not_applicable and score.declared is None
        for position, (field, text) in enumerate(zip(self.rule.fields, score.declared or (), strict=False)):
            initial[f"f{position}"] = text if field.kind == "choice" else shown(field, text)
        return initial

    @property
    def figures(self) -> list[forms.BoundField]:
        return [self[f"f{position}"] for position in range(len(self.rule.fields))]

    @property
    def declared(self) -> list[str] | None:
        """The figures for the rule, None when nothing at all was typed; after `is_valid`."""
        texts = [self.cleaned_data.get(f"f{position}", "") for position in range(len(self.rule.fields))]
        if not any(texts):
            return None
        kinds = (field.kind for field in self.rule.fields)
        return [
            ungrouped(text) if kind in ("count", "number") else text
            for text, kind in zip(texts, kinds, strict=True)
        ]

    def add_rule_errors(self, error: InvalidDeclaration) -> None:
        for position, message in error.errors.items():
            self.add_error(None if position is None else f"f{position}", localise(message))


def figure_field(field: Field) -> forms.Field:
    if field.kind != "choice":
        # Text, since a number input would throw away "12.873" and "3,5" before anybody could read them.
        mode = "numeric" if field.kind == "count" else "decimal"
        widget = forms.TextInput(attrs={"inputmode": mode, "autocomplete": "off", "class": "in num"})
        return forms.CharField(required=False, label=label_of(field), max_length=60, widget=widget)
    return forms.ChoiceField(
        required=False,
        label=label_of(field),
        choices=[(choice, _CHOICES.get(choice, choice)) for choice in field.choices],
        widget=forms.RadioSelect,
    )


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; their kind is looked at by `assessments.files`."""

    widget = FilesInput

    def clean(self, data, initial=None) -> list:
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files if file]


class EvidenceForm(forms.Form):
    """Documents for one leaf: new files, a link, or a document that backs another leaf already."""

    files = FilesField(
        required=False,
        label=_("Files"),
        max_length=255,
        widget=FilesInput(attrs={"accept": ACCEPT_ATTRIBUTE}),
    )
    number = forms.CharField(required=False, max_length=100, label=_("Number of the document"))
    issuer = forms.CharField(required=False, max_length=300, label=_("Issued by"))
    issued_on = forms.DateField(
        required=False,
        label=_("Issued on"),
        input_formats=["%d/%m/%Y", "%Y-%m-%d"],
        widget=forms.DateInput(
            attrs={"placeholder": "21/11/2025", "inputmode": "numeric"}, format="%d/%m/%Y"
        ),
        error_messages={"invalid": _("Write the date as day/month/year, for instance 21/11/2025.")},
    )
    subject = forms.CharField(required=False, max_length=1000, label=_("Subject"))
    link = forms.URLField(
        required=False,
        max_length=1000,
        label=_("Link"),
        assume_scheme="https",
        error_messages={"invalid": _("Write the whole address, for instance https://example.vn/van-ban.")},
    )
    place = forms.CharField(
        required=False,
        max_length=200,
        label=_("Place in it"),
        help_text=_("Page or clause, for instance “p. 3”."),
    )
    existing = forms.ModelChoiceField(
        Evidence.objects.none(),
        required=False,
        label=_("Or a document that is in this sheet already"),
        empty_label=_("none"),
    )

    def __init__(self, *args, assessment: Assessment, max_megabytes: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].help_text = _(
            "%(types)s; at most %(limit)d MB each. Without a number, date or subject, each file is a document of its "
            "own; with one, all of them belong to that document."
        ) % {"types": accepted_names(), "limit": max_megabytes}
        documents = Evidence.objects.filter(assessment=assessment).prefetch_related("files")
        if documents.exists():
            self.fields["existing"].queryset = documents
        else:
            del self.fields["existing"]

    @property
    def document(self) -> Document:
        names = ("number", "issuer", "issued_on", "subject", "link")
        return Document(**{name: self.cleaned_data[name] for name in names})

    def add_file_problems(self, problems: Sequence[str]) -> None:
        for problem in problems:
            self.add_error("files", problem)
