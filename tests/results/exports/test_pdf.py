import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from par_index.results.exports.data import results_csv
from par_index.results.exports.edition import Edition
from par_index.results.exports.pdf import Body, Signature, ranking_pdf, roman, signature_of

MILLIMETRE = 72 / 25.4


@pytest.fixture(scope="module")
def read():
    return lambda content: PdfReader(io.BytesIO(content))


def text_of(document: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in document.pages).split())


@pytest.mark.django_db
def test_paper_has_the_parts_of_a_decision(edition, read):
    document = read(ranking_pdf(edition))

    text = text_of(document)
    for part in (
        "ỦY BAN NHÂN DÂN TỈNH MẪU",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 512/QĐ-UBND",
        "Mẫu, ngày 16 tháng 3 năm 2026",
        "Nơi nhận:",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH UBND TỈNH",
        "Nguyễn Văn An",
        "PHỤ LỤC I",
        "(Kèm theo Quyết định số 512/QĐ-UBND ngày 16/03/2026 của Ủy ban nhân dân tỉnh Mẫu)",
        "không áp dụng",
    ):
        assert part in text
    assert "DỰ THẢO" not in text


@pytest.mark.django_db
def test_paper_prints_points_with_a_comma(edition, read):
    text = text_of(read(ranking_pdf(edition)))
    assert "2 Sở B 20,00 8,00 11,00 7,00 0,00 0,00 18,00 90,00 Xuất sắc" in text


@pytest.mark.django_db
def test_pages_are_a4_and_numbered_from_the_second_on(edition, read):
    pages = read(ranking_pdf(edition)).pages

    first, second = pages[0], pages[1]
    assert round(first.mediabox.width / MILLIMETRE) == 210
    assert round(first.mediabox.height / MILLIMETRE) == 297
    assert (round(second.mediabox.width / MILLIMETRE), round(second.mediabox.height / MILLIMETRE)) == (
        297,
        210,
    )
    # Margins come last in the text of a page.
    assert first.extract_text().split()[-1] != "1"
    assert second.extract_text().split()[-1] == "2"


@pytest.mark.django_db
def test_paper_has_bookmarks_embedded_fonts_and_its_data(edition, read):
    document = read(ranking_pdf(edition))

    assert [entry.title for entry in document.outline if not isinstance(entry, list)] == [
        "QUYẾT ĐỊNH",
        "PHỤ LỤC I",
    ]
    assert document.page_mode == "/UseOutlines"
    assert document.attachments["results.csv"] == [results_csv(edition)]
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for page in document.pages
        for font in page["/Resources"]["/Font"].values()
    ]
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    assert b"pdfaid" in document.trailer["/Root"]["/Metadata"].get_data()


@pytest.mark.django_db
def test_paper_without_a_decision_is_a_draft(edition, read):
    draft = Edition(edition.run, edition.number, None, edition.published_at)

    text = text_of(read(ranking_pdf(draft)))

    assert "DỰ THẢO" in text
    assert "(Đã ký)" not in text


@pytest.mark.django_db
def test_paper_of_a_demo_says_so_on_every_page(edition, read):
    edition.cycle.is_demo = True

    pages = read(ranking_pdf(edition)).pages

    assert all("Số liệu minh họa" in page.extract_text() for page in pages)


@pytest.mark.django_db
def test_texts_of_people_are_not_markup(edition, read):
    edition.decision = replace(edition.decision, signer="<img src='http://127.0.0.1:9/x'> & Co")
    assert "<img src='http://127.0.0.1:9/x'> & Co" in text_of(read(ranking_pdf(edition)))


@pytest.mark.django_db
def test_equal_editions_give_equal_bytes(edition):
    again = Edition(edition.run, edition.number, edition.decision, edition.published_at)
    assert ranking_pdf(again) == ranking_pdf(edition)


@pytest.mark.parametrize(
    ("name", "head", "place", "on_behalf"),
    [
        (
            "Ủy ban nhân dân tỉnh Mẫu",
            ("Ủy ban nhân dân", "tỉnh Mẫu"),
            "Mẫu",
            "TM. ỦY BAN NHÂN DÂN",
        ),
        ("Ủy ban nhân dân tỉnh", ("Ủy ban nhân dân", "tỉnh"), "", "TM. ỦY BAN NHÂN DÂN"),
        (
            "UỶ BAN NHÂN DÂN thành phố Hà Nội",
            ("UỶ BAN NHÂN DÂN", "thành phố Hà Nội"),
            "Hà Nội",
            "TM. UỶ BAN NHÂN DÂN",
        ),
        ("Sở Nội vụ", ("Sở Nội vụ",), "Sở Nội vụ", "TM. SỞ NỘI VỤ"),
    ],
)
def test_body_is_named_as_papers_do(name, head, place, on_behalf):
    body = Body(name)
    assert (body.head, body.place, body.on_behalf) == (head, place, on_behalf)


@pytest.mark.parametrize(
    ("signer", "signature"),
    [
        ("Chủ tịch UBND tỉnh", Signature(("CHỦ TỊCH UBND TỈNH",), "")),
        ("Nguyễn Văn An", Signature(("CHỦ TỊCH",), "Nguyễn Văn An")),
        ("Nguyễn Văn An, Chủ tịch", Signature(("CHỦ TỊCH",), "Nguyễn Văn An")),
        ("Phó Chủ tịch - Trần Thị Bình", Signature(("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "Trần Thị Bình")),
    ],
)
def test_signature_tells_post_from_name(signer, signature):
    assert signature_of(signer) == signature


@pytest.mark.parametrize(("number", "numeral"), [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (29, "XXIX")])
def test_roman_numbers_appendices(number, numeral):
    assert roman(number) == numeral
