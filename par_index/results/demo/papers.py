"""Invented papers as evidence, so that there is something to open and to read beside a leaf."""

from dataclasses import dataclass
from datetime import date

from django.core.files.base import ContentFile
from django.template.loader import render_to_string

from assessments.services.evidence import Document


@dataclass(frozen=True, slots=True)
class Paper:
    """An official paper of a unit about one leaf; `lines` are its paragraphs."""

    criterion: str
    kind: str
    number: str
    issued_on: date
    subject: str
    lines: tuple[str, ...]
    place: str

    def document(self, issuer: str) -> Document:
        return Document(number=self.number, issuer=issuer, issued_on=self.issued_on, subject=self.subject)

    def file(self, issuer: str) -> ContentFile:
        # Imported here: it loads the text layout libraries of the system, which only this and the documents need.
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher

        html = render_to_string("results/demo/paper.html", {"paper": self, "issuer": issuer})
        pdf = HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
        return ContentFile(pdf, name=f"{self.criterion} {self.subject}.pdf")


PAPERS = (
    Paper(
        "1.1.1",
        "KẾ HOẠCH",
        "18/KH-SKHCN",
        date(2025, 1, 6),
        "Kế hoạch cải cách hành chính năm 2025",
        (
            "Mục tiêu: hoàn thành 100% nhiệm vụ được giao; tỷ lệ hồ sơ đúng hạn từ 98% trở lên.",
            "Các phòng, đơn vị thuộc Sở thực hiện theo phụ lục kèm theo, báo cáo trước ngày 20 hằng tháng.",
        ),
        "trang 1, mục I",
    ),
    Paper(
        "3.4.1",
        "BÁO CÁO",
        "412/BC-SKHCN",
        date(2025, 11, 10),
        "Kết quả giải quyết thủ tục hành chính",
        (
            "Số liệu trích xuất từ Hệ thống thông tin giải quyết thủ tục hành chính của tỉnh.",
            "Nguyên nhân trễ hạn chủ yếu do chờ ý kiến phối hợp của cơ quan liên quan.",
        ),
        "trang 1, mục II.2",
    ),
    Paper(
        "7.2.2",
        "BÁO CÁO",
        "420/BC-SKHCN",
        date(2025, 11, 12),
        "Tình hình tiếp nhận hồ sơ trực tuyến",
        ("Hồ sơ nộp trực tuyến tăng đều qua các quý; công dân được hướng dẫn tại nơi tiếp nhận.",),
        "trang 1",
    ),
)
