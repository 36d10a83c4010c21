import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.models import Assessment, Evidence, EvidenceFile
from tests.factories import EvidenceFactory, EvidenceFileFactory


@pytest.fixture(autouse=True)
def _now(at):
    with time_machine.travel(at, tick=False):
        yield


@pytest.fixture
def client(client, desk):
    client.force_login(desk.officer)
    return client


def attach_url(desk, code="1.1"):
    return reverse("assessments:attach", args=[desk.sheet.pk, desk.leaf(code).pk])


def pdf(name="Báo cáo.pdf", data=b"%PDF-1.7 noi dung"):
    return SimpleUploadedFile(name, data)


def test_attach_takes_several_files_at_once_and_comes_back_to_the_leaf(client, desk):
    files = [pdf("a.pdf", b"%PDF-1.7 a"), pdf("b.pdf", b"%PDF-1.7 b")]
    response = client.post(attach_url(desk), {"files": files, "place": "tr. 3"})
    assert response.status_code == 302
    assert response.url.endswith(f"#leaf-{desk.leaf('1.1').pk}")
    assert [(str(link.evidence), link.place) for link in desk.links()] == [
        ("a.pdf", "tr. 3"),
        ("b.pdf", "tr. 3"),
    ]


def test_attach_reads_the_documents_date_as_people_write_it(client, desk):
    client.post(attach_url(desk), {"files": [pdf()], "number": "402/BC", "issued_on": "5/12/2025"})
    assert f"{Evidence.objects.get().issued_on}" == "2025-12-05"


def test_attach_explains_a_refused_file_beside_the_field(client, desk):
    response = client.post(attach_url(desk), {"files": [SimpleUploadedFile("x.exe", b"MZ")]})
    assert response.status_code == 422
    assert len(response.context["form"].errors["files"]) == 1
    assert not Evidence.objects.exists()


def test_attach_explains_a_wrong_date_and_keeps_the_rest(client, desk):
    response = client.post(attach_url(desk), {"files": [pdf()], "number": "402/BC", "issued_on": "2025"})
    assert response.status_code == 422
    assert 'value="402/BC"' in response.content.decode()


def test_attach_of_nothing_says_what_is_expected(client, desk):
    response = client.post(attach_url(desk), {})
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()


def test_attach_offers_documents_of_this_sheet(client, desk):
    assert "existing" not in client.get(attach_url(desk)).context["form"].fields
    document = EvidenceFactory(assessment=desk.sheet)
    EvidenceFactory()
    assert list(client.get(attach_url(desk)).context["form"].fields["existing"].queryset) == [document]
    client.post(attach_url(desk), {"existing": document.pk})
    assert [link.evidence for link in desk.links()] == [document]


def test_attach_to_a_locked_sheet_says_why(client, desk):
    Assessment.objects.update(status=Assessment.Status.SUBMITTED)
    response = client.post(attach_url(desk), {"files": [pdf()]})
    assert response.status_code == 422
    assert not Evidence.objects.exists()


def test_remove_asks_first_and_then_takes_the_document_off(client, desk):
    client.post(attach_url(desk), {"files": [pdf()]})
    (link,) = desk.links()
    url = reverse("assessments:remove", args=[desk.sheet.pk, link.pk])
    assert client.get(url).status_code == 200
    assert desk.links() == [link]
    assert client.post(url).status_code == 302
    assert desk.links() == []


def test_remove_from_a_locked_sheet_changes_nothing(client, desk):
    client.post(attach_url(desk), {"files": [pdf()]})
    (link,) = desk.links()
    Assessment.objects.update(status=Assessment.Status.SUBMITTED)
    client.post(reverse("assessments:remove", args=[desk.sheet.pk, link.pk]))
    assert desk.links() == [link]


def test_download_sends_the_bytes_as_an_attachment_under_their_own_name(client, desk):
    client.post(attach_url(desk), {"files": [pdf("Báo cáo “quý IV”.pdf")]})
    response = client.get(reverse("assessments:download", args=[EvidenceFile.objects.get().pk]))
    assert b"".join(response.streaming_content) == b"%PDF-1.7 noi dung"
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''B%C3%A1o%20c%C3%A1o%20%E2%80%9Cqu%C3%BD%20IV%E2%80%9D.pdf"
    )


def test_download_behind_nginx_leaves_the_bytes_to_it(client, desk, settings):
    settings.ACCEL_LOCATION = "/tep-noi-bo/"
    file = EvidenceFileFactory(evidence__assessment=desk.sheet)
    response = client.get(reverse("assessments:download", args=[file.pk]))
    assert response["X-Accel-Redirect"] == f"/tep-noi-bo/{file.file.name}"
    assert response.content == b""
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")


def test_sheet_warns_of_a_document_from_outside_the_period(client, desk):
    client.post(attach_url(desk), {"files": [pdf()], "number": "18/KH", "issued_on": "20/12/2024"})
    response = client.get(reverse("assessments:sheet", args=[desk.sheet.pk]))
    (card,) = [card for card in response.context["cards"] if card.late_evidence]
    assert card.leaf.criterion.code == "1.1"
    assert "20/12/2024" in response.content.decode()
