"""An issuer's public keys: from a file, or from its own address and from nowhere a token could name.

Fetched over https without redirects, proxies or more than 256 KB; kept for ten minutes. A key id that is not there
is looked for again after half a minute at the earliest, however many tokens name it.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

log = structlog.get_logger("streams.web")

KEPT_SECONDS, AGAIN_SECONDS = 600.0, 30.0
FETCH_SECONDS, FETCH_BYTES = 5.0, 256 * 1024
#: RFC 7518 3.3.
RSA_BITS = 2048


def public_keys(document: object) -> Mapping[str | None, Key]:
    """The signing keys of a JWK set by key id; what is no public RSA or P-256 key for signing is left out."""
    rows = document.get("keys") if isinstance(document, Mapping) else None
    found: dict[str | None, Key] = {}
    for row in rows if isinstance(rows, list) else ():
        key = _public(row) if isinstance(row, Mapping) else None
        if key is not None:
            found[row.get("kid")] = key
    if len(found) == 1:
        found.setdefault(None, next(iter(found.values())))  # a token need not name the only key
    return found


def _public(row: Mapping[str, Any]) -> Key | None:
    if row.get("use", "sig") != "sig" or not isinstance(row.get("kid"), str | None):
        return None
    try:
        if row.get("kty") == "RSA" and _bits(row["n"]) >= RSA_BITS:
            return RSAKey.import_key({name: row[name] for name in ("kty", "n", "e")})
        if (row.get("kty"), row.get("crv")) == ("EC", "P-256"):
            return ECKey.import_key({name: row[name] for name in ("kty", "crv", "x", "y")})
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _bits(number: str) -> int:
    """Of the number itself: a short one may be led by zeros."""
    raw = base64.urlsafe_b64decode(number.encode("ascii") + b"=" * (-len(number) % 4))
    return int.from_bytes(raw, "big").bit_length()


class Jwks:
    """Keys that are read again when they are old. Who asks for one never waits for that."""

    def __init__(self, read: Callable[[], object], clock: Callable[[], float] = time.monotonic) -> None:
        self._read, self._clock = read, clock
        self._keys: Mapping[str | None, Key] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = threading.Lock()

    def get(self, kid: str | None) -> Key | None:
        """The key of that id, among those read last."""
        return self._keys.get(kid)

    def due(self, kid: str | None) -> bool:
        """Whether it is worth reading them again before this id is looked for."""
        if self._lately_tried():
            return False
        old = self._read_at is None or self._clock() - self._read_at > KEPT_SECONDS
        return old or kid not in self._keys

    def refresh(self) -> None:
        """Read them again; when that fails the ones there are stay."""
        with self._lock:
            if self._lately_tried():
                return
            self._tried_at = self._clock()
            try:
                self._keys = public_keys(self._read())
                self._read_at = self._clock()
            except (OSError, ValueError) as error:  # requests' errors are OSErrors
                log.warning("jwks_unreadable", error=type(error).__name__)

    def _lately_tried(self) -> bool:
        return self._tried_at is not None and self._clock() - self._tried_at < AGAIN_SECONDS


def from_file(path: Path) -> object:
    """A JWK set in a file."""
    return json.loads(path.read_bytes())


def from_url(url: str) -> object:
    """A JWK set at the address the configuration names. OSError, ValueError."""
    with requests.Session() as session:
        session.trust_env = False
        with session.get(url, timeout=FETCH_SECONDS, allow_redirects=False, stream=True) as answer:
            if answer.status_code != 200:
                raise ValueError(f"status {answer.status_code}")
            content = answer.raw.read(FETCH_BYTES + 1, decode_content=True)
    if len(content) > FETCH_BYTES:
        raise ValueError("too large")
    return json.loads(content)
