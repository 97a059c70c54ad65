"""Tokens we sign ourselves: a session after a launch, a launch link, the demo's development login."""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt

from streams.web.auth.issuers import OWN, Trust
from streams.web.auth.people import Person, Role

#: A school day.
SESSION_SECONDS = 8 * 3600.0
LINK_SECONDS = 120.0
COOKIE = "gradebook_sync_session"


def session_for(person: Person, trust: Trust, now: float) -> str:
    """A session of the person, for their one section when a launch link named it. They name one district, or all."""
    claims: dict[str, Any] = {"sub": person.id, "role": person.role.value}
    if person.tenants is not None:
        (claims["tenant"],) = person.tenants
    if person.section is not None:
        claims["tenant"], claims["section"] = person.section
    seconds = SESSION_SECONDS if person.until is None else min(SESSION_SECONDS, person.until - now)
    return _signed(claims, trust, now, seconds)


def launch_link_token(person: Person, tenant: str, section: str, trust: Trust, now: float) -> str:
    """The token of a link that opens one section to the person, for two minutes."""
    claims: dict[str, Any] = {"sub": person.id, "role": person.role.value, "use": "launch"}
    claims |= {"tenant": tenant, "section": section}
    if person.until is not None:
        claims["until"] = person.until
    return _signed(claims, trust, now, LINK_SECONDS)


def development_person(id: str, role: Role, tenant: str, now: float) -> Person:
    """Whoever the demo says it is."""
    return Person(id=id, role=role, tenants=frozenset({tenant}), expires=now + SESSION_SECONDS)


def _signed(claims: Mapping[str, Any], trust: Trust, now: float, seconds: float) -> str:
    whole = {**claims, "iss": OWN, "aud": trust.audience, "iat": int(now), "exp": int(now + seconds)}
    return jwt.encode({"alg": "HS256"}, whole, trust.session_key)
