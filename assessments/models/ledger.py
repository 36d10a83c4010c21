"""The ledger: every value a leaf ever had, who gave it, when and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from assessments.models.cycle import Cycle
from assessments.models.unit import Unit
from criteria.models import Criterion
from criteria.scoring.merging import Stage


class LedgerEntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """
        A unit reads its own entries, and the council's once they are released (`with_released_appraisal`). That holds
        for everybody who belongs to the unit, whatever else they are; of other units the cycle's manager and auditor
        and whoever may appraise the sheet read every entry.
        """
        own = Q(assessment__unit__in=Unit.objects.belonging_to(user))
        released = Q(assessment__cycle__in=Cycle.objects.with_released_appraisal())
        entrusted = Q(assessment__cycle__in=Cycle.objects.readable_by(user)) | Q(
            assessment__in=Assessment.objects.granted_for_appraisal_to(user)
        )
        return self.filter((own & (Q(stage=Stage.SELF.value) | released)) | (~own & entrusted))


class LedgerEntry(models.Model):
    """
    One entry on one leaf of one assessment. Append-only, in the database too.

    Stage `self` holds what the unit declared; the council's stages hold decisions, of which the newest of the
    highest stage counts (docs/domain.md §3). `points` None means: not applicable, or the unit emptied the leaf.
    """

    class Act(models.TextChoices):
        DECLARE = "declare", _("Self-score")
        ACCEPT = "accept", _("Accepted")
        ADJUST = "adjust", _("Adjusted")
        ENTER = "enter", _("Entered")

    STAGES = [
        (Stage.SELF.value, _("Self-score")),
        (Stage.ROUND_1.value, _("Appraisal round 1")),
        (Stage.EXPLANATION.value, _("Explanation")),
        (Stage.ROUND_2.value, _("Appraisal round 2")),
        (Stage.MEETING.value, _("Council meeting")),
    ]

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="ledger")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="ledger")
    stage = models.CharField(max_length=12, choices=STAGES)
    act = models.CharField(max_length=10, choices=Act)
    declared = models.JSONField(null=True)
    points = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    not_applicable = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agency = models.CharField(max_length=300, blank=True)  # shown to the unit in the person's place
    at = models.DateTimeField()

    objects = LedgerEntryQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["assessment", "criterion", "id"], name="ledger_leaf")]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__gte=0), name="ledger_not_negative"
            )
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.criterion_id} {self.stage} {self.points}"
