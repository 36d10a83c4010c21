"""The health check for load balancers and containers: plain text, no login, nothing secret."""

import os
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError:
        return False
    return True


def _files() -> bool:
    return os.access(settings.DATA_DIR, os.W_OK)


PARTS: dict[str, Callable[[], bool]] = {"database": _database, "files": _files}


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """200 and `ok`, or 503 and the names of the broken parts. The broker is none: work waits in the database."""
    broken = [name for name, works in PARTS.items() if not works()]
    if broken:
        return HttpResponse(f"broken: {', '.join(broken)}\n", content_type="text/plain", status=503)
    return HttpResponse("ok\n", content_type="text/plain")
