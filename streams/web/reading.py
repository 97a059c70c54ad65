"""What the routes read from: the view, its followers, and how far they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol, cast
from urllib.parse import unquote

from fastapi import Depends, Path, Request

from streams.follow import Progress
from streams.web.answers import CatchingUp
from streams.web.render import Bodies
from streams.web.view import StatusView


class Followed(Protocol):
    """A topic that is being followed (streams.follow.Follower)."""

    def start(self) -> None: ...
    def stop(self, timeout: float = ...) -> bool: ...
    def progress(self) -> Progress: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """`ready_seconds`: a view last known to be whole so long ago is not ready any more, but still answers."""

    view: StatusView
    followed: Sequence[Followed]
    ready_seconds: float = 30.0
    bodies: Bodies = field(default_factory=Bodies)

    def progress(self) -> list[Progress]:
        return [one.progress() for one in self.followed]

    def unready(self, progress: Sequence[Progress]) -> list[str]:
        """Why not to send requests here, for an operator; empty when ready."""
        return [reason for one in progress for reason in _reasons(one, self.ready_seconds)]


def _reasons(one: Progress, ready_seconds: float) -> list[str]:
    if not one.caught_up:
        detail = one.problem or f"{one.behind} records to go"
        return [f"{one.topic}: not caught up yet: {detail}"]
    if one.silent_seconds is not None and one.silent_seconds > ready_seconds:
        return [f"{one.topic}: the broker has been silent for {one.silent_seconds:.0f} s"]
    if one.seconds_behind is not None and one.seconds_behind > ready_seconds:
        return [f"{one.topic}: {one.behind} records and {one.seconds_behind:.0f} s behind"]
    return []


def reading(request: Request) -> Reading:
    """What this process reads from, caught up or not."""
    return cast(Reading, request.app.state.reading)


def caught_up(request: Request) -> Reading:
    """What this process reads from, once it has caught up for the first time; CatchingUp (503) before."""
    found = reading(request)
    if not all(one.caught_up for one in found.progress()):
        raise CatchingUp
    return found


def _decoded(part: str) -> str:
    """Routes match the path as it was sent, so that an encoded slash stays inside its id."""
    return unquote(part, errors="replace")


def tenant_id(tenant: Annotated[str, Path(description="District id, percent-encoded.")]) -> str:
    return _decoded(tenant)


def section_id(section: Annotated[str, Path(description="LMS section id, percent-encoded.")]) -> str:
    return _decoded(section)


Here = Annotated[Reading, Depends(reading)]
CaughtUp = Annotated[Reading, Depends(caught_up)]
Tenant = Annotated[str, Depends(tenant_id)]
Section = Annotated[str, Depends(section_id)]
