"""Who may issue tokens, and for whom: read from one TOML file, checked before the first request.

audience = "gradebook-sync"         what `aud` must name
leeway_seconds = 30                 how far clocks may differ
session_key = "file:/run/secrets/session"   signs our own sessions; the same on every replica
origins = ["https://lms.example"]   pages elsewhere that may call the API (CORS)

[[issuer]]
iss = "https://lms.example"         compared exactly with `iss`
algorithms = ["RS256"]              RS256, ES256 with `jwks`; HS256 with `key`
jwks = "https://lms.example/jwks"   or file:/absolute/path
key = "env:LMS_KEY"                 a reference, never the key
tenants = ["lakeside"]              the districts it may speak for; ["*"]: every one
roles = ["teacher"]                 the roles it may give
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from joserfc.jwk import Key, OctKey

from streams.exits import ConfigurationRefused
from streams.web.auth.jwks import Jwks, from_file, from_url
from streams.web.auth.people import Role

ASYMMETRIC = frozenset({"RS256", "ES256"})
#: `iss` of the sessions and launches we sign ourselves.
OWN = "gradebook-sync"
KEY_BYTES = 32
_TOP = {"audience", "leeway_seconds", "session_key", "origins", "issuer"}
_ISSUER = {"iss", "algorithms", "jwks", "key", "tenants", "roles"}


class Keys(Protocol):
    """An issuer's keys. None: it has no such key, or it could not be asked."""

    def get(self, kid: str | None) -> Key | None: ...
    def due(self, kid: str | None) -> bool: ...
    def refresh(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SharedKey:
    """One HS256 key. A `kid` says nothing about it."""

    key: OctKey = field(repr=False)

    def get(self, kid: str | None) -> Key | None:
        return self.key

    def due(self, kid: str | None) -> bool:
        return False

    def refresh(self) -> None:
        """There is nothing to fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """`tenants` None: every district."""

    iss: str
    algorithms: frozenset[str]
    keys: Keys
    tenants: frozenset[str] | None
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Everything a token is judged by. `session_key` signs what we issue ourselves."""

    audience: str
    leeway: float
    issuers: Mapping[str, Issuer]
    session_key: OctKey = field(repr=False)
    origins: tuple[str, ...] = ()


def shared_key(secret: bytes) -> OctKey:
    """ConfigurationRefused when it is too short for HS256 (RFC 7518 3.2)."""
    if len(secret) < KEY_BYTES:
        raise ConfigurationRefused(f"a key for HS256 has at least {KEY_BYTES} bytes")
    return OctKey.import_key(secret)


def own_issuer(key: OctKey) -> Issuer:
    """Ourselves: sessions after a launch, and the demo's development login."""
    return Issuer(
        iss=OWN, algorithms=frozenset({"HS256"}), keys=SharedKey(key), tenants=None, roles=frozenset(Role)
    )


def read_trust(file: Path, env: Mapping[str, str] = os.environ) -> Trust:
    """The file as Trust. ConfigurationRefused names the first thing wrong with it, and no secret."""
    try:
        document = tomllib.loads(file.read_text())
    except OSError as error:
        raise ConfigurationRefused(f"{file}: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationRefused(f"{file}: {error}") from None
    try:
        return _trust(document, env)
    except ConfigurationRefused as refused:
        raise ConfigurationRefused(f"{file}: {refused}") from None


def _trust(document: dict[str, Any], env: Mapping[str, str]) -> Trust:
    _only(document, _TOP, "")
    session = document.get("session_key")
    key = shared_key(secret_of(session, env) if session is not None else os.urandom(KEY_BYTES))
    issuers = {OWN: own_issuer(key)}
    for row in document.get("issuer", ()):
        issuer = _issuer(row, env)
        if issuer.iss in issuers:
            raise ConfigurationRefused(f"issuer {issuer.iss} is there twice, or is our own name")
        issuers[issuer.iss] = issuer
    leeway = document.get("leeway_seconds", 30)
    if isinstance(leeway, bool) or not isinstance(leeway, int | float) or not 0 <= leeway <= 300:
        raise ConfigurationRefused("leeway_seconds: a number from 0 to 300")
    return Trust(
        audience=_text(document.get("audience"), "audience"),
        leeway=leeway,
        issuers=issuers,
        session_key=key,
        origins=tuple(_origin(one) for one in document.get("origins", ())),
    )


def _issuer(row: dict[str, Any], env: Mapping[str, str]) -> Issuer:
    _only(row, _ISSUER, "issuer.")
    iss = _text(row.get("iss"), "issuer.iss")
    algorithms = frozenset(row.get("algorithms", ()))
    if not algorithms or not (algorithms <= ASYMMETRIC or algorithms == {"HS256"}):
        raise ConfigurationRefused(f"issuer {iss}: algorithms are some of RS256, ES256, or HS256 alone")
    tenants = frozenset(row.get("tenants", ()))
    if not tenants:
        raise ConfigurationRefused(f'issuer {iss}: tenants lists its districts, or is ["*"]')
    try:
        roles = frozenset(Role(one) for one in row.get("roles", ()))
    except ValueError:
        raise ConfigurationRefused(f"issuer {iss}: roles are some of {', '.join(Role)}") from None
    return Issuer(
        iss=iss,
        algorithms=algorithms,
        keys=_keys(row, iss, algorithms, env),
        tenants=None if "*" in tenants else tenants,
        roles=roles,
    )


def _keys(row: dict[str, Any], iss: str, algorithms: frozenset[str], env: Mapping[str, str]) -> Keys:
    if algorithms == {"HS256"}:
        if "key" not in row or "jwks" in row:
            raise ConfigurationRefused(f"issuer {iss}: HS256 takes `key`, and no `jwks`")
        return SharedKey(shared_key(secret_of(row["key"], env)))
    if "jwks" not in row or "key" in row:
        raise ConfigurationRefused(
            f"issuer {iss}: {', '.join(sorted(algorithms))} takes `jwks`, and no `key`"
        )
    place = _text(row["jwks"], f"issuer {iss}: jwks")
    if place.startswith("file:/"):
        return Jwks(partial(from_file, Path(place.removeprefix("file:"))))
    told = urlsplit(place)
    if told.scheme != "https" or not told.hostname or "@" in told.netloc:
        raise ConfigurationRefused(f"issuer {iss}: jwks is https://... or file:/absolute/path")
    return Jwks(partial(from_url, place))


def secret_of(reference: object, env: Mapping[str, str]) -> bytes:
    """What env:NAME or file:/path holds. ConfigurationRefused names the place, never the secret."""
    place, _, name = reference.partition(":") if isinstance(reference, str) else ("", "", "")
    if place == "env" and env.get(name):
        return env[name].encode()
    if place == "file":
        try:
            return Path(name).read_bytes().strip()
        except OSError as error:
            raise ConfigurationRefused(f"{name}: {error.strerror}") from None
    raise ConfigurationRefused("a key is given as env:NAME (and set) or file:/absolute/path")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigurationRefused(f"{name}: a text is missing")
    return value


def _origin(value: object) -> str:
    told = urlsplit(value) if isinstance(value, str) else None
    if told is None or told.scheme not in ("https", "http") or not told.netloc or told.path or told.query:
        raise ConfigurationRefused("origins: each is like https://lms.example, without a path")
    return str(value)


def _only(document: dict[str, Any], known: set[str], place: str) -> None:
    for name in document:
        if name not in known:
            raise ConfigurationRefused(
                f"{place}{name} is not a setting; there are {', '.join(sorted(known))}"
            )
