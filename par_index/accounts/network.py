"""Where a request comes from, past the proxies in front."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """
    The address of the visitor's machine, for counting failed log-ins.

    Each proxy in front appends to X-Forwarded-For where it got the request from. Only what our own
    `settings.PROXY_HOPS` proxies appended is believed; whatever stands before it may be anybody's invention.
    """
    hops = settings.PROXY_HOPS
    forwarded = [
        part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()
    ]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return request.META["REMOTE_ADDR"]
