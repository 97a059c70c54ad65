"""The HTTP side: finds the district, counts, applies caps and fault switches, and sends the reply.

The work of a call is done in one go without waiting, so that a commit is whole whatever happens to the
socket.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from aiohttp import web

from tests.simulators.call import Call, Reply
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import FaultBoard, Plan
from tests.simulators.mishaps import NO_REPLY, Mishaps
from tests.simulators.neutral import Naming
from tests.simulators.traffic import Traffic
from tests.simulators.world import District

BODY_LIMIT = 32 * 1024 * 1024


class Desk(Protocol):
    """A district of some system, ready to answer."""

    #: What this system calls the things of the seed, for the neutral views.
    naming: Naming

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""

    def refusal(self, status: int, why: str) -> Reply:
        """An error body in this system's words, for caps and fault switches."""

    def expire_tokens(self) -> int:
        """End every access token now."""


@runtime_checkable
class ManyDoors(Protocol):
    """A desk whose addresses word their errors differently."""

    def refusal_at(self, tail: str, status: int, why: str) -> Reply:
        """An error body in the words of one address."""


@dataclass(frozen=True, slots=True)
class _Wording:
    desk: Desk
    tail: str

    def refusal(self, status: int, why: str) -> Reply:
        if isinstance(self.desk, ManyDoors):
            return self.desk.refusal_at(self.tail, status, why)
        return self.desk.refusal(status, why)


class System(Protocol):
    """One kind of SIS."""

    name: str

    def locate(self, path: str) -> tuple[str, str] | None:
        """Split an address into district code and the rest; None for an address that is not ours.

        An empty code stands for the only district there is.
        """

    def base(self, code: str) -> str:
        """The path of a district's addresses, as its clients have it in their base address."""

    def open(self, district: District, log: CommitLog) -> Desk:
        """Start serving a district."""

    def unknown_district(self, path: str) -> Reply:
        """The reply where no district is."""


@dataclass(slots=True)
class Site:
    """A hosted district."""

    district: District
    desk: Desk
    traffic: Traffic = field(default_factory=Traffic)
    faults: FaultBoard = field(default_factory=FaultBoard)


class Host:
    """One system with its districts."""

    def __init__(self, system: System, log: CommitLog) -> None:
        self.system = system
        self.log = log
        self.sites: dict[str, Site] = {}
        self.mishaps = Mishaps()

    def seed(self, district: District) -> Site:
        """Put a district in place, new or instead of an old one; faults and counters start anew."""
        site = Site(district, self.system.open(district, self.log))
        self.sites[district.code] = site
        return site

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call to the SIS."""
        path, _, query = request.raw_path.partition("?")
        found = self.system.locate(path)
        site = self._site(found[0]) if found else None
        if found is None or site is None:
            return response(self.system.unknown_district(path))
        method, tail = request.method, found[1]
        # Held here: the test may put new counters in place while this call is under way.
        traffic = site.traffic
        admitted = traffic.enter(method, site.desk.template(method, tail), site.district.limits_now())
        status = NO_REPLY
        try:
            answer = (
                await self._answer(request, site, (path, query, tail))
                if admitted
                else self._too_many(site, tail)
            )
            status = answer.status
            return answer
        except ConnectionResetError:
            # The client hung up in the middle; nobody is left to answer.
            return web.Response(status=NO_REPLY)
        except web.HTTPRequestEntityTooLarge:
            status = 413
            return response(_Wording(site.desk, tail).refusal(413, "the body is too large"))
        finally:
            traffic.leave(status)

    def _site(self, code: str) -> Site | None:
        if not code and len(self.sites) == 1:
            return next(iter(self.sites.values()))
        return self.sites.get(code)

    async def _answer(
        self, request: web.Request, site: Site, address: tuple[str, str, str]
    ) -> web.StreamResponse:
        path, query, tail = address
        call = Call(
            method=request.method,
            path=path,
            query=query,
            headers=request.headers,
            body=await request.read() if request.body_exists else b"",
            origin=f"{request.scheme}://{request.host}",
        )
        plan = site.faults.draw(call.method, tail)
        if plan.delay:
            await asyncio.sleep(plan.delay)
        if plan.act is None:
            return response(site.desk.answer(call, tail, plan))
        return await self.mishaps.act(
            plan.act, request, _Wording(site.desk, tail), lambda: site.desk.answer(call, tail, plan)
        )

    def _too_many(self, site: Site, tail: str) -> web.StreamResponse:
        reply = _Wording(site.desk, tail).refusal(429, "too many requests")
        if site.district.limits.retry_after is not None:
            reply.headers["Retry-After"] = site.district.limits.retry_after
        return response(reply)


def hosted(path: str, roots: tuple[str, ...]) -> tuple[str, str] | None:
    """Split an address of a system whose districts are hosts of their own.

    ``/{code}{root}...`` is the district of that code; ``{root}...`` alone, as on a real host, is the only
    district there is (code empty).  The rest keeps the root.
    """
    if path.startswith(roots):
        return "", path
    code, slash, rest = path.removeprefix("/").partition("/")
    tail = slash + rest
    return (code, tail) if code and tail.startswith(roots) else None


def response(reply: Reply) -> web.Response:
    """A reply for aiohttp."""
    return web.Response(status=reply.status, body=reply.body or None, headers=reply.headers)
