"""One-time links: tokens, the digests that are kept of them, and QR codes."""

import hashlib
import re
import secrets
from dataclasses import dataclass

import segno
from django.utils.safestring import SafeString, mark_safe

from assessments.models import Unit

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


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
