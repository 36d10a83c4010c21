"""Units: the bodies that are assessed, and the body above them that runs the cycle."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import get_objects_for_user


class UnitQuerySet(models.QuerySet):
    def belonging_to(self, user):
        """The units whose officer or leader the user is: their own units, which they never appraise."""
        return get_objects_for_user(
            user,
            ["assessments.score_unit", "assessments.lead_unit"],
            klass=self,
            any_perm=True,
            with_superuser=False,
            accept_global_perms=False,
        )

    def too_close_to(self, user):
        """
        The units that the user never appraises: their own, what stands directly above one of these (a division's
        member does not appraise the department), and what it succeeded or was succeeded by.
        """
        own = Unit.objects.belonging_to(user).values("pk")
        related = Unit.objects.filter(
            Q(pk__in=own)
            | Q(children__in=own)
            | Q(successions__successor__in=own)
            | Q(origins__predecessor__in=own)
        )
        return self.filter(pk__in=related.values("pk"))


class Unit(models.Model):
    """
    An agency, commune, ward or division; `parent` is the body that runs cycles over it (none for the top body).

    A unit is its code below its parent, over all years (docs/cycle-workbook.md, "Đơn vị").
    """

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        permissions = [
            ("score_unit", "Score the unit's assessments"),
            ("lead_unit", "Approve and submit the unit's assessments"),
        ]
        constraints = [
            # Top bodies have no parent; 0 stands for it, since NULLs would all count as different.
            models.UniqueConstraint(Coalesce("parent", 0), "code", name="unit_code_once"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lte=F("valid_to")),
                name="unit_valid_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitSuccession(models.Model):
    """`successor` took over from `predecessor` (merger, split, renaming): their years do not compare unseen."""

    predecessor = models.ForeignKey(Unit, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Unit, models.PROTECT, related_name="origins")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once"),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="succession_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class UnitUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Unit, models.CASCADE)


class UnitGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Unit, models.CASCADE)
