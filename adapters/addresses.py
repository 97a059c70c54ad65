"""Which addresses a district's SIS may have. A base URL is an administrator's input, and our network is not theirs.

Checked each time a connection is opened, on the very address that is then dialled: a name that resolves to
something else a second later (DNS rebinding) gains nothing. Source: reference/security.md, row SSRF.
"""

import ipaddress
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.errors import Misconfigured, Retry

#: Ports a public SIS is reached on.
PORTS = frozenset({443, 8443, 9443})
#: Longest wait for a name, in seconds.
LOOKUP_SECONDS = 5.0

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def refused(reason: str) -> Misconfigured:
    """The error of an address that may not be called."""
    return Misconfigured("SIS_ADDRESS_REFUSED", {"reason": reason})


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """`allow_private` opens loopback, private networks, plain http and every port: a district that says so."""

    allow_private: bool = False

    def check_url(self, url: str) -> None:
        """Refuse what no SIS needs, before any name is looked up. Misconfigured with a reason."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise refused("malformed") from None
        if parts.scheme not in (("https", "http") if self.allow_private else ("https",)):
            raise refused("scheme")
        if parts.username is not None or parts.password is not None:
            raise refused("userinfo")
        host = parts.hostname or ""
        if not host or not host.isascii() or any(c in host for c in "\\%@ "):
            raise refused("host")
        if _number_in_disguise(host):
            raise refused("host")
        if not self.allow_private and (443 if port is None else port) not in PORTS:
            raise refused("port")

    def address_of(self, host: str, port: int, *, seconds: float = LOOKUP_SECONDS) -> str:
        """The address to dial. Misconfigured when any of the name's addresses is not allowed."""
        found = _lookup(host, port, seconds)
        for address in found:
            self.check_address(address)
        return found[0]

    def check_address(self, address: str) -> None:
        """Refuse addresses inside: loopback, private, link-local, ULA, shared, reserved, and their IPv6 forms."""
        try:
            plain = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            raise refused("address") from None
        if plain.is_multicast or plain.is_unspecified or _metadata(plain):
            raise refused("address")
        if not self.allow_private and not plain.is_global:
            raise refused("private_address")


def _unwrapped(address: _Address) -> _Address:
    """IPv6 has several ways to say an IPv4 address: mapped, 6to4, NAT64, Teredo."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None:
            inner = address.teredo[1]
        if inner is not None:
            return inner
    return address


def _metadata(address: _Address) -> bool:
    # the cloud's metadata service is link-local: no district's SIS lives there, allowed or not
    return address.is_link_local


def _number_in_disguise(host: str) -> bool:
    """2130706433, 0x7f.1, 0177.0.0.1: what a resolver takes for an address and a reader does not."""
    last = host.rstrip(".").rpartition(".")[2]
    if ":" in host or not (last.isdigit() or last.lower().startswith("0x")):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False


def _lookup(host: str, port: int, seconds: float) -> list[str]:
    """The name's addresses. The system's resolver has no deadline, so it is asked by a thread that may be left."""
    answer: list[str] = []

    def ask() -> None:
        try:
            for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                answer.append(str(where[0]))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, name="lookup", daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive() or not answer:
        raise Retry("SIS_UNAVAILABLE")
    return list(dict.fromkeys(answer))
