"""From a token to a Person. The algorithm, the key and the districts come from our configuration; a token's own
word about them only has to agree.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from streams.web.auth.issuers import OWN, Issuer, Trust
from streams.web.auth.people import Person, Role

#: Longest token read, in characters.
TOKEN_CHARS = 8_192
#: A launch link is followed at once.
LAUNCH_SECONDS = 300.0
ID_BYTES = 1_024
#: `jku`, `jwk`, `x5u` and `crit` would each tell us how to judge the token: with any of them it is refused.
_HEADERS = frozenset({"alg", "kid", "typ"})
_KINDS: Mapping[str, type[Key]] = {"RS256": RSAKey, "ES256": ECKey, "HS256": OctKey}
_LAUNCH = "launch"


class Unauthorised(Exception):
    """A token that proves nothing. `reason` is for our log, and holds nothing of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def issuer_of(token: str, trust: Trust) -> tuple[Issuer, str, str | None]:
    """The issuer a token names, its algorithm and its key id, none of them proven yet. Unauthorised."""
    parts = token.split(".")
    if len(token) > TOKEN_CHARS or len(parts) != 3:
        raise Unauthorised("not a signed token")
    header, claims = _object(parts[0]), _object(parts[1])
    if not header.keys() <= _HEADERS:
        raise Unauthorised("header")
    alg, kid, iss = header.get("alg"), header.get("kid"), claims.get("iss")
    issuer = trust.issuers.get(iss) if isinstance(iss, str) else None
    if issuer is None:
        raise Unauthorised("issuer")
    if not isinstance(alg, str) or alg not in issuer.algorithms:
        raise Unauthorised("algorithm")
    if not isinstance(kid, str | None):
        raise Unauthorised("key id")
    return issuer, alg, kid


def verify(token: str, trust: Trust, now: float) -> Person:
    """Who the token speaks for, to be let into the API. Unauthorised."""
    return _person(*_proven(token, trust, now, launch=False), trust)


def verify_launch(token: str, trust: Trust, now: float) -> Person:
    """Who a launch link's token opens its one section to. Unauthorised."""
    issuer, claims = _proven(token, trust, now, launch=True)
    if claims["exp"] - now > LAUNCH_SECONDS + trust.leeway:
        raise Unauthorised("a launch that lasts too long")
    tenant, section = _id(claims, "tenant"), _id(claims, "section")
    person = _person(issuer, claims, trust)
    if person.section != (tenant, section):
        raise Unauthorised("section")
    return person


def _proven(token: str, trust: Trust, now: float, *, launch: bool) -> tuple[Issuer, Mapping[str, Any]]:
    issuer, alg, kid = issuer_of(token, trust)
    key = issuer.keys.get(kid)
    if key is None or not isinstance(key, _KINDS[alg]):
        raise Unauthorised("key")
    try:
        claims = jwt.decode(token, key, algorithms=[alg]).claims
    except (JoseError, ValueError, TypeError):
        claims = None
    if claims is None:  # raised out here: the foreign exception may quote the token
        raise Unauthorised("signature")
    _check_times(claims, now, trust.leeway)
    aud = claims.get("aud")
    if claims.get("iss") != issuer.iss or trust.audience not in (aud if isinstance(aud, list) else [aud]):
        raise Unauthorised("audience")
    if (claims.get("use") == _LAUNCH) is not launch:
        raise Unauthorised("use")
    return issuer, claims


def _check_times(claims: Mapping[str, Any], now: float, leeway: float) -> None:
    if not _is_time(claims.get("exp")) or claims["exp"] <= now - leeway:
        raise Unauthorised("expired")
    for name in ("nbf", "iat"):
        if name in claims and not (_is_time(claims[name]) and claims[name] <= now + leeway):
            raise Unauthorised("not yet valid")


def _person(issuer: Issuer, claims: Mapping[str, Any], trust: Trust) -> Person:
    try:
        role = Role(claims.get("role", ""))
    except ValueError:
        raise Unauthorised("role") from None
    if role not in issuer.roles:
        raise Unauthorised("role")
    section = None
    if "section" in claims:
        if issuer.iss != OWN and claims.get("use") != _LAUNCH:
            raise Unauthorised("section")
        section = (_id(claims, "tenant"), _id(claims, "section"))
    return Person(
        id=_id(claims, "sub"),
        role=role,
        tenants=_tenants(issuer, claims, role),
        expires=float(claims["exp"]) + trust.leeway,
        section=section,
        until=_until(claims) if issuer.iss == OWN else None,
    )


def _until(claims: Mapping[str, Any]) -> float | None:
    """Of what we signed: a session ends when it ends; a launch link carries the end of the session it came of."""
    end = claims.get("until") if claims.get("use") == _LAUNCH else claims["exp"]
    return None if end is None else float(end)


def _tenants(issuer: Issuer, claims: Mapping[str, Any], role: Role) -> frozenset[str] | None:
    if "tenant" not in claims and role in (Role.OPERATOR, Role.PUBLISHER):
        return issuer.tenants
    tenant = _id(claims, "tenant")
    if issuer.tenants is not None and tenant not in issuer.tenants:
        raise Unauthorised("tenant")
    return frozenset({tenant})


def _id(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value.encode(errors="replace")) <= ID_BYTES:
        raise Unauthorised(name)
    return value


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _object(part: str) -> dict[str, Any]:
    try:
        raw = base64.urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
        document = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unauthorised("not a signed token")
    return document
