"""
Which files may be evidence: known by their bytes, never by what their name or the browser says of them.

Office files are opened as the archives they are: macros, passwords and archives that unpack to far more than they
weigh are refused. Every refusal says what was found and what is expected.
"""

import hashlib
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

CHUNK = 1 << 20
MAX_NAME = 255
MAX_ARCHIVE_ENTRIES = 10_000
MAX_UNPACKED = 500 << 20
MAX_RATIO = 200
MAX_CONTENT_TYPES = 1 << 20

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
CONTENT_TYPES = "[Content_Types].xml"


class UnacceptableFile(ValueError):
    """The file cannot be evidence. The text says what was found and what is expected."""


@dataclass(frozen=True, slots=True)
class FileType:
    content_type: str
    extensions: tuple[str, ...]
    name: str


PDF = FileType("application/pdf", (".pdf",), "PDF")
PNG = FileType("image/png", (".png",), "PNG")
JPEG = FileType("image/jpeg", (".jpg", ".jpeg"), "JPEG")
DOCX = FileType(
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",), "Word (.docx)"
)
XLSX = FileType(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",), "Excel (.xlsx)"
)

ACCEPTED = (PDF, PNG, JPEG, DOCX, XLSX)
MAGIC = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))
# The part of the archive that makes it a document of that kind; with macros it has another content type.
MAIN_PARTS = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
)
ACCEPT_ATTRIBUTE = ",".join(extension for kind in ACCEPTED for extension in kind.extensions)


def accepted_names() -> str:
    """ "PDF, PNG, JPEG, Word (.docx), Excel (.xlsx)", as every message names them."""
    return ", ".join(kind.name for kind in ACCEPTED)


@dataclass(frozen=True, slots=True)
class Inspected:
    """What an acceptable file is: its clean name, MIME type, size in bytes and SHA-256 in hex."""

    name: str
    content_type: str
    size: int
    digest: str


def inspect(file: BinaryIO, name: str) -> Inspected:
    """
    Look at a file from its first byte to its last; it is left rewound.

    :param name: as the uploader calls it; only its last part counts
    :raises UnacceptableFile: empty, too large, of no accepted type, not what its extension says, or unsafe
    """
    name = clean_name(name)
    size, digest = _measure(file)
    if size == 0:
        raise UnacceptableFile(_("“%(name)s” is empty.") % {"name": name})
    limit = settings.EVIDENCE_MAX_MEGABYTES
    if size > limit << 20:
        raise UnacceptableFile(
            _("“%(name)s” has %(size)s MB; at most %(limit)s MB are accepted.")
            % {"name": name, "size": -(-size >> 20), "limit": limit}
        )
    kind = _kind(file, name)
    if PurePath(name).suffix.lower() not in kind.extensions:
        raise UnacceptableFile(
            _("“%(name)s” holds a file of type %(found)s; its name must end in %(expected)s.")
            % {"name": name, "found": kind.name, "expected": _(" or ").join(kind.extensions)}
        )
    file.seek(0)
    return Inspected(name, kind.content_type, size, digest)


def clean_name(name: str) -> str:
    """The last part of the name, without control characters, in NFC, short enough to be stored with its ending."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    # Direction marks too: they make "exe.pdf" out of "fdp.exe".
    text = "".join(letter for letter in last if unicodedata.category(letter) not in ("Cc", "Cf")).strip()
    path = PurePath(text or "file")
    return path.stem[: MAX_NAME - len(path.suffix)] + path.suffix[:MAX_NAME]


def _measure(file: BinaryIO) -> tuple[int, str]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _kind(file: BinaryIO, name: str) -> FileType:
    file.seek(0)
    head = file.read(16)
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(ZIP):
        return _office_kind(file, name)
    if head.startswith(OLE):
        raise UnacceptableFile(
            _(
                "“%(name)s” is protected by a password or comes from an old Word or Excel. "
                "Save it without password as .docx or .xlsx."
            )
            % {"name": name}
        )
    raise _unknown(name)


def _unknown(name: str) -> UnacceptableFile:
    return UnacceptableFile(
        _("The contents of “%(name)s” are of no accepted type. Accepted are: %(types)s.")
        % {"name": name, "types": accepted_names()}
    )


def _office_kind(file: BinaryIO, name: str) -> FileType:
    try:
        with zipfile.ZipFile(file) as archive:
            _refuse_bombs(archive, name)
            if CONTENT_TYPES not in archive.namelist():
                raise _unknown(name)
            with archive.open(CONTENT_TYPES) as part:
                types = part.read(MAX_CONTENT_TYPES)
            if b"macroEnabled" in types or _holds_macros(archive):
                raise UnacceptableFile(
                    _("“%(name)s” holds macros. Save it as .docx or .xlsx without macros.") % {"name": name}
                )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnacceptableFile(
            _("“%(name)s” cannot be opened: it is damaged or was not copied to its end.") % {"name": name}
        ) from error
    for part_type, kind in MAIN_PARTS:
        if part_type in types:
            return kind
    raise _unknown(name)


def _refuse_bombs(archive: zipfile.ZipFile, name: str) -> None:
    """The sizes an archive declares; reading is limited besides, so that a lie gains nothing."""
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    if len(entries) > MAX_ARCHIVE_ENTRIES or unpacked > MAX_UNPACKED or unpacked > packed * MAX_RATIO:
        raise UnacceptableFile(
            _("“%(name)s” unpacks to far more than it weighs and was not opened.") % {"name": name}
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnacceptableFile(
            _("“%(name)s” is protected by a password. Save it without one.") % {"name": name}
        )


def _holds_macros(archive: zipfile.ZipFile) -> bool:
    return any(entry.lower().endswith("vbaproject.bin") for entry in archive.namelist())
