"""What the routes read from, how far it is, and the one place where a section is found for the one who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol, cast
from urllib.parse import unquote

from fastapi import Depends, Path, Request

from schemas.district_records import DistrictRecords
from schemas.results import SectionStatus, SyncResult
from schemas.state import SectionState
from streams.follow import Progress
from streams.web.answers import CatchingUp, NotFound
from streams.web.auth.access import may_oversee, may_see
from streams.web.live import Hub
from streams.web.render import Bodies
from streams.web.reviews import ReviewsView
from streams.web.roster import SectionsView
from streams.web.sections import Entry
from streams.web.signin import Caller, SignedIn
from streams.web.view import StatusView


class Followed(Protocol):
    """A topic that is being followed (streams.follow.Follower)."""

    def start(self) -> None: ...
    def stop(self, timeout: float = ...) -> bool: ...
    def progress(self) -> Progress: ...


def _nothing_tried(_tenant: str, _section: str, _item: str) -> list[SyncResult]:
    return []


@dataclass(frozen=True, slots=True)
class Reading:
    """`ready_seconds`: a view last known to be whole so long ago is not ready any more, but still answers."""

    view: StatusView
    followed: Sequence[Followed]
    ready_seconds: float = 30.0
    sections: SectionsView = field(default_factory=SectionsView)
    reviews: ReviewsView = field(default_factory=ReviewsView)
    districts: DistrictRecords = field(default_factory=DistrictRecords)
    hub: Hub = field(default_factory=Hub)
    #: What was tried with an item; blocks, and may raise Unanswered. Its topic is long and keeps nothing else waiting.
    attempts: Callable[[str, str, str], list[SyncResult]] = _nothing_tried
    results: Sequence[Followed] = ()
    #: So many at once: a broker that is slow to answer does not use up the threads of every other route.
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    bodies: Bodies = field(default_factory=Bodies)

    def progress(self) -> list[Progress]:
        return [one.progress() for one in self.followed]

    def unready(self, progress: Sequence[Progress]) -> list[str]:
        """Why not to send requests here, for an operator; empty when ready."""
        return [reason for one in progress for reason in _reasons(one, self.ready_seconds)]

    def entry(self, tenant: str, section: str) -> Entry:
        """The section's log; an empty one while no result has come."""
        return self.view.get(tenant, section) or Entry(tenant, section)

    def known(self, tenant: str, section: str) -> bool:
        """Whether there is such a section: it has a log, or it was bound."""
        return self.view.get(tenant, section) is not None or self.sections.get(tenant, section) is not None


def _reasons(one: Progress, ready_seconds: float) -> list[str]:
    if not one.caught_up:
        detail = one.problem or f"{one.behind} records to go"
        return [f"{one.topic}: not caught up yet: {detail}"]
    if one.silent_seconds is not None and one.silent_seconds > ready_seconds:
        return [f"{one.topic}: the broker has been silent for {one.silent_seconds:.0f} s"]
    if one.seconds_behind is not None and one.seconds_behind > ready_seconds:
        return [f"{one.topic}: {one.behind} records and {one.seconds_behind:.0f} s behind"]
    return []


@dataclass(frozen=True, slots=True)
class Visible:
    """A section that the caller may see."""

    caller: Caller
    here: Reading
    tenant: str
    section: str

    @property
    def entry(self) -> Entry:
        return self.here.entry(self.tenant, self.section)

    @property
    def state(self) -> SectionState | None:
        return self.here.sections.get(self.tenant, self.section)

    def status(self) -> SectionStatus:
        """The log, decoded. Refused when it is unreadable."""
        return self.entry.status()


def reading(request: Request) -> Reading:
    """What this process reads from, caught up or not."""
    return cast(Reading, request.app.state.reading)


async def caught_up(request: Request, _caller: SignedIn) -> Reading:
    """What this process reads from, once it has caught up for the first time; CatchingUp (503) before."""
    found = reading(request)
    if not all(one.caught_up for one in found.progress()):
        raise CatchingUp
    return found


def _decoded(part: str) -> str:
    """Routes match the path as it was sent, so that an encoded slash stays inside its id."""
    return unquote(part, errors="replace")


async def tenant_id(tenant: Annotated[str, Path(description="District id, percent-encoded.")]) -> str:
    return _decoded(tenant)


async def section_id(section: Annotated[str, Path(description="LMS section id, percent-encoded.")]) -> str:
    return _decoded(section)


async def item_id(item: Annotated[str, Path(description="LMS item id, percent-encoded.")]) -> str:
    return _decoded(item)


async def _here(request: Request) -> Reading:
    return reading(request)


# Dependencies are coroutines, though none waits: FastAPI would send each of the others through a thread.
Here = Annotated[Reading, Depends(_here)]
CaughtUp = Annotated[Reading, Depends(caught_up)]
Tenant = Annotated[str, Depends(tenant_id)]
Section = Annotated[str, Depends(section_id)]
Item = Annotated[str, Depends(item_id)]


def find(here: Reading, caller: Caller, tenant: str, section: str) -> Visible:
    """The section; NotFound when there is none and when it is not theirs, and nothing tells which."""
    teachers = here.sections.teachers(tenant, section)
    seen = may_see(caller.person, tenant, section, teachers) and here.known(tenant, section)
    if not seen or (caller.acts_for is not None and caller.acts_for not in teachers):
        raise NotFound
    return Visible(caller, here, tenant, section)


async def visible(caller: SignedIn, here: CaughtUp, tenant: Tenant, section: Section) -> Visible:
    """The section of the path, for the one who asks."""
    return find(here, caller, tenant, section)


async def overseen(caller: SignedIn, _here: CaughtUp, tenant: Tenant) -> str:
    """The district of the path, for one who sees all of it; NotFound for everyone else."""
    if not may_oversee(caller.person, tenant):
        raise NotFound
    return tenant


TheSection = Annotated[Visible, Depends(visible)]
Overseen = Annotated[str, Depends(overseen)]
