"""How the web process is run. Nobody is let in without signing in, and a development login speaks to loopback only."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streams.exits import ConfigurationRefused
from streams.web.auth.buckets import Rate
from streams.web.auth.issuers import KEY_BYTES, OWN, Trust, own_issuer, read_trust, secret_of, shared_key

TRUST_SETTING = "GRADEBOOK_SYNC_WEB_AUTH"
LOGIN_SETTING = "GRADEBOOK_SYNC_WEB_DEVELOPMENT_LOGIN"
KEY_SETTING = "GRADEBOOK_SYNC_WEB_SESSION_KEY"
#: The only value of it.
LOGIN_ANYBODY = "ANYONE-ON-THIS-MACHINE-MAY-BE-ANYBODY"
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """`share` is (i, n): this replica keeps only the partitions p with p % n == i. `hosts`: Host headers answered;
    none: loopback's on loopback, any elsewhere.
    """

    trust: Trust
    host: str = "127.0.0.1"
    port: int = 8080
    development_login: bool = False
    share: tuple[int, int] = (0, 1)
    hosts: tuple[str, ...] = ()
    #: Not ready any more when the view was last known to be whole so long ago.
    ready_seconds: float = 30.0
    reads: Rate = field(default=Rate(100.0, 200.0))
    commands: Rate = field(default=Rate(10.0, 50.0))
    #: Refused sign-ins of one address.
    failures: Rate = field(default=Rate(2.0, 20.0))

    def checked(self) -> WebSettings:
        """Itself; ConfigurationRefused when nobody could sign in, or anybody from a network could."""
        if self.development_login and not is_loopback(self.host):
            raise ConfigurationRefused(
                f"refusing to listen on {self.host}: {LOGIN_SETTING} lets anyone be anybody, so it is for loopback"
                " only. Unset it, or use --host 127.0.0.1."
            )
        if not self.development_login and self.trust.issuers.keys() <= {OWN}:
            raise ConfigurationRefused(
                f"nobody could sign in: name a file of issuers in {TRUST_SETTING} (docs/http.md), or for a demo on"
                f" this machine set {LOGIN_SETTING}={LOGIN_ANYBODY}"
            )
        return self

    @property
    def allowed_hosts(self) -> list[str]:
        """Host headers answered. On loopback only loopback's names, or a web page could reach in by DNS rebinding."""
        return list(self.hosts or (_LOOPBACK if is_loopback(self.host) else ("*",)))


def told_trust(env: Mapping[str, str] = os.environ) -> Trust:
    """The issuers of GRADEBOOK_SYNC_WEB_AUTH; without it only our own sessions, by GRADEBOOK_SYNC_WEB_SESSION_KEY."""
    file = env.get(TRUST_SETTING)
    if file:
        return read_trust(Path(file), env)
    reference = env.get(KEY_SETTING)
    key = shared_key(secret_of(reference, env) if reference else os.urandom(KEY_BYTES))
    return Trust(audience=OWN, leeway=30, issuers={OWN: own_issuer(key)}, session_key=key)


def told_login(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment asks for the development login in so many words."""
    told = env.get(LOGIN_SETTING, "")
    if told not in ("", LOGIN_ANYBODY):
        raise ConfigurationRefused(f"{LOGIN_SETTING}: only {LOGIN_ANYBODY} is understood")
    return told == LOGIN_ANYBODY


def is_loopback(host: str) -> bool:
    """True when every address of the name is this machine's own."""
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", None, type=socket.SOCK_STREAM)  # noqa: S104 - to refuse it
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
