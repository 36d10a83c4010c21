"""The menu at the top of every page: each app above registers what it adds, in its AppConfig.ready()."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Item:
    """
    One entry of the menu.

    `prefixes` are the paths under which the entry counts as the current one; without any, only `url` itself.
    Entries stand in ascending `order`, equal ones as they were registered.
    """

    label: str
    url: str
    prefixes: tuple[str, ...] = ()
    order: int = 50

    def is_current(self, path: str) -> bool:
        return path == self.url or any(path.startswith(prefix) for prefix in self.prefixes)


Provider = Callable[[HttpRequest], Iterable[Item]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """`provider(request)` gives the items that this visitor, perhaps anonymous, may use, in few queries."""
    _providers.append(provider)
    return provider


def items_for(request: HttpRequest) -> list[Item]:
    found = [item for provider in _providers for item in provider(request)]
    return sorted(found, key=lambda item: item.order)
