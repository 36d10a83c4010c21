import pytest

from par_index.accounts.network import client_address


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (2, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.2", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_client_address_believes_our_own_proxies_alone(rf, settings, hops, forwarded, address):
    settings.PROXY_HOPS = hops
    request = rf.get("/", headers={"X-Forwarded-For": forwarded})

    assert client_address(request) == address
