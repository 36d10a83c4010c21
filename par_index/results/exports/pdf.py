"""
ranking.pdf: the decision that publishes the results, in the layout of Nghị định 30/2020/NĐ-CP, with an appendix of
two tables for each block.

It is a Vietnamese official paper and exists in no other language, so its template speaks Vietnamese without a
catalogue. Without a decision's number it says that it is a draft.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from par_index.results.exports.data import results_csv
from par_index.results.exports.edition import Edition
from par_index.results.wording import calm

COMMITTEE = re.compile(r"[uủ][yỷ] ban nhân dân", re.IGNORECASE)
LEVEL = re.compile(r"(tỉnh|thành phố|huyện|quận|thị xã|xã|phường|đặc khu)\s+", re.IGNORECASE)
POST = re.compile(r"(phó |quyền |q\. ?)?(chủ tịch|giám đốc|trưởng ban|bộ trưởng)\b", re.IGNORECASE)
ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True, slots=True)
class Body:
    """The issuing body as the paper names it: in the head, before its place and date, above the signature."""

    name: str

    @property
    def head(self) -> tuple[str, ...]:
        """A committee's name stands on two lines: what it is, and of where."""
        match = COMMITTEE.match(self.name)
        if match is None:
            return (self.name,)
        return tuple(line for line in (match[0], self.name[match.end() :].strip()) if line)

    @property
    def place(self) -> str:
        """Where the paper is dated: the name without what kind of body it is; empty when nothing is left."""
        where = LEVEL.sub("", COMMITTEE.sub("", self.name).strip() + " ", count=1)
        return where.strip()

    @property
    def on_behalf(self) -> str:
        match = COMMITTEE.match(self.name)
        return f"TM. {match[0] if match else self.name}".upper()


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: the lines of the post, and the person's name where it is known."""

    post: tuple[str, ...]
    name: str


def signature_of(signer: str) -> Signature:
    """Of “Nguyễn Văn A”, of a post alone (“Chủ tịch UBND tỉnh”) or of both, separated by a comma or a dash."""
    parts = [part.strip() for part in re.split(r",| [-–] ", signer) if part.strip()]
    post = next((part for part in parts if POST.match(part)), "Chủ tịch")
    name = next((part for part in parts if part != post), "")
    if post.casefold().startswith("phó "):
        return Signature((f"KT. {post[4:]}".upper(), post.upper()), name)
    return Signature((post.upper(),), name)


def roman(number: int) -> str:
    """The numeral of an appendix; a cycle has a handful of blocks."""
    text = ""
    for value, letters in ROMAN:
        while number >= value:
            text += letters
            number -= value
    return text


def ranking_pdf(edition: Edition) -> bytes:
    """The paper as PDF/A-3b with results.csv attached; equal editions give equal bytes."""
    # Imported here: it loads the text layout libraries of the system, which only workers need.
    from weasyprint import CSS, HTML, Attachment
    from weasyprint.urls import URLFetcher

    html = render_to_string("results/pdf/ranking.html", context(edition))
    # Nothing is fetched: the paper is made of text, and texts of people must not make the server call anywhere.
    nothing = URLFetcher(allowed_protocols=())
    moment = edition.published_at.replace(microsecond=0)
    document = HTML(string=html, url_fetcher=nothing)
    return document.write_pdf(
        stylesheets=[CSS(filename=finders.find("pdf/print.css"), url_fetcher=nothing)],
        attachments=[_attachment(Attachment, edition, moment)],
        finisher=_open_with_bookmarks,
        pdf_variant="pdf/a-3b",
        pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
        hinting=False,
    )


def _open_with_bookmarks(document, pdf) -> None:
    """A reader's program shows the bookmarks beside the first page."""
    pdf.catalog["PageMode"] = "/UseOutlines"


def _attachment(attachment_class, edition: Edition, moment: datetime):
    return attachment_class(
        string=results_csv(edition).decode(),
        name="results.csv",
        description="Số liệu của bảng xếp hạng",
        created=moment,
        modified=moment,
        relationship="Data",
    )


def context(edition: Edition) -> dict:
    """What the template prints."""
    body = Body(edition.cycle.owner.name)
    return {
        "edition": edition,
        "cycle": edition.cycle,
        "decision": edition.decision,
        "body": body,
        "signature": signature_of(edition.decision.signer)
        if edition.decision
        else Signature(("CHỦ TỊCH",), ""),
        "basis": _sentences(edition.cycle.legal_basis),
        "blocks": [_appendix(edition, number, block) for number, block in enumerate(edition.blocks, start=1)],
        "created": edition.published_at,
    }


def _sentences(text: str) -> list[str]:
    """The legal basis as lines; each begins with “Căn cứ” as the decree wants it."""
    lines = [line.strip().rstrip(";.") for line in re.split(r"[\n;]", text)]
    return [line if line.casefold().startswith("căn cứ") else f"Căn cứ {line}" for line in lines if line]


def _appendix(edition: Edition, number: int, block) -> dict:
    return {
        "roman": roman(number),
        "name": block.name,
        "units": block.units,
        "areas": [(code, calm(name)) for code, name in block.areas],
        "bands": _bands(block.units),
        "area_rows": [(unit, edition.areas[unit.pk]) for unit in block.units],
        "area_columns": range(3, 3 + 2 * len(block.areas)),
    }


def _bands(units) -> list[tuple[str, int]]:
    """How many units stand in each band, the best first, for those bands that hold any."""
    counts: dict[str, int] = {}
    for unit in units:
        if unit.band:
            counts[unit.band] = counts.get(unit.band, 0) + 1
    return list(counts.items())
