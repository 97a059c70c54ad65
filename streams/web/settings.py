"""How the read side is run, and the one rule about it: without authentication it speaks to this machine only."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from streams.exits import ConfigurationRefused

OPEN_SETTING = "GRADEBOOK_SYNC_WEB_OPEN_WITHOUT_AUTHENTICATION"
_YES = "I-KNOW-EVERYONE-CAN-READ-GRADES"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """`share` is (i, n): this replica keeps only the partitions p with p % n == i."""

    host: str = "127.0.0.1"
    port: int = 8080
    open_without_authentication: bool = False
    share: tuple[int, int] = (0, 1)
    #: Not ready any more when the view was last known to be whole so long ago.
    ready_seconds: float = 30.0

    def checked(self) -> WebSettings:
        """Itself; ConfigurationRefused when it would show grades to a network."""
        if not self.open_without_authentication and not is_loopback(self.host):
            raise ConfigurationRefused(
                f"refusing to listen on {self.host}: the status API has no authentication yet, so anyone who reaches it"
                f" could read every section. Use --host 127.0.0.1, or set {OPEN_SETTING}={_YES} behind a proxy that"
                " authenticates."
            )
        return self

    @property
    def allowed_hosts(self) -> list[str]:
        """Host headers answered. On loopback only loopback's names, or a web page could reach in by DNS rebinding."""
        return ["*"] if self.open_without_authentication else ["127.0.0.1", "localhost", "::1", "[::1]"]


def open_setting(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment says, in full, that this is wanted."""
    told = env.get(OPEN_SETTING, "")
    if told not in ("", _YES):
        raise ConfigurationRefused(f"{OPEN_SETTING}: only {_YES} is understood")
    return told == _YES


def is_loopback(host: str) -> bool:
    """True when every address of the name is this machine's own."""
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", None, type=socket.SOCK_STREAM)  # noqa: S104 - to refuse it
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
