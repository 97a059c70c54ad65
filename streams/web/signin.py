"""Who makes this request: a bearer token, or the session cookie on a request of our own page."""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast
from urllib.parse import quote, unquote, urlsplit

import structlog
from fastapi import Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.concurrency import run_in_threadpool

from streams.web.answers import CrossSite, NotAllowed, NotSignedIn, TooMany
from streams.web.auth.buckets import Buckets
from streams.web.auth.people import Person
from streams.web.auth.sessions import COOKIE
from streams.web.auth.tokens import Unauthorised, issuer_of, verify
from streams.web.settings import WebSettings

log = structlog.get_logger("streams.web")

# for OpenAPI; the Door reads them itself
_BEARER = HTTPBearer(
    auto_error=False, bearerFormat="JWT", scheme_name="token", description="A JWT of a known issuer."
)
_SESSION = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session", description="After a launch.")

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: A proven token is believed so long without looking at its signature again: so long a withdrawn key lives on.
PROVEN_SECONDS, PROVEN_KEPT = 60.0, 20_000
_PLAIN = "@:+,;=!$&'()*~"


@dataclass(frozen=True, slots=True)
class Caller:
    """A person and, for an administrator who acts for a teacher, that teacher's LMS id."""

    person: Person
    acts_for: str | None = None

    @property
    def teacher(self) -> str:
        """Whose unseen marks are meant."""
        return self.acts_for or self.person.id

    @property
    def actor(self) -> str:
        """As events name them, percent-encoded where an id is unusual; " for " is never part of an id."""
        name = quote(self.person.id, safe=_PLAIN)
        return name if self.acts_for is None else f"{name} for {quote(self.acts_for, safe=_PLAIN)}"


@dataclass(slots=True)
class Door:
    """Signing in, and how often. `clock`: seconds since the epoch."""

    settings: WebSettings
    clock: Callable[[], float] = time.time
    _proven: OrderedDict[bytes, tuple[Person, float]] = field(default_factory=OrderedDict)
    _reads: Buckets = field(init=False)
    _commands: Buckets = field(init=False)
    _failures: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._reads = Buckets(self.settings.reads)
        self._commands = Buckets(self.settings.commands)
        self._failures = Buckets(self.settings.failures)

    async def admit(self, request: Request) -> Person:
        """NotSignedIn, CrossSite, TooMany."""
        token, by_cookie = _token(request)
        if by_cookie and request.method not in _SAFE_METHODS:
            self.refuse_cross_site(request)
        try:
            person = await self.prove(token)
        except Unauthorised as unauthorised:
            log.info("sign_in_refused", reason=unauthorised.reason)
            self.failed(request)
            raise NotSignedIn from None
        buckets = self._reads if request.method in _SAFE_METHODS else self._commands
        _keep_to(buckets, (person.role, person.id, person.tenants), self.clock())
        return person

    async def prove(self, token: str | None) -> Person:
        """Who a token speaks for. Unauthorised."""
        if token is None:
            raise Unauthorised("no token")
        now = self.clock()
        name = hashlib.blake2b(token.encode(errors="replace"), digest_size=32).digest()
        person, until = self._proven.get(name, (None, 0.0))
        if person is not None and now < min(until, person.expires):
            return person
        await self.fresh_keys(token)
        person = verify(token, self.settings.trust, now)
        self._proven[name] = (person, now + PROVEN_SECONDS)
        while len(self._proven) > PROVEN_KEPT:
            self._proven.popitem(last=False)
        return person

    async def fresh_keys(self, token: str) -> None:
        """Have the issuer's keys read if the token needs that. Unauthorised when it names no issuer of ours."""
        issuer, _, kid = issuer_of(token, self.settings.trust)
        if issuer.keys.due(kid):
            await run_in_threadpool(issuer.keys.refresh)

    def failed(self, request: Request) -> None:
        """A sign-in was refused; TooMany for an address that tries and tries."""
        _keep_to(self._failures, request.client.host if request.client else "", self.clock())

    def refuse_cross_site(self, request: Request) -> None:
        """CrossSite unless the browser says that a page of ours made the request."""
        origin = request.headers.get("origin")
        host = request.headers.get("host", "")
        site = request.headers.get("sec-fetch-site")
        same = urlsplit(origin).netloc.lower() == host.lower() if origin else site == "same-origin"
        if not host or not same or site not in (None, "same-origin"):
            raise CrossSite


def _keep_to(buckets: Buckets, name: object, now: float) -> None:
    wait = buckets.take(cast("str", name), now)
    if wait:
        raise TooMany(headers={"Retry-After": str(math.ceil(wait))})


def _token(request: Request) -> tuple[str | None, bool]:
    told = request.headers.get("authorization")
    if told is not None:
        scheme, _, token = told.partition(" ")
        return (token.strip() if scheme.lower() == "bearer" else None), False
    cookie = request.cookies.get(COOKIE)
    return cookie, cookie is not None


def door(request: Request) -> Door:
    return cast(Door, request.app.state.door)


async def signed_in(
    request: Request,
    _bearer: Annotated[object, Depends(_BEARER)],
    _cookie: Annotated[object, Depends(_SESSION)],
    act_for: Annotated[
        str | None,
        Header(
            alias="Gradebook-Sync-Act-For",
            description="Administrators: the LMS id of a teacher of the section, percent-encoded, to act for.",
        ),
    ] = None,
) -> Caller:
    """Who makes the request; NotSignedIn (401), NotAllowed for a teacher who would act for another."""
    person = await door(request).admit(request)
    if act_for and not person.oversees:
        raise NotAllowed
    return Caller(person, unquote(act_for) if act_for else None)


async def _door(request: Request) -> Door:
    return door(request)


SignedIn = Annotated[Caller, Depends(signed_in)]
TheDoor = Annotated[Door, Depends(_door)]
