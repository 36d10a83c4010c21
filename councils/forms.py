"""What a member types at the desk, and what the cycle's manager types about the council."""

from decimal import Decimal

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.forms import figure_field, shown, ungrouped
from assessments.models import Assessment, Block, Cycle, Unit
from councils.models import Member
from councils.queries.desk import Row
from criteria.models import Criterion
from criteria.scoring.rules import Field, InvalidDeclaration, NumberError, Rule, RuleKind, parse_number
from criteria.scoring.tree import Source
from criteria.wording import localise
from par_index.core.templatetags.portal import plain


class PointsField(forms.CharField):
    """Points as an officer types them: digits with at most one decimal mark, comma or point."""

    def to_python(self, value) -> Decimal | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return parse_number(text)
        except NumberError as error:
            raise ValidationError(localise(error.message)) from error


class DecisionForm(forms.Form):
    """
    A decision other than accepting: by the figures that hold, by points, or that the leaf does not apply.

    Only the ways that the leaf's source and rule allow are offered. What the figures give is the rule's word, asked
    by the service; `show` puts its refusals beside the fields.
    """

    FIGURES, POINTS, NOT_APPLICABLE = "so-lieu", "diem", "khong-ap-dung"

    way = forms.ChoiceField(label=_("How to decide"), widget=forms.RadioSelect)
    points = PointsField(label=_("Points"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        help_text=_("The unit reads it. Name the page of the evidence or the clause of the guidance."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "in"}),
    )

    def __init__(self, *args, row: Row, rule: Rule, **kwargs):
        super().__init__(*args, auto_id="quyet-dinh-%s", **kwargs)
        self.rule = rule
        ways = dict(_ways(row, rule))
        self.fields["way"].choices = ways.items()
        self.fields["way"].initial = _first_way(row, ways)
        known = row.decision or row.score
        if self.FIGURES in ways:
            for position, figure in enumerate(rule.fields):
                self.fields[f"figure_{position}"] = field = figure_field(figure)
                if known and known.declared and position < len(known.declared):
                    field.initial = _typed(figure, known.declared[position])
        points = self.fields["points"]
        scale = gettext("0 to %(max)s")
        if row.criterion.source == Source.PENALTY:
            scale = gettext("0 to %(max)s, taken off the total")
        points.help_text = scale % {"max": plain(row.criterion.max_points)}
        points.widget.attrs |= {"inputmode": "decimal", "class": "in num", "autocomplete": "off"}
        if row.points is not None:
            points.initial = plain(row.points)
        if row.decision:
            self.fields["reason"].initial = row.decision.reason

    @property
    def figures(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("figure_")]

    @property
    def chosen(self) -> dict:
        """The arguments of the service that the chosen way asks for, without the reason."""
        if self.cleaned_data["way"] == self.FIGURES:
            return {"declared": [self._figure(position) for position in range(len(self.figures))]}
        if self.cleaned_data["way"] == self.POINTS:
            return {"points": self.cleaned_data["points"]}
        return {}

    def _figure(self, position: int) -> str:
        text = self.cleaned_data[f"figure_{position}"]
        return ungrouped(text) if self.rule.fields[position].kind in ("count", "number") else text

    @property
    def is_not_applicable(self) -> bool:
        return self.cleaned_data["way"] == self.NOT_APPLICABLE

    def clean(self) -> dict:
        data = super().clean()
        if data.get("way") == self.POINTS and data.get("points") is None and "points" not in self.errors:
            self.add_error("points", gettext("Points are missing."))
        return data

    def show(self, error: InvalidDeclaration) -> None:
        for position, message in error.errors.items():
            self.add_error(None if position is None else f"figure_{position}", localise(message))


def _ways(row: Row, rule: Rule):
    source = row.criterion.source
    if rule.kind != RuleKind.DIRECT:
        yield DecisionForm.FIGURES, _("Change the declared data")
    yield DecisionForm.POINTS, _("Give points")
    if source in (Source.SELF, Source.APPRAISER):
        yield DecisionForm.NOT_APPLICABLE, _("Does not apply")


