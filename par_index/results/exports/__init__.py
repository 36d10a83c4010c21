"""The documents of an edition, all made from the stored rows of one run."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import translation

from par_index.results.exports.data import criteria_csv, results_csv, results_json
from par_index.results.exports.edition import Decision, Edition
from par_index.results.exports.excel import results_xlsx
from par_index.results.exports.pdf import ranking_pdf

__all__ = ["CHECKSUMS", "Decision", "Edition", "Rendered", "digest_of", "render"]

CHECKSUMS = "SHA256SUMS"

RENDERERS: dict[str, tuple[str, Callable[[Edition], bytes]]] = {
    "ranking.pdf": ("application/pdf", ranking_pdf),
    "results.xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", results_xlsx),
    "results.csv": ("text/csv", results_csv),
    "results.json": ("application/json", results_json),
    "criteria.csv": ("text/csv", criteria_csv),
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document's bytes; `digest` is their SHA-256 in hex."""

    name: str
    content_type: str
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def render(edition: Edition, tell: Callable[[int, int, str], None]) -> list[Rendered]:
    """
    All documents, the list of their digests last; `tell(done, total, name)` before each.

    They are official papers and Vietnamese whatever language the person who publishes reads.
    """
    documents = []
    for number, (name, (content_type, renderer)) in enumerate(RENDERERS.items()):
        tell(number, len(RENDERERS), name)
        with translation.override(settings.LANGUAGE_CODE):
            documents.append(Rendered(name, content_type, renderer(edition)))
    # The format of sha256sum, so that `sha256sum -c` checks a download.
    sums = "".join(f"{document.digest}  {document.name}\n" for document in documents)
    return [*documents, Rendered(CHECKSUMS, "text/plain", sums.encode())]


def digest_of(documents: list[Rendered]) -> str:
    """The digest of an edition: that of its SHA256SUMS, which holds those of all other documents."""
    return next(document.digest for document in documents if document.name == CHECKSUMS)
