"""The rule book: sets of criteria, their versions and the tree of each version."""

from django.db import models
from django.db.models import F, Q

from criteria.scoring.rules import RuleKind
from criteria.scoring.tree import Source


class CriteriaSet(models.Model):
    """A family of versions under one code, for instance the criteria for departments."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.name


class CriteriaVersion(models.Model):
    """
    One version of a set. Once issued it is frozen for good, in the database too; a later edit is a new version.

    `digest` is the SHA-256 of the canonical content (see `criteria.services.content_digest`), so that an import of
    equal content binds the version that exists.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        ISSUED = "issued"
        RETIRED = "retired"

    criteria_set = models.ForeignKey(CriteriaSet, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    decision = models.CharField(max_length=100, blank=True)
    decision_date = models.DateField(null=True)
    declared_total = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    digest = models.CharField(max_length=64, blank=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["criteria_set", "number"], name="version_number_once"),
            models.CheckConstraint(
                condition=Q(state="draft") | (~Q(digest="") & Q(issued_at__isnull=False)),
                name="issued_has_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criteria_set.code} v{self.number}"


class Criterion(models.Model):
    """
    A node of a version's tree: area, criterion or sub-criterion; one without children is a leaf.

    Only leaves have a `source` and a rule. `parameters` keeps the rule in the notation of the cycle workbook
    (docs/cycle-workbook.md, "Tham số"), `labels` the names of the declared figures in order.
    """

    version = models.ForeignKey(CriteriaVersion, models.CASCADE, related_name="criteria")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=1000)
    position = models.PositiveIntegerField()
    max_points = models.DecimalField(max_digits=8, decimal_places=4)
    source = models.CharField(max_length=10, blank=True, choices=[(s.value, s.value) for s in Source])
    rule_kind = models.CharField(max_length=10, blank=True, choices=[(k.value, k.value) for k in RuleKind])
    parameters = models.TextField(blank=True)
    labels = models.JSONField(default=list)
    scoring_text = models.TextField(blank=True)
    required_evidence = models.TextField(blank=True)
    appraising_agency = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="criterion_code_once"),
            models.CheckConstraint(condition=Q(max_points__gt=0), name="criterion_max_positive"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="criterion_not_own_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_self_scored(self) -> bool:
        return self.source == Source.SELF
