"""Upload, look, confirm; and who may."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from guardian.shortcuts import assign_perm

from assessments.models import Cycle
from par_index.core.models import Job
from par_index.results.workbook import importer, reader, tasks, uploads
from par_index.results.workbook.access import bodies_for, may_import
from tests.factories import AssessmentFactory, CycleFactory, UnitFactory, UserFactory
from tests.workbooks import CYCLE, Book, rewrite, sample

pytestmark = pytest.mark.django_db
UPLOAD = reverse("results:import")


@pytest.fixture
def manager():
    """Manages a cycle of the body GOC."""
    person = UserFactory(username="so-noi-vu")
    cycle = CycleFactory(owner__code="GOC", code="CU")
    assign_perm("assessments.manage_cycle", person, cycle)
    return person


@pytest.fixture
def desk(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def upload(desk, book, tmp_path):
    """Send the book as it stands now, or some bytes in its place."""

    def send(content: bytes | None = None, **fields):
        content = book.save(tmp_path / "so.xlsx").read_bytes() if content is None else content
        return desk.post(UPLOAD, {"file": SimpleUploadedFile("ky-2025.xlsx", content), **fields})

    return send


def test_workbook_is_stored_only_when_it_was_looked_at_and_confirmed(upload, desk, run_jobs):
    preview = upload().url
    run_jobs()
    page = desk.get(preview)
    assert "Kỳ thử" in page.text
    assert page.context["blocks"] == [
        {
            "code": "K",
            "name": "Khối một",
            "set": "BTC",
            "leaves": 9,
            "units": 2,
            "statuses": [{"label": "Chuẩn bị", "units": 1}, {"label": "Đã chốt", "units": 1}],
            "self_scores": 4,
            "appraised": 6,
            "measured": 1,
            "exempt": 1,
        }
    ]
    assert not Cycle.objects.filter(code="KY").exists()
    confirmed = desk.post(f"{preview}luu/")
    assert not Cycle.objects.filter(code="KY").exists()
    run_jobs()
    cycle = Cycle.objects.get(code="KY")
    assert cycle.owner.code == "GOC"
    assert cycle in Cycle.objects.manageable_by(page.wsgi_request.user)
    job = Job.objects.get(kind=tasks.IMPORT)
    assert confirmed.url == reverse("core:job", args=[job.pk])
    assert job.result == {"url": reverse("cycles:cycle", args=["KY"])}
    assert "đã được nhập hoặc đã bỏ" in desk.get(preview).text


def test_preview_tells_how_far_the_reading_is(upload, desk, run_jobs):
    preview = upload().url
    assert f'hx-get="{preview}"' in desk.get(preview).text
    piece = desk.get(preview, headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    run_jobs()
    assert "hx-get" not in desk.get(preview, headers={"HX-Request": "true"}).text


def test_errors_are_shown_with_their_places(upload, desk, run_jobs):
    preview = upload(sample("loi-mau").read_bytes()).url
    run_jobs()
    page = desk.get(preview)
    assert "Sổ có 13 lỗi" in page.text
    assert "C Năm" not in page.text
    assert "B Năm" in page.text
    assert len(page.context["result"]["problems"]) == 13
    desk.post(f"{preview}luu/")
    run_jobs()
    assert not Cycle.objects.filter(code="LOI").exists()


def test_warnings_and_notes_are_shown(upload, book, desk, run_jobs):
    book.sheets["Nháp"] = [["x"]]
    book.score("A1", "1.4", Minh_chứng=None)
    preview = upload().url
    run_jobs()
    page = desk.get(preview).text
    assert "không có minh chứng, cũng không có diễn giải" in page
    assert "Nháp" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"xin chao", "không phải sổ Excel"), (b"", "rỗng"), (b"PK\x03\x04" + b"\0" * 50, "hỏng")],
)
def test_file_that_is_no_workbook_is_refused_beside_the_field(upload, content, sentence):
    answer = upload(content)
    assert answer.status_code == 422
    assert sentence in " ".join(answer.context["form"].errors["file"])
    assert not Job.objects.exists()


def test_form_without_a_file_is_refused(desk):
    answer = desk.post(UPLOAD, {})
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors


def test_workbook_that_is_spoilt_inside_fails_with_a_sentence(upload, desk, run_jobs, book, tmp_path):
    path = book.save(tmp_path / "hong.xlsx")
    rewrite(path, lambda name, part: part[:-20] if name.endswith("sheet6.xml") else part)
    preview = upload(path.read_bytes()).url
    run_jobs()
    assert "Không đọc được sổ" in desk.get(preview).text


def test_cycle_that_exists_is_replaced_when_asked(upload, book, desk, run_jobs, manager, read, at):
    importer.store(read(), owner=importer.body("GOC"), by=manager, at=at)
    book.sheets[CYCLE][1][1] = "Tên mới"
    preview = upload().url
    run_jobs()
    assert "Kỳ KY đã có" in desk.get(preview).text
    desk.post(f"{preview}luu/")
    run_jobs()
    assert Job.objects.filter(kind=tasks.IMPORT).last().error == "Kỳ KY đã có. Chưa lưu gì."
    desk.post(f"{preview}luu/", {"replace": "1"})
    run_jobs()
    assert Cycle.objects.get(code="KY").name == "Tên mới"


def test_published_cycle_offers_no_replacement(upload, desk, run_jobs, read, at):
    cycle = importer.store(read(), owner=importer.body("GOC"), by=None, at=at)
    Cycle.objects.filter(pk=cycle.pk).update(published_at=at)
    preview = upload().url
    run_jobs()
    page = desk.get(preview).text
    assert "Kỳ KY đã công bố" in page
    assert f"{preview}luu/" not in page


def test_file_may_be_put_away(upload, desk, run_jobs):
    preview = upload().url
    run_jobs()
    assert desk.post(f"{preview}bo/").url == UPLOAD
    assert default_storage.listdir(uploads.FOLDER)[1] == []
    assert desk.post(f"{preview}luu/").url == preview
    assert not Job.objects.filter(kind=tasks.IMPORT).exists()


def test_file_that_is_gone_fails_the_reading_with_a_sentence(upload, desk, run_jobs):
    preview = upload().url
    reading = Job.objects.get()
    uploads.forget(reading.arguments["file"])
    run_jobs()
    reading.refresh_from_db()
    assert (reading.state, reading.error) == ("failed", "Tệp không còn được giữ. Hãy tải lên lại.")
    assert "Hãy tải lên lại" in desk.get(preview).text


def test_import_that_runs_twice_stores_once(upload, desk, run_jobs, at):
    preview = upload().url
    run_jobs()
    desk.post(f"{preview}luu/")
    (done,) = run_jobs()
    Job.objects.filter(pk=done.pk).update(state="queued")
    (again,) = run_jobs()
    assert (again.state, again.result) == ("done", done.result)
    assert Cycle.objects.filter(code="KY").count() == 1


def test_right_that_was_taken_away_meanwhile_stops_the_import(upload, desk, run_jobs, manager):
    preview = upload().url
    run_jobs()
    desk.post(f"{preview}luu/")
    Cycle.objects.get(code="CU").cycleuserpermission_set.all().delete()
    (job,) = run_jobs()
    assert job.error == "Bạn không còn quyền nhập kỳ của cơ quan này."
    assert not Cycle.objects.filter(code="KY").exists()


def test_files_left_behind_are_forgotten_after_a_day(at, settings):
    kept = uploads.keep(SimpleUploadedFile("a.xlsx", b"x"), at=at)
    modified = default_storage.get_modified_time(kept)
    uploads.forget_older_than(modified)
    assert uploads.is_kept(kept)
    uploads.forget_older_than(modified + timedelta(seconds=1))
    assert not uploads.is_kept(kept)


def test_kept_name_says_nothing_of_the_file(at):
    assert "luong" not in uploads.keep(SimpleUploadedFile("luong.xlsx", b"x"), at=at)


# --- who may ----------------------------------------------------------------------------------------------------------


def people() -> dict:
    """One person of each role around a cycle of the body of an assessment."""
    assessment = AssessmentFactory()
    found = {
        name: UserFactory(username=name)
        for name in ("manager", "auditor", "officer", "leader", "member", "nobody")
    }
    assign_perm("assessments.manage_cycle", found["manager"], assessment.cycle)
    assign_perm("assessments.audit_cycle", found["auditor"], assessment.cycle)
    assign_perm("assessments.score_unit", found["officer"], assessment.unit)
    assign_perm("assessments.lead_unit", found["leader"], assessment.unit)
    assign_perm("assessments.appraise_assessment", found["member"], assessment)
    found["superuser"] = UserFactory(username="superuser", is_superuser=True, is_staff=True)
    found["adder"] = UserFactory(username="adder")
    found["adder"].user_permissions.add(Permission.objects.get(codename="add_cycle"))
    return found


ALLOWED = {"results:import": {"manager", "adder"}}


def test_only_managers_and_those_who_may_add_cycles_import(client):
    for name, person in people().items():
        client.force_login(person)
        expected = 200 if name in ALLOWED["results:import"] else 404
        assert client.get(UPLOAD).status_code == expected, name
        assert (UPLOAD in client.get(reverse("cycles:cycles"), follow=True).text) == (expected == 200), name


def test_anonymous_visitor_is_sent_to_log_in(client):
    for name, arguments in (("import", []), ("import_preview", [1])):
        answer = client.get(reverse(f"results:{name}", args=arguments))
        assert answer.url.startswith(reverse("accounts:login"))
    for name in ("import_confirm", "import_put_away"):
        assert client.post(reverse(f"results:{name}", args=[1])).status_code == 302


def test_reading_of_another_person_is_not_found(upload, client, run_jobs):
    preview = upload().url
    run_jobs()
    other = UserFactory()
    assign_perm("assessments.manage_cycle", other, Cycle.objects.get(code="CU"))
    client.force_login(other)
    assert client.get(preview).status_code == 404
    assert client.post(f"{preview}luu/").status_code == 404
    assert client.post(f"{preview}bo/").status_code == 404
    assert not Job.objects.filter(kind=tasks.IMPORT).exists()


def test_change_needs_a_post(upload, desk):
    preview = upload().url
    assert desk.get(f"{preview}luu/").status_code == 405
    assert desk.get(f"{preview}bo/").status_code == 405


def test_manager_imports_for_their_own_bodies_alone(manager):
    UnitFactory(code="KHAC")
    assert [body.code for body in bodies_for(manager)] == ["GOC"]


def test_permission_to_add_cycles_opens_all_bodies_through_a_group_too(manager):
    UnitFactory(code="KHAC")
    group = Group.objects.create(name="Quản trị")
    group.permissions.add(Permission.objects.get(codename="add_cycle"))
    person = UserFactory()
    person.groups.add(group)
    assert [body.code for body in bodies_for(person)] == ["GOC", "KHAC"]
    person.is_active = False
    assert not may_import(person)


def test_body_is_chosen_where_there_are_several(upload, desk, manager, run_jobs):
    other = CycleFactory(owner__code="KHAC")
    assign_perm("assessments.manage_cycle", manager, other)
    assert upload().status_code == 422
    preview = upload(body=other.owner.pk).url
    run_jobs()
    desk.post(f"{preview}luu/")
    run_jobs()
    assert Cycle.objects.get(code="KY").owner == other.owner


def test_first_cycle_of_an_empty_portal(client, run_jobs, tmp_path):
    person = UserFactory()
    person.user_permissions.add(Permission.objects.get(codename="add_cycle"))
    client.force_login(person)
    content = Book().save(tmp_path / "so.xlsx").read_bytes()
    preview = client.post(UPLOAD, {"file": SimpleUploadedFile("ky.xlsx", content)}).url
    run_jobs()
    client.post(f"{preview}luu/")
    run_jobs()
    assert Cycle.objects.get().owner.code == importer.OWNER_CODE


def test_long_list_of_errors_says_that_there_are_more(upload, book, desk, run_jobs):
    book.sheets["Điểm"] += [["A1", f"9.{number}"] for number in range(reader.MOST_PROBLEMS + 1)]
    preview = upload().url
    run_jobs()
    assert "Đây là 200 lỗi đầu tiên" in desk.get(preview).text
