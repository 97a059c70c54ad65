"""Signing in, in tests: an LMS with keys of its own, and tokens good and bad."""

from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from streams.web.auth.issuers import OWN, Issuer, SharedKey, Trust, own_issuer
from streams.web.auth.jwks import Jwks
from streams.web.auth.people import Role

LMS, OTHER_LMS, SHARED = "https://lms.example", "https://lms.south.example", "https://shared.example"
NOW = 1_795_529_200.0
AUDIENCE = "gradebook-sync"


@cache
def rsa(kid: str = "r1") -> RSAKey:
    return RSAKey.generate_key(2048, parameters={"kid": kid, "use": "sig"})


@cache
def ec(kid: str = "e1") -> ECKey:
    return ECKey.generate_key("P-256", parameters={"kid": kid, "use": "sig"})


SECRET = OctKey.import_key(b"s" * 32)
SESSIONS = OctKey.import_key(b"o" * 32)


def jwk_set(*keys: Key) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def jwks(*keys: Key) -> Jwks:
    found = Jwks(lambda: jwk_set(*keys))
    found.refresh()
    return found


def issuer(iss: str, keys: Any, *algorithms: str, tenants: frozenset[str] | None) -> Issuer:
    return Issuer(
        iss=iss, algorithms=frozenset(algorithms), keys=keys, tenants=tenants, roles=frozenset(Role)
    )


@cache
def trust() -> Trust:
    issuers = (
        own_issuer(SESSIONS),
        issuer(LMS, jwks(rsa(), ec()), "RS256", "ES256", tenants=frozenset({"north"})),
        issuer(OTHER_LMS, jwks(rsa("s1")), "RS256", tenants=frozenset({"south"})),
        issuer(SHARED, SharedKey(SECRET), "HS256", tenants=None),
    )
    return Trust(
        audience=AUDIENCE,
        leeway=30.0,
        issuers={one.iss: one for one in issuers},
        session_key=SESSIONS,
        origins=("https://lms.example",),
    )


def claims(**told: Any) -> dict[str, Any]:
    """A teacher's claims; a field told as None is left out."""
    usual = {
        "iss": SHARED,
        "aud": AUDIENCE,
        "sub": "teacher-1",
        "tenant": "north",
        "role": "teacher",
        "iat": NOW,
        "exp": NOW + 600,
    }
    return {name: value for name, value in {**usual, **told}.items() if value is not None}


def token(key: Key = SECRET, alg: str = "HS256", header: dict[str, Any] | None = None, **told: Any) -> str:
    whole = {"alg": alg, **(header or {})}
    return jwt.encode(whole, claims(**told), key, algorithms=[alg])


def teacher(sub: str = "teacher-1", **told: Any) -> str:
    return token(sub=sub, **told)


def admin(**told: Any) -> str:
    return token(**{"sub": "admin-1", "role": "district_admin", **told})


def operator(**told: Any) -> str:
    return token(**{"sub": "op-1", "role": "operator", "tenant": None, **told})


def publisher(**told: Any) -> str:
    return token(**{"sub": "lms", "role": "publisher", **told})


def bearer(told: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {told}"}


def own(**told: Any) -> str:
    return token(SESSIONS, iss=OWN, **told)
