"""The appraisal council: its members and what each of them appraises."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from assessments.models import Block, Cycle, Unit
from criteria.models import Criterion


class Council(models.Model):
    """The council (Hội đồng thẩm định) of one cycle, established by a decision."""

    cycle = models.OneToOneField(Cycle, models.CASCADE, related_name="council")
    name = models.CharField(max_length=300)
    decision_number = models.CharField(max_length=100, blank=True)
    decision_date = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """A person's seat. `agency` is where they work: they never appraise it, and units see its name, not theirs."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("Chair")
        VICE_CHAIR = "vice_chair", _("Vice-chair")
        SECRETARY = "secretary", _("Secretary")
        MEMBER = "member", _("Member")
        HELPER = "helper", _("Helper")

    council = models.ForeignKey(Council, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seats")
    role = models.CharField(max_length=12, choices=Role, default=Role.MEMBER)
    agency = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["council", "user"], name="one_seat_per_person")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Assignment(models.Model):
    """
    What a member appraises: the leaves under `criterion` (None: the whole tree) of `unit` (None: the whole block).

    guardian opens the assessments (`appraise_assessment`); these rows narrow what may be touched in them.
    """

    member = models.ForeignKey(Member, models.CASCADE, related_name="assignments")
    block = models.ForeignKey(Block, models.CASCADE, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="+")
    criterion = models.ForeignKey(Criterion, models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            # 0 stands for “all”, since NULLs would all count as different.
            models.UniqueConstraint(
                "member", "block", Coalesce("unit", 0), Coalesce("criterion", 0), name="assignment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.block_id}/{self.unit_id or '*'}/{self.criterion_id or '*'}"
