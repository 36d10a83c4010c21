"""The commands of the workbook as an operator runs them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Cycle, Score, Unit
from par_index.results.workbook.recomputing import Difference, differing_scores
from tests.factories import UnitFactory, UserFactory
from tests.workbooks import CYCLE, UNITS, sample

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def run(*arguments: str) -> list[str]:
    output = StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue().splitlines()


@pytest.fixture
def path(book, tmp_path):
    return book.save(tmp_path / "ky.xlsx")


def test_import_prints_a_summary(path):
    assert run("import_cycle", path) == ["KY: đã nhập 1 khối, 2 đơn vị và 8 dòng điểm; 0 cảnh báo."]
    assert Cycle.objects.get().code == "KY"


def test_import_prints_notes_and_warnings(book, tmp_path):
    book.sheets["Nháp"] = [["x"]]
    book.score("A1", "1.4", Minh_chứng=None)
    book.put(UNITS, ("A1",), "Đơn vị tiền thân", "CU")
    assert run("import_cycle", book.save(tmp_path / "ky.xlsx")) == [
        "Lưu ý: Nháp: Trang không có trong mẫu, được bỏ qua.",
        "Cảnh báo: Điểm, dòng 5, cột J “Minh chứng”: Điểm tự chấm không có minh chứng, cũng không có diễn giải.",
        "Cảnh báo: Đơn vị, cột “Đơn vị tiền thân”: Không có đơn vị tiền thân CU của A1; được bỏ qua.",
        "KY: đã nhập 1 khối, 2 đơn vị và 8 dòng điểm; 2 cảnh báo.",
    ]


def test_import_shortens_long_lists_of_warnings(book, tmp_path):
    for number in range(30):
        book.sheets[UNITS].append([f"B{number}", f"Sở {number}", "K"])
        book.score(f"B{number}", "1.4", Điểm_tự_chấm=1)
    lines = run("import_cycle", book.save(tmp_path / "ky.xlsx"))
    assert len(lines) == 22
    assert lines[-2:] == ["… và 10 mục nữa", "KY: đã nhập 1 khối, 32 đơn vị và 38 dòng điểm; 30 cảnh báo."]


def test_import_of_a_broken_workbook_names_every_error_and_stores_nothing():
    with pytest.raises(CommandError) as caught:
        run("import_cycle", sample("loi-mau"))
    lines = str(caught.value).splitlines()
    assert lines[0] == "Sổ có 13 lỗi. Chưa lưu gì."
    assert len(lines) == 14
    assert not Cycle.objects.exists()
    assert not Unit.objects.exists()


def test_import_of_an_unusable_file(tmp_path):
    with pytest.raises(CommandError, match="Không có tệp"):
        run("import_cycle", tmp_path / "khong-co.xlsx")


def test_import_of_a_code_that_exists(path, book):
    run("import_cycle", path)
    with pytest.raises(CommandError, match="Kỳ KY đã có"):
        run("import_cycle", path)
    book.sheets[CYCLE][1][1] = "Tên mới"
    book.save(path)
    run("import_cycle", path, "--replace")
    assert Cycle.objects.get().name == "Tên mới"


def test_import_for_a_named_body_in_a_person_s_name(path):
    UnitFactory(code="B1")
    body = UnitFactory(code="B2")
    UserFactory(username="van-thu")
    with pytest.raises(CommandError, match="B1, B2"):
        run("import_cycle", path)
    with pytest.raises(CommandError, match="khong-ai"):
        run("import_cycle", path, "--owner", "B2", "--by", "khong-ai")
    run("import_cycle", path, "--owner", "B2", "--by", "van-thu")
    assert (Cycle.objects.get().owner, Cycle.objects.get().imported_by) == (body, "van-thu")


def test_export_writes_a_workbook_that_imports_again(path, tmp_path):
    run("import_cycle", path)
    target = tmp_path / "xuat.xlsx"
    assert run("export_cycle", "KY", target) == [f"KY: đã ghi 8 dòng điểm vào {target}."]
    assert run("import_cycle", target, "--replace")[-1].endswith("0 cảnh báo.")


def test_export_of_an_unknown_cycle_or_to_an_impossible_place(path, tmp_path):
    with pytest.raises(CommandError, match="KHAC"):
        run("export_cycle", "KHAC", tmp_path / "xuat.xlsx")
    run("import_cycle", path)
    with pytest.raises(CommandError, match="Không ghi được"):
        run("export_cycle", "KY", tmp_path / "khong-co" / "xuat.xlsx")


def test_check_prints_what_the_rules_do_not_give_and_the_count_last(book, tmp_path):
    book.score("A1", "1.1", Điểm_tự_chấm=4)
    book.score("A1", "1.3", Kê_khai="không")
    book.score("A2", "1.1", Kê_khai="0; 0", Điểm_tự_chấm=2)
    run("import_cycle", book.save(tmp_path / "ky.xlsx"))
    assert run("check_cycle", "KY") == [
        "A1 1.1 4.0000 3.8400",
        "A1 1.3 1.0000 0.0000",
        "A2 1.1 2.0000 x",
        "3",
    ]


def test_check_of_a_sound_cycle_prints_nothing_but_zero(path):
    run("import_cycle", path)
    assert run("check_cycle", "KY") == ["0"]


def test_check_of_an_unknown_cycle():
    with pytest.raises(CommandError, match="KHAC"):
        run("check_cycle", "KHAC")


def test_claims_and_data_that_fit_no_rule_are_compared_too(store):
    cycle = store()
    Score.objects.filter(criterion__code="1.1").update(declared=["0", "0"], points=None, not_applicable=True)
    assert list(differing_scores(cycle)) == []
    Score.objects.filter(criterion__code="1.3").update(declared=["có lẽ"])
    (found,) = differing_scores(cycle)
    assert found == Difference("A1", "1.3", 1, None)
