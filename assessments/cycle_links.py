"""
What the rooms above add to a cycle's page: the council, the survey, the consolidation, the cycle's workbook.

Each registers a provider in its AppConfig.ready(), so that this room knows none of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from assessments.models import Cycle


@dataclass(frozen=True, slots=True)
class Link:
    """`text` says in one line what is done at `url`. Links stand in ascending `order`."""

    title: str
    text: str
    url: str
    order: int = 50


Provider = Callable[[HttpRequest, Cycle | None], Iterable[Link]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """
    `provider(request, cycle)` gives the links that this reader may follow from the cycle's page.

    Without a cycle it gives what makes a new one, such as the import of a workbook.
    """
    _providers.append(provider)
    return provider


def links_for(request: HttpRequest, cycle: Cycle | None) -> list[Link]:
    found = [link for provider in _providers for link in provider(request, cycle)]
    return sorted(found, key=lambda link: link.order)
