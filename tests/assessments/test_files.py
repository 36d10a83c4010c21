import hashlib
import zipfile
from io import BytesIO

import pytest

from assessments.files import UnacceptableFile, clean_name, inspect

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACRO = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"


def archive(content_type: str | None, **parts: bytes) -> BytesIO:
    """An office file: its list of content types, and other parts by name."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        if content_type is not None:
            zipped.writestr("[Content_Types].xml", f'<Types><Override ContentType="{content_type}"/></Types>')
        for name, data in parts.items():
            zipped.writestr(name, data)
    return file


@pytest.mark.parametrize(
    ("name", "file", "content_type"),
    [
        ("Báo cáo.pdf", BytesIO(b"%PDF-1.7 ..."), "application/pdf"),
        ("anh.PNG", BytesIO(PNG), "image/png"),
        ("anh.jpeg", BytesIO(b"\xff\xd8\xff\xe0 ..."), "image/jpeg"),
        (
            "van-ban.docx",
            archive(WORD),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("bieu.xlsx", archive(EXCEL), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_inspect_knows_accepted_files_by_their_bytes(name, file, content_type):
    inspected = inspect(file, name)
    assert (inspected.name, inspected.content_type) == (name, content_type)
    assert file.tell() == 0


def test_inspect_measures_size_and_digest():
    inspected = inspect(BytesIO(b"%PDF-1.7"), "a.pdf")
    assert inspected.size == 8
    assert inspected.digest == hashlib.sha256(b"%PDF-1.7").hexdigest()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rong.pdf", b""),
        ("chuong-trinh.pdf", b"MZ\x90\x00"),
        ("trang.pdf", b"<html><script>alert(1)</script></html>"),
        ("doi-ten.docx", b"%PDF-1.7 ..."),
        ("khong-duoi", b"%PDF-1.7 ..."),
        ("cu.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100),
        ("mat-khau.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100),
        ("chep-do.xlsx", b"PK\x03\x04 not the whole archive"),
    ],
)
def test_inspect_refuses_what_is_no_evidence(name, data):
    with pytest.raises(UnacceptableFile, match=name.rpartition(".")[0] or name):
        inspect(BytesIO(data), name)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("nen.docx", archive(None, **{"ghi-chu.txt": b"..."})),
        ("trinh-chieu.docx", archive("application/vnd...presentationml.presentation.main+xml")),
        ("macro.xlsx", archive(MACRO)),
        ("macro-an.docx", archive(WORD, **{"word/vbaProject.bin": b"..."})),
        ("bom.xlsx", archive(EXCEL, **{"xl/sheet1.xml": b"0" * 5_000_000})),
    ],
)
def test_inspect_refuses_archives_that_are_no_plain_office_files(name, file):
    with pytest.raises(UnacceptableFile):
        inspect(file, name)


def test_inspect_refuses_an_archive_with_an_encrypted_part():
    data = bytearray(archive(WORD).getvalue())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    with pytest.raises(UnacceptableFile):
        inspect(BytesIO(bytes(data)), "khoa.docx")


def test_inspect_refuses_a_file_above_the_limit(settings):
    settings.EVIDENCE_MAX_MEGABYTES = 1
    with pytest.raises(UnacceptableFile, match=r"\b2\b.*\b1\b"):
        inspect(BytesIO(b"%PDF-1.7" + b"0" * (1 << 20)), "lon.pdf")


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("C:\\Users\\a\\Báo cáo.pdf", "Báo cáo.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("Ba\u0301o ca\u0301o.pdf", "Báo cáo.pdf"),
        ("a\nb\x00.pdf", "ab.pdf"),
        ("bao-cao\u202efdp.exe.pdf", "bao-caofdp.exe.pdf"),
        ("", "file"),
    ],
)
def test_clean_name_keeps_only_the_readable_last_part(given, clean):
    assert clean_name(given) == clean


def test_clean_name_cuts_a_long_name_before_its_ending():
    name = clean_name("x" * 300 + ".pdf")
    assert (len(name), name[-4:]) == (255, ".pdf")
