"""OAuth 2 client credentials: the token endpoint and the check of bearer tokens.

Basic at the token URL, scopes joined by a space, reply with ``access_token``, ``token_type``,
``expires_in`` and ``scope`` [D:1ED12]. Error bodies are those of RFC 6749. A request without ``scope`` is
refused [I].
"""

import base64
import binascii
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote_plus

from tests.simulators.call import Call, Reply
from tests.simulators.oauth1 import NotSignedInError
from tests.simulators.world import OAuth2Profile

Form = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Token:
    """One access token that was given out."""

    scopes: frozenset[str]
    expires_at: float


class OAuth2Gate:
    """Gives out and checks the tokens of one district."""

    def __init__(self, profile: OAuth2Profile, known_scopes: Iterable[str], now: Callable[[], float]) -> None:
        """Only ``known_scopes`` (or the fewer the profile names) can be asked for."""
        self._profile = profile
        self._allowed = frozenset(profile.scopes if profile.scopes is not None else known_scopes)
        self._now = now
        self._tokens: dict[str, Token] = {}

    def token(self, call: Call) -> Reply:
        """Answer ``POST {base}/token``."""
        if call.method != "POST":
            return Reply(405, headers={"Allow": "POST"})
        form: Form = {}
        if call.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            form = parse_qs(call.body.decode("utf-8", "replace"))
        if not self._client_known(call, form):
            refused = token_error(401, "invalid_client")
            refused.headers["WWW-Authenticate"] = 'Basic realm="token"'
            return refused
        if not form:
            return token_error(400, "invalid_request")
        return self._grant(form)

    def _grant(self, form: Form) -> Reply:
        if form.get("grant_type") != ["client_credentials"]:
            return token_error(400, "unsupported_grant_type")
        scopes = self._scopes(form)
        return token_error(400, "invalid_scope") if scopes is None else self._give(scopes)

    def check(self, call: Call) -> frozenset[str]:
        """The scopes of the bearer token, or NotSignedInError."""
        scheme, _, value = call.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            message = "a bearer token is needed"
            raise NotSignedInError(message)
        token = self._tokens.get(value.strip())
        if token is None:
            message = "the access token is not known"
            raise NotSignedInError(message)
        if token.expires_at <= self._now():
            message = "the access token has expired"
            raise NotSignedInError(message)
        return token.scopes

    def expire_all(self) -> int:
        """End every token now; how many there were."""
        ended = len(self._tokens)
        self._tokens.clear()
        return ended

    def _scopes(self, form: Form) -> frozenset[str] | None:
        scopes = frozenset(" ".join(form.get("scope", [])).split())
        return scopes if scopes and scopes <= self._allowed else None

    def _client_known(self, call: Call, _form: Form) -> bool:
        scheme, _, encoded = call.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            name, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return False
        expected = (self._profile.client_id, self._profile.client_secret)
        # RFC 6749 section 2.3.1 form-encodes both halves; many clients send them plain.
        return (unquote_plus(name), unquote_plus(secret)) == expected or (name, secret) == expected

    def _give(self, scopes: frozenset[str]) -> Reply:
        value = secrets.token_urlsafe(24)
        self._tokens[value] = Token(scopes, self._now() + self._profile.expires_in)
        body = {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": self._profile.expires_in,
            "scope": " ".join(sorted(scopes)),
        }
        headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
        return Reply(200, json.dumps(body).encode(), headers)


def token_error(status: int, word: str) -> Reply:
    """A refusal of the token endpoint (RFC 6749 section 5.2)."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Reply(status, json.dumps({"error": word}).encode(), headers)
