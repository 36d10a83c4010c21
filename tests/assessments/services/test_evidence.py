from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceLink
from assessments.services import (
    Document,
    NotAllowedNow,
    NothingAttached,
    NotSelfScored,
    RefusedFiles,
    attach_evidence,
    remove_evidence,
)
from par_index.core.models import AuditEntry
from tests.assessments.conftest import DEADLINE
from tests.factories import AssessmentFactory, EvidenceFactory


def pdf(name="Báo cáo.pdf", data=b"%PDF-1.7 noi dung"):
    return SimpleUploadedFile(name, data)


def attach(desk, code="1.1", *, at, **values):
    return attach_evidence(
        assessment_id=desk.sheet.pk, criterion_id=desk.leaf(code).pk, by=desk.officer, at=at, **values
    )


def stored(settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_attach_stores_the_file_under_a_name_that_tells_nothing(desk, at, settings):
    (link,) = attach(desk, files=[pdf()], place="tr. 3", at=at)
    file = EvidenceFile.objects.get()
    assert (file.original_name, file.size, file.content_type) == ("Báo cáo.pdf", 17, "application/pdf")
    assert (link.place, link.criterion, file.evidence) == ("tr. 3", desk.leaf("1.1"), link.evidence)
    (path,) = stored(settings)
    assert path.read_bytes() == b"%PDF-1.7 noi dung"
    assert path.suffix == ""
    assert "cao" not in path.name


def test_attach_without_a_document_makes_one_of_each_file(desk, at):
    links = attach(desk, files=[pdf("a.pdf", b"%PDF-1.7 a"), pdf("b.pdf", b"%PDF-1.7 b")], at=at)
    assert [str(link.evidence) for link in links] == ["a.pdf", "b.pdf"]


def test_attach_with_a_document_puts_all_files_into_it(desk, at):
    document = Document(
        number="402/BC-SXD", issuer="Sở Xây dựng", issued_on=date(2025, 12, 5), subject="Báo cáo"
    )
    (link,) = attach(
        desk, files=[pdf("a.pdf", b"%PDF-1.7 a"), pdf("b.pdf", b"%PDF-1.7 b")], document=document, at=at
    )
    assert (link.evidence.number, link.evidence.issued_on) == ("402/BC-SXD", date(2025, 12, 5))
    assert link.evidence.files.count() == 2


def test_attach_takes_a_link_without_a_file(desk, at):
    (link,) = attach(desk, document=Document(link="https://example.vn/van-ban"), at=at)
    assert str(link.evidence) == "https://example.vn/van-ban"


def test_attach_lets_one_document_back_many_leaves(desk, at):
    (link,) = attach(desk, files=[pdf()], at=at)
    attach(desk, "1.2", existing=link.evidence, at=at)
    assert Evidence.objects.count() == 1
    assert [one.criterion.code for one in desk.links()] == ["1.1", "1.2"]


def test_attach_refuses_a_document_of_another_sheet(desk, at):
    elsewhere = EvidenceFactory(assessment=AssessmentFactory(block=desk.sheet.block))
    with pytest.raises(NothingAttached):
        attach(desk, existing=elsewhere, at=at)


def test_attach_beside_a_file_passes_over_a_document_of_another_sheet(desk, at):
    elsewhere = EvidenceFactory(assessment=AssessmentFactory(block=desk.sheet.block))
    attach(desk, existing=elsewhere, files=[pdf()], at=at)
    assert not elsewhere.links.exists()


def test_attach_makes_no_document_of_a_number_alone(desk, at):
    (link,) = attach(desk, files=[pdf()], at=at)
    attach(desk, "1.2", existing=link.evidence, document=Document(number="12/BC"), at=at)
    assert Evidence.objects.get() == link.evidence


def test_attach_of_nothing_is_refused(desk, at):
    with pytest.raises(NothingAttached):
        attach(desk, document=Document(number="402/BC"), at=at)


def test_attach_stores_nothing_when_one_file_is_refused(desk, at, settings):
    with pytest.raises(RefusedFiles) as refused:
        attach(
            desk, files=[pdf(), SimpleUploadedFile("x.exe", b"MZ"), SimpleUploadedFile("y.pdf", b"")], at=at
        )
    assert len(refused.value.problems) == 2
    assert (Evidence.objects.count(), stored(settings)) == (0, [])


def test_attach_refuses_the_same_file_twice_on_one_leaf(desk, at, settings):
    attach(desk, files=[pdf()], at=at)
    with pytest.raises(RefusedFiles):
        attach(desk, files=[pdf("Tên khác.pdf")], at=at)
    attach(desk, "1.2", files=[pdf()], at=at)
    assert len(stored(settings)) == 2


def test_attach_to_a_locked_sheet_stores_nothing(desk, settings):
    with pytest.raises(NotAllowedNow):
        attach(desk, files=[pdf()], at=DEADLINE)
    assert stored(settings) == []


def test_attach_to_what_the_unit_does_not_score_is_refused(desk, at):
    with pytest.raises(NotSelfScored):
        attach(desk, "2.1", files=[pdf()], at=at)


def test_attach_is_audited_with_the_digest(desk, at):
    attach(desk, files=[pdf()], at=at)
    entry = AuditEntry.objects.get(action="evidence.attached")
    assert entry.actor == desk.officer
    assert entry.detail["files"] == [EvidenceFile.objects.get().digest]


def test_remove_takes_an_unseen_document_away_with_its_file(
    desk, at, settings, django_capture_on_commit_callbacks
):
    (link,) = attach(desk, files=[pdf()], at=at)
    with django_capture_on_commit_callbacks(execute=True):
        remove_evidence(link_id=link.pk, by=desk.officer, at=at)
    assert (Evidence.objects.count(), stored(settings)) == (0, [])
    assert AuditEntry.objects.filter(action="evidence.removed").count() == 1


def test_remove_keeps_a_document_that_backs_another_leaf(desk, at):
    (link,) = attach(desk, files=[pdf()], at=at)
    attach(desk, "1.2", existing=link.evidence, at=at)
    remove_evidence(link_id=link.pk, by=desk.officer, at=at)
    assert [one.criterion.code for one in desk.links()] == ["1.2"]


def test_remove_keeps_what_the_council_may_have_seen(desk, at, settings):
    (link,) = attach(desk, files=[pdf()], at=at)
    Assessment.objects.update(status=Assessment.Status.RETURNED, submitted_at=at)
    remove_evidence(link_id=link.pk, by=desk.officer, at=at)
    assert (EvidenceLink.objects.count(), Evidence.objects.count(), len(stored(settings))) == (0, 1, 1)


def test_remove_from_a_locked_sheet_is_refused(desk, at):
    (link,) = attach(desk, files=[pdf()], at=at)
    with pytest.raises(NotAllowedNow):
        remove_evidence(link_id=link.pk, by=desk.officer, at=DEADLINE)
    assert EvidenceLink.objects.count() == 1
