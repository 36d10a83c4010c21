"""Evidence: documents attached to leaves, and taken off again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from assessments.files import Inspected, UnacceptableFile, inspect
from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceLink
from assessments.services.common import lock_for_writing
from assessments.services.scoring import self_scored_leaf
from criteria.models import Criterion
from par_index.core import audit


class NothingAttached(Exception):
    """Neither a file, nor a link, nor a document that is there already."""

    def __init__(self):
        super().__init__(
            _("Choose at least one file, enter a link, or pick a document that is there already.")
        )


class RefusedFiles(Exception):
    """Some of the files cannot be evidence; none was stored. `problems` has a sentence for each."""

    def __init__(self, problems: Sequence[str]):
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Document:
    """What an official document says of itself; all of it may be unknown."""

    number: str = ""
    issuer: str = ""
    issued_on: date | None = None
    subject: str = ""
    link: str = ""

    def __bool__(self) -> bool:
        return any((self.number, self.issuer, self.issued_on, self.subject, self.link))


def attach_evidence(
    *,
    assessment_id: int,
    criterion_id: int,
    files: Sequence[File] = (),
    document: Document | None = None,
    existing: Evidence | None = None,
    place: str = "",
    by,
    at: datetime,
) -> list[EvidenceLink]:
    """
    Attach documents to a leaf: uploaded files, a link, or a document of the same sheet; all or nothing.

    With a `document`, all files belong to that one; without, each file is a document of its own.

    :param place: where in the document it stands (page, clause)
    :raises NotAllowedNow: the sheet is not open for writing
    :raises NotSelfScored: the criterion is no self-scored leaf of this sheet
    :raises NothingAttached: there is nothing to attach
    :raises RefusedFiles: files that cannot be evidence
    """
    document = document or Document()
    if existing is not None and existing.assessment_id != assessment_id:
        existing = None  # a document of another sheet is nobody's here
    if not files and not document.link and existing is None:
        raise NothingAttached
    inspected = _inspect_all(files)
    stored: list[str] = []
    try:
        with transaction.atomic():
            assessment = lock_for_writing(assessment_id, at)
            leaf = self_scored_leaf(assessment, criterion_id)
            _refuse_twins(assessment, leaf, inspected)
            evidence = [existing] if existing is not None else []
            if files or document.link:
                evidence += _create(assessment, inspected, document, stored, by, at)
            return [_link(assessment, leaf, one, place, by, at) for one in evidence]
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise


@transaction.atomic
def remove_evidence(*, link_id: int, by, at: datetime) -> EvidenceLink:
    """
    Take a document off a leaf.

    One that backs no other leaf goes altogether, files included, while nobody but the unit has seen it; after a first
    submission it is kept, since the council may have decided by it.

    :raises NotAllowedNow: the sheet is not open for writing
    """
    link = EvidenceLink.objects.select_related("evidence", "criterion").get(pk=link_id)
    assessment = lock_for_writing(link.evidence.assessment_id, at)
    evidence = link.evidence
    audit.record(
        action="evidence.removed",
        by=by,
        at=at,
        target=f"assessment {assessment.pk}",
        criterion=link.criterion.code,
        evidence=evidence.pk,
        files=[file.digest for file in evidence.files.all()],
    )
    link.delete()
    if assessment.submitted_at is None and not evidence.links.exists():
        _delete_whole(evidence)
    return link


def _inspect_all(files: Sequence[File]) -> list[tuple[File, Inspected]]:
    inspected, problems = [], []
    for file in files:
        try:
            inspected.append((file, inspect(file, file.name)))
        except UnacceptableFile as error:
            problems.append(str(error))
    if problems:
        raise RefusedFiles(problems)
    return inspected


def _refuse_twins(
    assessment: Assessment, leaf: Criterion, inspected: Sequence[tuple[File, Inspected]]
) -> None:
    """The same bytes twice behind one leaf help nobody: most often the button was pressed again."""
    attached = EvidenceFile.objects.filter(evidence__assessment=assessment, evidence__links__criterion=leaf)
    digests = set(attached.values_list("digest", flat=True))
    twins = [seen.name for _file, seen in inspected if seen.digest in digests]
    if twins:
        raise RefusedFiles(
            [_("“%(name)s” is attached to this criterion already.") % {"name": name} for name in twins]
        )


def _create(
    assessment: Assessment,
    inspected: Sequence[tuple[File, Inspected]],
    document: Document,
    stored: list[str],
    by,
    at: datetime,
) -> list[Evidence]:
    groups = [inspected] if document else [[one] for one in inspected]
    created = []
    for group in groups:
        evidence = Evidence.objects.create(
            assessment=assessment,
            number=document.number,
            issuer=document.issuer,
            issued_on=document.issued_on,
            subject=document.subject,
            link=document.link,
            created_by=by,
            created_at=at,
        )
        for file, seen in group:
            row = EvidenceFile(
                evidence=evidence,
                original_name=seen.name,
                size=seen.size,
                digest=seen.digest,
                content_type=seen.content_type,
                uploaded_by=by,
                uploaded_at=at,
            )
            row.file.save(seen.name, file, save=False)
            stored.append(row.file.name)
            row.save()
        created.append(evidence)
    return created


def _link(
    assessment: Assessment, leaf: Criterion, evidence: Evidence, place: str, by, at: datetime
) -> EvidenceLink:
    link, _created = EvidenceLink.objects.update_or_create(
        evidence=evidence, criterion=leaf, defaults={"place": place}
    )
    audit.record(
        action="evidence.attached",
        by=by,
        at=at,
        target=f"assessment {assessment.pk}",
        criterion=leaf.code,
        evidence=evidence.pk,
        files=[file.digest for file in evidence.files.all()],
    )
    return link


def _delete_whole(evidence: Evidence) -> None:
    for file in evidence.files.all():
        transaction.on_commit(partial(default_storage.delete, file.file.name))
    evidence.delete()
