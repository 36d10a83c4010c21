"""
The public pages: rankings, units and downloads of what is published.

They read only the frozen rows of a publication, so an address answers 304 while its edition is the newest.
"""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from par_index.results import queries
from par_index.results.models import Document, Publication
from par_index.results.presenting.block import BlockResults, block_choices, joined
from par_index.results.presenting.unit import UnitProfile


@cache
def _pages_stamp() -> str:
    """Changes when a release changes the pages themselves, so that no reader keeps an old layout."""
    folders = (settings.BASE_DIR / "templates", settings.BASE_DIR / "static" / "css")
    newest = max(path.stat().st_mtime_ns for folder in folders for path in Path(folder).rglob("*.*"))
    return str(newest)


def _etag(request: HttpRequest, cycle_code: str, **kwargs) -> str | None:
    """
    Of the newest edition, the one before it in years, the language and the page's form token. A reader who is logged
    in gets no tag, since the frame around the page is theirs.
    """
    if request.user.is_authenticated:
        return None
    publication = queries.publications().filter(cycle__code=cycle_code).first()
    if publication is None:
        return None
    before = queries.previous_publication(publication.cycle)
    token = request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
    parts = (publication.digest, before.digest if before else "", get_language(), token, _pages_stamp())
    return f'"{hashlib.sha256("|".join(parts).encode()).hexdigest()}"'


def _newest(cycle_code: str) -> Publication:
    return get_object_or_404(queries.publications(), cycle__code=cycle_code)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every published cycle, newest year first."""
    found = queries.publications().order_by("-cycle__year", "cycle__code")
    return render(request, "results/index.html", {"publications": found})


@require_safe
@cache_control(no_cache=True)
@condition(etag_func=_etag)
def ranking(request: HttpRequest, cycle_code: str) -> HttpResponse:
    """One block's ranking, its areas and the downloads; `khoi`, `theo` and `tim` choose, sort and find."""
    publication = _newest(cycle_code)
    choices = block_choices(publication)
    codes = [choice.code for choice in choices]
    results = BlockResults(publication, _chosen(request.GET.get("khoi"), codes, default=codes[0]))
    area = _chosen(request.GET.get("theo"), [area.code for area in results.areas], default="")
    sought = request.GET.get("tim", "").strip()
    facts = results.facts()
    years = queries.publications().filter(cycle__owner=publication.cycle.owner_id).order_by("-cycle__year")
    return render(
        request,
        "results/ranking.html",
        {
            "cycle": publication.cycle,
            "publication": publication,
            "choices": choices,
            "results": results,
            "area": next((one for one in results.areas if one.code == area), None),
            "sought": sought,
            "groups": results.groups(sought, area),
            "facts": facts,
            "leaders": joined(facts.leaders),
            "heat": results.heat(sought),
            "years": years,
            "documents": _documents(publication),
        },
    )


def _chosen(value: str | None, known: list[str], default: str) -> str:
    return value if value in known else default


@require_safe
@cache_control(no_cache=True)
@condition(etag_func=_etag)
def unit(request: HttpRequest, cycle_code: str, unit_code: str) -> HttpResponse:
    """One unit: its place, its areas beside the block's mean, every leaf and why points were lost."""
    publication = _newest(cycle_code)
    line = get_object_or_404(publication.consolidation.units, unit_code=unit_code)
    results = BlockResults(publication, line.block_code)
    own = next(one for one in results.units if one.pk == line.pk)
    return render(
        request,
        "results/unit.html",
        {
            "cycle": publication.cycle,
            "publication": publication,
            "results": results,
            "unit": own,
            "change": results.change(own),
            "profile": UnitProfile(results, own),
        },
    )


DESCRIBED = ("ranking.pdf", "results.xlsx", "results.csv", "results.json", "criteria.csv", "SHA256SUMS")


def _documents(publication: Publication) -> list[Document]:
    """The documents without their bytes, but with their size."""
    found = publication.documents.with_size().defer("content")
    return sorted(found, key=lambda document: DESCRIBED.index(document.name))


def _document_etag(request: HttpRequest, cycle_code: str, name: str) -> str | None:
    found = Document.objects.filter(
        publication__in=queries.publications(), publication__cycle__code=cycle_code
    )
    digest = found.filter(name=name).values_list("digest", flat=True).first()
    return f'"{digest}"' if digest else None


@require_safe
@cache_control(no_cache=True, public=True)
@condition(etag_func=_document_etag)
def download(request: HttpRequest, cycle_code: str, name: str) -> HttpResponse:
    """The stored bytes of a document."""
    document = _newest(cycle_code).documents.filter(name=name).first()
    if document is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type=document.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(cycle_code)}-{name}"'
    return response


def _file_name(code: str) -> str:
    """The code as part of a file name: whatever is no letter or digit becomes a dash."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in code)
