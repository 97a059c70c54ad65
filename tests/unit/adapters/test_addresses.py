"""Which URLs and addresses are called (reference/security.md, row SSRF)."""

import pytest

from adapters import addresses
from adapters.addresses import AddressPolicy
from adapters.errors import Misconfigured, Retry

PUBLIC = AddressPolicy()
PRIVATE = AddressPolicy(allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://sis.example.org/",
        "ftp://sis.example.org/",
        "file:///etc/passwd",
        "gopher://sis.example.org/",
        "https://user:pw@sis.example.org/",
        "https://good.example.org@evil.example.org/",
        "https://sis.example.org:9092/",
        "https://sis.example.org:22/",
        "https://sis.example.org:0/",
        "https://sis.example.org:99999/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https:///nohost",
        "https://sis.exämple.org/",
        "https://sis.example.org\\@evil/",
        "not a url",
        "",
    ],
)
def test_a_url_no_public_sis_has_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        PUBLIC.check_url(url)
    assert refused.value.code == "SIS_ADDRESS_REFUSED"
    assert url not in str(refused.value.params) or url == ""


@pytest.mark.parametrize(
    "url",
    ["https://sis.example.org/plus360api/v1/abc", "https://sis.example.org:8443/x", "https://198.51.100.7/"],
)
def test_an_ordinary_url_is_taken(url: str) -> None:
    PUBLIC.check_url(url)


def test_a_district_that_allows_private_addresses_may_use_http_and_any_port() -> None:
    PRIVATE.check_url("http://127.0.0.1:18080/x")
    with pytest.raises(Misconfigured):
        PRIVATE.check_url("http://u:p@127.0.0.1:18080/x")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "224.0.0.1",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_an_address_inside_is_refused(address: str) -> None:
    with pytest.raises(Misconfigured):
        PUBLIC.check_address(address)


def test_a_public_address_is_taken_and_private_ones_where_allowed() -> None:
    PUBLIC.check_address("8.8.8.8")
    PUBLIC.check_address("2606:4700::1111")
    for address in ("127.0.0.1", "10.1.2.3", "::1"):
        PRIVATE.check_address(address)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0"])  # noqa: S104
def test_the_metadata_service_is_refused_even_then(address: str) -> None:
    with pytest.raises(Misconfigured):
        PRIVATE.check_address(address)


def test_one_bad_address_among_good_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_lookup", lambda *_: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Misconfigured):
        PUBLIC.address_of("sis.example.org", 443)


def test_a_name_that_is_not_known_is_tried_later() -> None:
    with pytest.raises(Retry):
        PUBLIC.address_of("name.invalid", 443)