def _typed(figure: Field, value: str) -> str:
    """A stored figure as it stands in its field; a choice keeps its own spelling."""
    return value if figure.kind == "choice" else shown(figure, value)


def _first_way(row: Row, ways: dict) -> str:
    if row.decision and row.decision.not_applicable and DecisionForm.NOT_APPLICABLE in ways:
        return DecisionForm.NOT_APPLICABLE
    if row.decision and row.decision.declared is None:
        return DecisionForm.POINTS
    return next(iter(ways))


class AppointForm(forms.Form):
    """A seat for a person who has an account, found by user name."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"list": "people", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Member.Role.choices, initial=Member.Role.MEMBER)
    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Unit.objects.none(),
        required=False,
        empty_label=_("outside of the assessed units"),
        help_text=_("Where the person works. They never appraise it, and units read its name."),
    )

    def __init__(self, *args, cycle: Cycle, **kwargs):
        super().__init__(*args, auto_id="thanh-vien-%s", **kwargs)
        self.fields["agency"].queryset = Unit.objects.filter(assessments__cycle=cycle).order_by("code")

    def clean_username(self):
        username = self.cleaned_data["username"].strip()
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise ValidationError(
                gettext("There is no active account “%(username)s”."), params={"username": username}
            )
        return user


class AssignForm(forms.Form):
    """What a member appraises: a block, narrowed to a part of its criteria and to one unit where wanted."""

    member = forms.ModelChoiceField(label=_("Member"), queryset=Member.objects.none(), empty_label="–")
    block = forms.ModelChoiceField(label=_("Block"), queryset=Block.objects.none(), empty_label="–")
    criterion = forms.ModelChoiceField(
        label=_("Area or criterion"), queryset=Criterion.objects.none(), required=False, empty_label=_("all")
    )
    unit = forms.ModelChoiceField(
        label=_("Unit"), queryset=Unit.objects.none(), required=False, empty_label=_("all of the block")
    )

    def __init__(self, *args, cycle: Cycle, **kwargs):
        super().__init__(*args, auto_id="giao-%s", **kwargs)
        members = Member.objects.filter(council__cycle=cycle).select_related("user")
        self.fields["member"].queryset = members.order_by("user__full_name")
        blocks = list(cycle.blocks.all())
        self.fields["block"].queryset = cycle.blocks.all()
        if len(blocks) == 1:
            self.fields["block"].initial = blocks[0]
        self._group(
            "criterion", Criterion.objects.filter(version__blocks__cycle=cycle), _nodes_by_block(blocks)
        )
        self._group("unit", Unit.objects.filter(assessments__cycle=cycle), _units_by_block(cycle))

    def _group(self, name: str, queryset, groups: list) -> None:
        field = self.fields[name]
        field.queryset = queryset.distinct()
        # Grouped by block: two blocks may have an area of the same code, and a unit stands in one of them.
        field.choices = [("", field.empty_label), *groups]


def _nodes_by_block(blocks: list[Block]) -> list:
    """The two upper levels of each block's criteria; whoever needs a single leaf is assigned what is above it."""
    groups = []
    for block in blocks:
        rows = list(Criterion.objects.filter(version=block.version_id).order_by("position"))
        tops = {row.id for row in rows if row.parent_id is None}
        upper = [row for row in rows if row.id in tops or row.parent_id in tops]
        groups.append((block.name, [(row.id, str(row)) for row in upper]))
    return groups


def _units_by_block(cycle: Cycle) -> list:
    groups: dict[str, list] = {}
    rows = Assessment.objects.filter(cycle=cycle).select_related("unit", "block")
    for row in rows.order_by("block__position", "position", "unit__code"):
        groups.setdefault(row.block.name, []).append((row.unit_id, row.unit.name))
    return list(groups.items())
