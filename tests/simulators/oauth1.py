"""OAuth 1.0a without tokens, as the receiving side checks it (RFC 5849).

eSchoolPLUS profiles use it by default, signed with HMAC-SHA1, or with HMAC-SHA256 where the profile says so
[D:ESP-PROF]. That a bad signature, an old timestamp or a used nonce is a 401 is [I]. Parameters are read
from the ``Authorization`` header only, where every known sender puts them [I].
"""

import base64
import binascii
import hashlib
import hmac
from collections import deque
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import parse_qsl, quote, unquote

from tests.simulators.call import Call
from tests.simulators.world import OAuth1Profile

DIGESTS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}


class NotSignedInError(Exception):
    """The call is not authorised; the text says why."""


class OAuth1Gate:
    """Checks signatures for one district and remembers the nonces within the window."""

    def __init__(self, profile: OAuth1Profile, now: Callable[[], float]) -> None:
        self._profile = profile
        self._now = now
        self._key = f"{_escape(profile.secret)}&".encode()
        self._used: set[tuple[str, str]] = set()
        self._order: deque[tuple[float, tuple[str, str]]] = deque()

    def check(self, call: Call) -> None:
        """Pass, or raise NotSignedInError."""
        given = header_parameters(call.headers.get("Authorization", ""))
        method = given.get("oauth_signature_method", "")
        if given.get("oauth_consumer_key") != self._profile.consumer_key:
            _refuse("unknown consumer key")
        if method not in self._profile.signature_methods:
            _refuse(f"signature method {method!r} is not allowed by the API profile")
        if given.get("oauth_version", "1.0") != "1.0":
            _refuse("oauth_version must be 1.0")
        timestamp = self._timestamp(given)
        _check_body_hash(given, call.body)
        base = signature_base(call, given)
        expected = hmac.digest(self._key, base.encode(), DIGESTS[method])
        if not hmac.compare_digest(expected, _decoded(given.get("oauth_signature", ""))):
            _refuse("the signature does not match")
        self._use_nonce(timestamp, given)

    def _timestamp(self, given: dict[str, str]) -> float:
        text = given.get("oauth_timestamp", "")
        if not (text.isascii() and text.isdigit()):
            _refuse("oauth_timestamp must be whole seconds")
        if abs(self._now() - int(text)) > self._profile.timestamp_window:
            _refuse("oauth_timestamp is outside the accepted window")
        return float(text)

    def _use_nonce(self, timestamp: float, given: dict[str, str]) -> None:
        # Only a verified call uses up a nonce, otherwise anybody could burn those of others.
        nonce = (given["oauth_timestamp"], given.get("oauth_nonce", ""))
        if not nonce[1]:
            _refuse("oauth_nonce is missing")
        oldest = self._now() - 2 * self._profile.timestamp_window
        while self._order and self._order[0][0] < oldest:
            self._used.discard(self._order.popleft()[1])
        if nonce in self._used:
            _refuse("the nonce was used before")
        self._used.add(nonce)
        self._order.append((timestamp, nonce))


def header_parameters(header: str) -> dict[str, str]:
    """The decoded parameters of an ``OAuth`` Authorization header, without realm."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        _refuse("an OAuth Authorization header is needed")
    given: dict[str, str] = {}
    for part in rest.split(","):
        name, separator, value = part.strip().partition("=")
        if not separator or len(value) < len('""') or value[0] != '"' or value[-1] != '"':
            _refuse("the Authorization header cannot be read")
        if name in given:
            _refuse(f"{name} is given twice")
        if name != "realm":
            given[unquote(name)] = unquote(value[1:-1])
    return given


def signature_base(call: Call, given: dict[str, str]) -> str:
    """The signature base string (RFC 5849 section 3.4.1) of the call as it came over the wire."""
    pairs = [(_escape(key), _escape(value)) for key, value in given.items() if key != "oauth_signature"]
    if call.query:
        pairs += [
            (_escape(key), _escape(value)) for key, value in parse_qsl(call.query, keep_blank_values=True)
        ]
    if call.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
        body = parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)
        pairs += [(_escape(key), _escape(value)) for key, value in body]
    pairs.sort()
    parameters = "&".join([f"{key}={value}" for key, value in pairs])
    return f"{call.method}&{_escape(base_uri(call))}&{_escape(parameters)}"


def base_uri(call: Call) -> str:
    """Scheme and host in lower case, no default port, path as sent."""
    scheme, _, host = call.origin.lower().partition("://")
    default = ":80" if scheme == "http" else ":443"
    return f"{scheme}://{host.removesuffix(default)}{call.path}"


def _check_body_hash(given: dict[str, str], body: bytes) -> None:
    # An extension some senders use for JSON bodies; when it is there it must be right.
    claimed = given.get("oauth_body_hash")
    if claimed is None:
        return
    digests = (hashlib.sha1(body, usedforsecurity=False).digest(), hashlib.sha256(body).digest())
    if _decoded(claimed) not in digests:
        _refuse("oauth_body_hash does not match the body")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _escape(text: str) -> str:
    return quote(text, safe="~")


def _refuse(why: str) -> NoReturn:
    raise NotSignedInError(why)
