"""
Consolidations and publications.

A consolidation is one run of the merge with the digest of everything that went into it; its rows are what pages and
documents show. A publication binds one confirmed run to a decision and freezes it, documents' bytes included.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from assessments.models import Cycle
from councils.models import Member
from par_index.core.models import Job


class ConsolidationQuerySet(models.QuerySet):
    """Who may read a run, who may confirm it and who may publish it are three questions."""

    def visible_to(self, user):
        """Runs of the cycles that the user manages, audits or chairs the council of."""
        return self.filter(
            Q(cycle__in=Cycle.objects.readable_by(user)) | Q(cycle__council__in=_councils_chaired_by(user))
        )

    def confirmable_by(self, user):
        return self.filter(cycle__council__in=_councils_chaired_by(user))

    def publishable_by(self, user):
        return self.filter(cycle__in=Cycle.objects.manageable_by(user))


def _councils_chaired_by(user):
    return Member.objects.filter(user=user, role=Member.Role.CHAIR).values("council")


class Consolidation(models.Model):
    """
    One run. The same inputs give the same run: (`cycle`, `inputs_digest`) is unique, so that a job may run twice.

    `used_settings` holds the settings of cycle and blocks as they were used.
    """

    class State(models.TextChoices):
        COMPUTED = "computed", _("Computed")
        CONFIRMED = "confirmed", _("Confirmed by the chair")

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="consolidations")
    inputs_digest = models.CharField(max_length=64)
    used_settings = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.COMPUTED)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    computed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    computed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    objects = ConsolidationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "inputs_digest"], name="run_once_per_inputs"),
            models.CheckConstraint(
                condition=Q(state="computed") | Q(confirmed_at__isnull=False), name="confirmed_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle.code} {self.inputs_digest[:12]}"


class UnitResult(models.Model):
    """
    One unit's line of a run, in the columns of results.csv (docs/cycle-workbook.md).

    Points to at most 4 decimals; `index_percent` half up to 2; `index_unrounded` 12 significant digits as text.
    A unit whose maximum is 0 has neither index nor rank nor band. `order` is the printed order over all blocks.
    """

    consolidation = models.ForeignKey(Consolidation, models.CASCADE, related_name="units")
    order = models.PositiveIntegerField()
    block_code = models.CharField(max_length=40)
    block_name = models.CharField(max_length=300)
    unit_code = models.CharField(max_length=40)
    unit_name = models.CharField(max_length=300)
    position = models.IntegerField()
    max_points = models.DecimalField(max_digits=10, decimal_places=4)
    self_points = models.DecimalField(max_digits=10, decimal_places=4)
    appraised_points = models.DecimalField(max_digits=10, decimal_places=4)
    survey_points = models.DecimalField(max_digits=10, decimal_places=4)
    bonus_points = models.DecimalField(max_digits=10, decimal_places=4)
    penalty_points = models.DecimalField(max_digits=10, decimal_places=4)
    total_points = models.DecimalField(max_digits=10, decimal_places=4)
    index_percent = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    index_unrounded = models.CharField(max_length=20, blank=True)
    rank = models.PositiveSmallIntegerField(null=True)
    band = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["consolidation", "unit_code"], name="unit_once_per_run")
        ]

    def __str__(self) -> str:
        return f"{self.unit_name}: {self.index_percent}"


class AreaResult(models.Model):
    """One area of one unit; an area whose leaves all do not apply has neither index nor rank."""

    unit = models.ForeignKey(UnitResult, models.CASCADE, related_name="areas")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=1000)
    max_points = models.DecimalField(max_digits=10, decimal_places=4)
    points = models.DecimalField(max_digits=10, decimal_places=4)
    index_percent = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    rank = models.PositiveSmallIntegerField(null=True)

    class Meta:
        ordering = ["unit", "position"]
        constraints = [models.UniqueConstraint(fields=["unit", "code"], name="area_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.code}: {self.index_percent}"


class LeafResult(models.Model):
    """
    One leaf of one unit, in the columns of criteria.csv.

    `area_code` is its area's, empty for bonus and penalty leaves; `decided_points` is None where it does not apply.
    """

    unit = models.ForeignKey(UnitResult, models.CASCADE, related_name="leaves")
    position = models.PositiveSmallIntegerField()
    area_code = models.CharField(max_length=40, blank=True)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=1000)
    applicable = models.BooleanField()
    max_points = models.DecimalField(max_digits=8, decimal_places=4)
    self_points = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    decided_points = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    source = models.CharField(max_length=10)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["unit", "position"]
        constraints = [models.UniqueConstraint(fields=["unit", "code"], name="leaf_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.code}: {self.decided_points}"


class Publication(models.Model):
    """An edition of a cycle's results, published by a decision. Frozen with its run and its documents."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="publications")
    consolidation = models.ForeignKey(Consolidation, models.PROTECT, related_name="publications")
    edition = models.PositiveSmallIntegerField(default=1)
    decision_number = models.CharField(max_length=100)
    decision_date = models.DateField()
    signer = models.CharField(max_length=200)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-published_at"]
        constraints = [models.UniqueConstraint(fields=["cycle", "edition"], name="edition_once")]

    def __str__(self) -> str:
        return f"{self.cycle.code}, edition {self.edition}"


class DocumentQuerySet(models.QuerySet):
    def with_size(self):
        """Adds `size`, in bytes, without reading the content."""
        return self.annotate(size=Length("content"))


class Document(models.Model):
    """A document of a publication, rendered once and stored as bytes with its SHA-256."""

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="documents")
    name = models.CharField(max_length=100)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    digest = models.CharField(max_length=64, db_index=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["publication", "name"], name="document_name_once")]

    def __str__(self) -> str:
        return self.name
