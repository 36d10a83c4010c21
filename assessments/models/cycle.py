"""A yearly cycle, its blocks and its steps. All that differs between provinces and years is data of the cycle."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user

from assessments.models.unit import Unit
from criteria.models import CriteriaVersion
from criteria.scoring.ranking import RankBy, Ties
from criteria.scoring.rollup import NoSurvey

NO_SURVEY_CHOICES = [
    (NoSurvey.STOP.value, _("stop")),
    (NoSurvey.RESCALE.value, _("rescale")),
    (NoSurvey.ZERO.value, _("0 points")),
]


class CycleQuerySet(models.QuerySet):
    def _granted(self, user, *permissions):
        return get_objects_for_user(
            user,
            [f"assessments.{name}" for name in permissions],
            klass=self,
            any_perm=True,
            with_superuser=False,
            accept_global_perms=False,
        )

    def manageable_by(self, user):
        return self._granted(user, "manage_cycle")

    def readable_by(self, user):
        """Cycles that the user may read in whole: their manager's and auditor's view."""
        return self._granted(user, "manage_cycle", "audit_cycle")

    def with_released_appraisal(self):
        """Cycles whose units read the council's decisions on their sheets: its step is closed, or all is published."""
        closed = Step.objects.filter(
            cycle=OuterRef("pk"), kind=Step.Kind.APPRAISAL_1, closed_at__isnull=False
        )
        return self.filter(Q(published_at__isnull=False) | Exists(closed))


class Cycle(models.Model):
    """
    One year's assessment of the units below `owner`.

    Settings follow docs/domain.md §3: `rank_by`, `ties`, `tie_breakers` (names of `TieBreaker`, in order),
    `no_survey`, caps in points (none: no further cap), `may_exceed` (the total may pass the unit's own maximum).
    """

    owner = models.ForeignKey(Unit, models.PROTECT, related_name="owned_cycles")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField()
    period_from = models.DateField()
    period_to = models.DateField()
    lead_agency = models.CharField(max_length=300, blank=True)
    legal_basis = models.TextField(blank=True)
    rank_by = models.CharField(
        max_length=10, choices=[(r.value, r.value) for r in RankBy], default=RankBy.UNROUNDED
    )
    ties = models.CharField(max_length=5, choices=[(t.value, t.value) for t in Ties], default=Ties.SKIP)
    tie_breakers = models.JSONField(default=list)
    no_survey = models.CharField(max_length=10, choices=NO_SURVEY_CHOICES, default=NoSurvey.STOP)
    bonus_cap = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    penalty_cap = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    may_exceed = models.BooleanField(default=False)
    decision_number = models.CharField(max_length=100, blank=True)
    decision_date = models.DateField(null=True, blank=True)
    signer = models.CharField(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    imported_by = models.CharField(max_length=150, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Set in the transaction that deletes an imported cycle whole; only then do the ledgers' triggers let rows go.
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "code"]
        permissions = [
            ("manage_cycle", "Manage the cycle"),
            ("audit_cycle", "Read everything of the cycle"),
            ("enter_survey_forms", "Key in survey forms of the cycle"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(period_from__lte=F("period_to")), name="cycle_period"),
            models.CheckConstraint(
                condition=Q(bonus_cap__isnull=True) | Q(bonus_cap__gte=0), name="cycle_bonus_cap_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(penalty_cap__isnull=True) | Q(penalty_cap__gte=0),
                name="cycle_penalty_cap_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """Units ranked among themselves by one criteria version. Empty settings mean the cycle's own apply."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="blocks")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(CriteriaVersion, models.PROTECT, related_name="blocks")
    bands = models.CharField(max_length=500)
    no_survey = models.CharField(max_length=10, choices=NO_SURVEY_CHOICES, blank=True)
    bonus_cap = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    penalty_cap = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["cycle", "position"]
        constraints = [models.UniqueConstraint(fields=["cycle", "code"], name="block_code_once")]

    def __str__(self) -> str:
        return self.name


class Step(models.Model):
    """
    A step (Bước) of a cycle: planned from `starts_at` to `ends_at`, in force from `opened_at` to `closed_at`.

    Opening and closing are acts; a step past its `ends_at` takes nothing more even before somebody closes it.
    """

    class Kind(models.TextChoices):
        SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
        APPRAISAL_1 = "appraisal_1", _("Appraisal round 1")
        SURVEY = "survey", _("Survey")
        MEETING = "meeting", _("Council meeting")
        APPROVAL = "approval", _("Approval")
        PUBLICATION = "publication", _("Publication")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=20, choices=Kind)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "kind"], name="step_kind_once"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="step_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False), name="step_closed_was_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle.code}: {self.get_kind_display()}"

    def is_open(self, at: datetime) -> bool:
        return (
            self.opened_at is not None
            and self.opened_at <= at
            and self.closed_at is None
            and (self.ends_at is None or at < self.ends_at)
        )


class CycleUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Cycle, models.CASCADE)


class CycleGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Cycle, models.CASCADE)
