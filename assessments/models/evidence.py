"""Evidence (tài liệu kiểm chứng): a document with its files or link, and the leaves it backs."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.models.assessment import Assessment, Status
from criteria.models import Criterion


def _stored_name(evidence_file: "EvidenceFile", original: str) -> str:
    """A random name: nothing on disk tells what a file holds or is chosen by who uploads it."""
    name = uuid.uuid4().hex
    return f"evidence/{name[:2]}/{name}"


class EvidenceQuerySet(models.QuerySet):
    def readable_by(self, user):
        """
        Documents of the sheets that the user may read, and of the submitted ones that they were given to appraise.
        """
        granted = Assessment.objects.granted_for_appraisal_to(user).filter(
            status__in=(Status.SUBMITTED, Status.IN_APPRAISAL, Status.FINALISED)
        )
        return self.filter(Q(assessment__in=Assessment.objects.visible_to(user)) | Q(assessment__in=granted))


class Evidence(models.Model):
    """A document of one assessment. `number` is its số/ký hiệu, `issued_on` its ngày ban hành."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="evidence")
    number = models.CharField(max_length=100, blank=True)
    issuer = models.CharField(max_length=300, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    subject = models.CharField(max_length=1000, blank=True)
    link = models.URLField(max_length=1000, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.number or self.subject or self.link or str(_first_name(self))


def _first_name(evidence: Evidence) -> str:
    return next((file.original_name for file in evidence.files.all()), "")


class EvidenceFile(models.Model):
    """One stored file; `digest` is its SHA-256 in hex, `content_type` what its bytes showed it to be."""

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="files")
    file = models.FileField(upload_to=_stored_name)
    original_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64, db_index=True)
    content_type = models.CharField(max_length=100)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.original_name


class EvidenceLink(models.Model):
    """This document backs this leaf; `place` says where in it (page, clause)."""

    evidence = models.ForeignKey(Evidence, models.CASCADE, related_name="links")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="evidence_links")
    place = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evidence", "criterion"], name="evidence_once_per_leaf")
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} → {self.criterion_id}"
