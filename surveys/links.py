"""One-time links: tokens, the digests that are kept of them, QR codes, and a log that never tells one."""

import hashlib
import logging
import re
import secrets
from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe

from assessments.models import Unit

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_PATH_WITH_TOKEN = re.compile(r"/k/[A-Za-z0-9_%-]+")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is handed out, once: only the digest of its token is kept."""

    unit: Unit
    token: str


def new_token() -> str:
    """128 random bits as 22 characters."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def qr_code(text: str) -> SafeString:
    """An inline SVG without style attributes, as wide as the sheet makes it."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None)
    return mark_safe(svg)


class HideTokens(logging.Filter):
    """
    Writes `/k/…` for the address of a survey form.

    Django logs the path of every refused request with the time; with the token in it, the log would say when whose
    link was used.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(value) for value in record.args)
        if isinstance(record.msg, str):
            record.msg = _hidden(record.msg)
        return True


def _hidden(value: object) -> object:
    return _PATH_WITH_TOKEN.sub("/k/…", value) if isinstance(value, str) else value
