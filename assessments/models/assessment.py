"""One unit's self-assessment in one cycle, its scores and the leaves that do not apply to it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

from assessments.models.cycle import Block, Cycle
from assessments.models.unit import Unit
from criteria.models import Criterion


class Status(models.TextChoices):
    """Where an assessment stands; the legal moves are in `assessments.states`."""

    PREPARING = "preparing", _("In preparation")
    DRAFT = "draft", _("Being scored")
    RETURNED = "returned", _("Sent back")
    SUBMITTED = "submitted", _("Submitted")
    IN_APPRAISAL = "in_appraisal", _("Under appraisal")
    FINALISED = "finalised", _("Finalised")


class AssessmentQuerySet(models.QuerySet):
    """
    Reading and writing are different querysets.

    `councils` narrows `appraisable_by` further with its assignments and conflicts of interest.
    """

    def of_units_of(self, user):
        return self.filter(unit__in=Unit.objects.belonging_to(user))

    def visible_to(self, user):
        """The user's own units' assessments and every assessment of a cycle they manage or audit."""
        return self.filter(
            Q(unit__in=Unit.objects.belonging_to(user)) | Q(cycle__in=Cycle.objects.readable_by(user))
        )

    def scorable_by(self, user):
        """Assessments of the units for which the user scores (`score_unit`), whatever their state."""
        return self.filter(unit__in=_units_with(user, "score_unit"))

    def submittable_by(self, user):
        return self.filter(unit__in=_units_with(user, "lead_unit"))

    def granted_for_appraisal_to(self, user):
        """What guardian opened to a council member; units too close to them never, whoever granted them."""
        return get_objects_for_user(
            user,
            "assessments.appraise_assessment",
            klass=self,
            with_superuser=False,
            accept_global_perms=False,
        ).exclude(unit__in=Unit.objects.too_close_to(user))


def _units_with(user, permission):
    return get_objects_for_user(
        user, f"assessments.{permission}", klass=Unit, with_superuser=False, accept_global_perms=False
    )


class Assessment(models.Model):
    """
    The sheet (phiếu tự chấm) of one unit in one cycle.

    `position` is the unit's place in the block's own order. `published_index` and `published_rank` are what a past
    cycle once announced: shown beside our computation, never in its place.
    """

    Status = Status

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="assessments")
    block = models.ForeignKey(Block, models.PROTECT, related_name="assessments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assessments")
    position = models.IntegerField()
    status = models.CharField(max_length=15, choices=Status, default=Status.PREPARING)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_automatically = models.BooleanField(default=False)
    finalised_at = models.DateTimeField(null=True, blank=True)
    published_index = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    published_rank = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["block__position", "position", "unit__code"]
        permissions = [("appraise_assessment", "Appraise the assessment")]
        constraints = [models.UniqueConstraint(fields=["cycle", "unit"], name="assessment_once_per_cycle")]

    def __str__(self) -> str:
        return f"{self.unit} {self.cycle.year}"


class Score(models.Model):
    """
    What the unit says of one leaf now: declared data, the points its rule gives, account and a note on evidence.

    `declared` holds the declared figures as text in the order of the leaf's labels (for levels and yes/no the choice);
    None: nothing declared. `points` on the leaf's own scale, None when nothing is declared or `not_applicable` (the
    rule itself said so). `version` counts saves: a save that names an older one is refused and shown.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="scores")
    declared = models.JSONField(null=True)
    points = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    not_applicable = models.BooleanField(default=False)
    account = models.TextField(blank=True)
    evidence_note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "criterion"], name="score_once_per_leaf"),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__gte=0), name="score_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(not_applicable=False) | Q(points__isnull=True),
                name="score_points_or_not_applicable",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.criterion_id}: {self.points}"


class Exemption(models.Model):
    """A leaf settled as not applicable (không áp dụng) to this unit: it leaves the unit's own maximum."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="exemptions")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="exemptions")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "criterion"], name="exemption_once_per_leaf")
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.criterion_id}"


class StatusChange(models.Model):
    """One move of an assessment from a status to another. Append-only."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="status_changes")
    source = models.CharField(max_length=15, choices=Status)
    target = models.CharField(max_length=15, choices=Status)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.source} → {self.target}"


class AssessmentUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Assessment, models.CASCADE)


class AssessmentGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Assessment, models.CASCADE)
