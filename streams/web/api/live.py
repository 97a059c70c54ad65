"""Rows as they change, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from streams.web.answers import REFUSALS, NotFound
from streams.web.live import frames
from streams.web.reading import TheSection, Visible, find
from streams.web.sections import Entry
from streams.web.signin import Door, TheDoor

router = APIRouter(prefix="/v1/districts/{tenant}/sections/{section}", tags=["status"], responses=REFUSALS)


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
            "description": "`rows`: updated, last_error, counts, and the rows that are new or changed; all of them "
            "first. `end`: sign in again.",
        }
    },
)
async def events(request: Request, at: TheSection, door: TheDoor) -> StreamingResponse:
    """The section's rows (deleted ones too), now and whenever one changes, until the sign-in ends."""
    hub, person = at.here.hub, (at.caller.person.role, at.caller.person.id)
    hub.room_for(person)

    async def stream() -> AsyncIterator[bytes]:
        with hub.listen(at.tenant, at.section, person) as event:
            async for frame in frames(hub, event, lambda: _entry(at, door)):
                if await request.is_disconnected():
                    return
                yield frame

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(), media_type="text/event-stream", headers=headers)


def _entry(at: Visible, door: Door) -> Entry:
    """Looked up anew each time: the teacher may have been taken off the roster, the token may have ended."""
    if door.clock() >= at.caller.person.expires:
        raise NotFound
    return find(at.here, at.caller, at.tenant, at.section).entry
