"""The demo accounts that the log-in page offers: in demo mode, to the machine that the portal runs on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

PASSWORD = "demo-2025"  # noqa: S105 - public on purpose; production refuses to start in demo mode


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """`role` says in a few words what the account is for."""

    username: str
    role: str


Provider = Callable[[], Iterable[DemoAccount]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """`provider()` gives the accounts that exist in this database, in the order to list them."""
    _providers.append(provider)
    return provider


def accounts() -> list[DemoAccount]:
    return [account for provider in _providers for account in provider()]


def is_loopback(host: str) -> bool:
    """Whether a host name without a port means the machine itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def accounts_for(request: HttpRequest) -> list[DemoAccount]:
    if not settings.DEMO or not is_loopback(request.get_host().rsplit(":", 1)[0]):
        return []
    return accounts()
