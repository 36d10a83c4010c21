"""
The sociological survey: questionnaires, one-time invitations, anonymous answers and the points they give.

Nothing joins an invitation to answers: they share neither key nor time, answer rows carry random ids and reach their
table only in shuffled batches (see `surveys.ballot_box`).
"""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, Block, Cycle, Unit
from criteria.models import Criterion


def random_id() -> int:
    """A key of 63 random bits: unlike a counter it tells nothing of when its row was written."""
    return secrets.randbits(63)


class RespondentGroup(models.Model):
    """
    A group of respondents (nhóm đối tượng).

    `weight` counts against the other groups' weights; groups with fewer than `minimum` valid forms on a unit
    do not count there (docs/domain.md §6).
    """

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="respondent_groups")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=300)
    weight = models.DecimalField(max_digits=7, decimal_places=4, default=1)
    minimum = models.PositiveSmallIntegerField(default=5)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "code"], name="group_code_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="group_weight_positive"),
            models.CheckConstraint(condition=Q(minimum__gte=2), name="group_minimum_2"),
        ]

    def __str__(self) -> str:
        return self.name


class Questionnaire(models.Model):
    """A form (phiếu) for one respondent group about the units of one block. Opened, its questions are frozen."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="questionnaires")
    block = models.ForeignKey(Block, models.CASCADE, related_name="questionnaires")
    group = models.ForeignKey(RespondentGroup, models.PROTECT, related_name="questionnaires")
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    introduction = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["cycle", "code"], name="questionnaire_code_once")]

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    """A single-choice question whose answers give points to one survey leaf."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="questions")
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=1000)
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="questions")
    required = models.BooleanField(default=True)

    class Meta:
        ordering = ["questionnaire", "position"]
        constraints = [models.UniqueConstraint(fields=["questionnaire", "code"], name="question_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Option(models.Model):
    """A choice. `weight` is its share of the full points, 0 to 1; None: not counted ("không biết")."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    code = models.CharField(max_length=10)
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    weight = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering = ["question", "position"]
        constraints = [
            models.UniqueConstraint(fields=["question", "code"], name="option_code_once"),
            models.CheckConstraint(
                condition=Q(weight__isnull=True) | Q(weight__gte=0, weight__lte=1),
                name="option_weight_0_to_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Invitation(models.Model):
    """
    A one-time link, kept as the SHA-256 of its token, with used yes/no and nothing else about its use.

    `unit` is the unit that the link's holder is asked about. When the questionnaire closes, the number of used links
    moves to `Turnout` and all are marked used, so that the rows tell no more who answered.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id)
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="invitations")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    used = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.questionnaire_id}: {'used' if self.used else 'open'}"


class Turnout(models.Model):
    """How many links about a unit were used when the questionnaire closed: what remains known of its invitations."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="turnouts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    used = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "unit"], name="turnout_once_per_unit")
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire_id}/{self.unit_id}: {self.used}"


class SealedForm(models.Model):
    """
    A form in the ballot box: waits until enough others about its unit are there to be mixed with, then becomes a
    `Form`. `answers` maps the questions' ids (as text) to the chosen options' ids.
    """

    id = models.BigIntegerField(primary_key=True, default=random_id)
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="sealed_forms")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    answers = models.JSONField()

    def __str__(self) -> str:
        return f"{self.questionnaire_id} (sealed)"


class Form(models.Model):
    """One returned form. Only the channel is kept: no person, no time."""

    class Channel(models.TextChoices):
        LINK = "link", _("One-time link")
        FILE = "file", _("File")

    id = models.BigIntegerField(primary_key=True, default=random_id)
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="forms")
    channel = models.CharField(max_length=10, choices=Channel)

    def __str__(self) -> str:
        return f"{self.questionnaire_id} ({self.channel})"


class Answer(models.Model):
    """One answer: of one form, on one unit, to one question."""

    id = models.BigIntegerField(primary_key=True, default=random_id)
    form = models.ForeignKey(Form, models.CASCADE, related_name="answers")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    option = models.ForeignKey(Option, models.PROTECT, related_name="answers")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["form", "unit", "question"], name="answer_once_per_question_and_unit"
            )
        ]
        indexes = [models.Index(fields=["question", "unit"], name="answer_question_unit")]

    def __str__(self) -> str:
        return f"{self.form_id}/{self.unit_id}/{self.question_id}"


class ResponseFile(models.Model):
    """An imported file of responses; the same digest is refused a second time."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="response_files")
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    forms = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "digest"], name="response_file_once")]

    def __str__(self) -> str:
        return self.name


class MeasuredResult(models.Model):
    """
    The points of one survey or external leaf of one unit, by origin. Append-only; the newest counts.

    `mean` and `standard_error` lie between 0 and 1, `n` counts valid forms; all three only from a tally. `declared`
    holds what an entered result rests on, as text: the figures of the leaf's rule, or one percentage of the maximum.
    A tally replaces a workbook's points only because somebody pressed tally: `by` and `reason` say who and why.
    """

    class Origin(models.TextChoices):
        WORKBOOK = "workbook", _("Workbook")
        TALLY = "tally", _("Tally")
        ENTERED = "entered", _("Entered by hand")

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="measured_results")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="measured_results")
    origin = models.CharField(max_length=10, choices=Origin)
    points = models.DecimalField(max_digits=8, decimal_places=4)
    n = models.PositiveIntegerField(null=True)
    mean = models.DecimalField(max_digits=13, decimal_places=12, null=True)
    standard_error = models.DecimalField(max_digits=13, decimal_places=12, null=True)
    declared = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["assessment", "criterion", "id"], name="measured_leaf")]
        constraints = [models.CheckConstraint(condition=Q(points__gte=0), name="measured_not_negative")]

    def __str__(self) -> str:
        return f"{self.assessment_id}/{self.criterion_id}: {self.points}"
