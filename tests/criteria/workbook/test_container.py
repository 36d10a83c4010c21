import zipfile

import pytest
from openpyxl import Workbook

from criteria.workbook import container
from criteria.workbook.container import UnusableFile, open_workbook
from tests.workbooks import add_part, rewrite

SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def path(tmp_path):
    """A workbook of one sheet `A` with a text, a number and a formula that nobody has computed."""
    book = Workbook()
    book.active.title = "A"
    book.active.append(["chữ", 3.5, "=1+1"])
    book.save(tmp_path / "so.xlsx")
    return tmp_path / "so.xlsx"


def refusal(source) -> str:
    with pytest.raises(UnusableFile) as caught:
        read_all(source)
    return str(caught.value)


def read_all(source) -> None:
    with open_workbook(source) as book:
        for name in book.names:
            list(book.rows(name))


def set_sheet(path, xml: str) -> None:
    rewrite(path, lambda name, content: xml.encode() if name == SHEET else content)


def sheet_of(rows: str) -> str:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'


def test_rows_come_with_their_numbers_and_values(path):
    with open_workbook(path) as book:
        assert book.names == ["A"]
        assert list(book.rows("A", width=2)) == [(1, ("chữ", 3.5))]


def test_open_binary_file_is_read_like_a_path(path):
    with path.open("rb") as file, open_workbook(file) as book:
        assert book.names == ["A"]


def test_formula_without_a_stored_value_is_found(path):
    with open_workbook(path) as book:
        assert book.uncomputed("A") == {(1, 3)}


def test_formula_with_a_stored_value_or_an_empty_text_is_computed(path):
    cells = '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>""</f><v></v></c><c r="C1"><f>1</f><v/></c>'
    set_sheet(path, sheet_of(f'<row r="1">{cells}</row>'))
    with open_workbook(path) as book:
        assert book.uncomputed("A") == {(1, 3)}
        assert list(book.rows("A", width=3)) == [(1, (2, None, None))]


def test_size_that_the_sheet_claims_is_not_believed(path):
    xml = sheet_of('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>')
    set_sheet(path, xml.replace("<sheetData>", '<dimension ref="A1"/><sheetData>'))
    with open_workbook(path) as book:
        assert list(book.rows("A", width=2)) == [(1, (1, None)), (2, (None, 2))]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Tệp rỗng"),
        (b"Ma don vi;Diem\nD1;3\n", "không phải sổ Excel"),
        (container.OLE_MAGIC + b"\0" * 600, "mật khẩu"),
        (b"PK\x03\x04" + b"\0" * 100, "bị hỏng"),
    ],
)
def test_file_of_another_kind_is_refused(tmp_path, content, sentence):
    path = tmp_path / "so.xlsx"
    path.write_bytes(content)
    assert sentence in refusal(path)


def test_missing_file_is_refused(tmp_path):
    assert "Không có tệp" in refusal(tmp_path / "khong-co.xlsx")


def test_folder_is_refused(tmp_path):
    assert "Không mở được" in refusal(tmp_path)


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_truncated_file_is_refused(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * part)])
    assert "bị hỏng" in refusal(path)


def test_spoilt_sheet_is_refused(path):
    set_sheet(path, sheet_of('<row r="1"><c r="A1"><v>1</v>')[:-40])
    assert "bị hỏng" in refusal(path)


def test_text_that_is_not_in_the_table_of_texts_is_refused(path):
    set_sheet(path, sheet_of('<row r="1"><c r="A1" t="s"><v>9999</v></c></row>'))
    assert "bị hỏng" in refusal(path)


def test_other_packed_file_is_refused(tmp_path):
    path = tmp_path / "van-ban.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    assert "không phải sổ Excel" in refusal(path)


def test_macros_are_refused(path):
    add_part(path, "xl/vbaProject.bin", b"x")
    assert "macro" in refusal(path)


def test_part_with_a_password_is_refused(path):
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1  # the flag "encrypted" of the first part in the directory
    path.write_bytes(content)
    assert "mật khẩu" in refusal(path)


def test_file_above_the_limit_is_refused(path, settings):
    settings.WORKBOOK_MAX_MEGABYTES = 1
    with path.open("ab") as file:
        file.write(b"\0" * container.MEGABYTE)
    assert refusal(path) == "Tệp nặng 2 MB; chỉ nhận tệp đến 1 MB."


def test_bomb_is_refused_before_it_is_unpacked(path, settings):
    settings.WORKBOOK_MAX_MEGABYTES = 1
    add_part(path, "xl/media/a", b"\0" * (9 * container.MEGABYTE))
    assert "quá lớn" in refusal(path)


def test_part_that_is_packed_beyond_reason_is_refused(path):
    add_part(path, "xl/media/a", b"\0" * (6 * container.MEGABYTE))
    assert "quá lớn" in refusal(path)


def test_entities_that_multiply_are_refused(path):
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    xml = sheet_of('<row r="1"><c r="A1" t="str"><v>&a9;</v></c></row>')
    set_sheet(path, xml.replace("?><worksheet", f"?><!DOCTYPE x [{entities}]><worksheet"))
    assert "bị hỏng" in refusal(path)


def test_rows_beyond_the_limit_are_refused(path, monkeypatch):
    monkeypatch.setattr(container, "MAX_ROWS", 3)
    set_sheet(
        path, sheet_of('<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="A9"><v>1</v></c></row>')
    )
    assert "hơn 3 dòng" in refusal(path)


def test_cells_far_to_the_right_cost_nothing(path):
    set_sheet(path, sheet_of('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>'))
    with open_workbook(path) as book:
        assert [len(values) for _number, values in book.rows("A")] == [container.MAX_COLUMNS]
