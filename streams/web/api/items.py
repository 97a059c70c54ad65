"""One item: its row, and everything that was tried with it."""

from __future__ import annotations

import orjson
from fastapi import APIRouter
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from schemas.results import StatusRow
from streams.web.answers import REFUSALS, CatchingUp, NotFound
from streams.web.attempts import Unanswered
from streams.web.models import Row, Timeline
from streams.web.reading import Item, TheSection, Visible
from streams.web.render import row_of
from streams.web.timeline import timeline

router = APIRouter(
    prefix="/v1/districts/{tenant}/sections/{section}/items/{item}", tags=["status"], responses=REFUSALS
)
_FRESH = {"Cache-Control": "private, no-cache"}


def row(at: Visible, item: str) -> StatusRow:
    """The item's row; NotFound when the section has none."""
    found = next((one for one in at.status().rows if one.item == item), None)
    if found is None:
        raise NotFound
    return found


@router.get("", response_model=Row)
def one(at: TheSection, item: Item) -> Response:
    """The item's row of the status log; also of a deleted item."""
    return _json(row_of(row(at, item)))


@router.get("/attempts", response_model=Timeline)
async def attempts(at: TheSection, item: Item) -> Response:
    """What was tried with the item and when, what was sent, the SIS's ids, what became of each score."""
    found = await run_in_threadpool(row, at, item)
    if not all(one.progress().caught_up for one in at.here.results):
        raise CatchingUp("What was tried is still being read. Try again in a moment.")
    try:
        async with at.here.readers:
            tried = await run_in_threadpool(at.here.attempts, at.tenant, at.section, item)
    except Unanswered:
        raise CatchingUp("What was tried could not be read just now. Try again in a moment.") from None
    return _json(timeline(at.tenant, at.section, found, tried))


def _json(told: object) -> Response:
    return Response(orjson.dumps(told), media_type="application/json", headers=_FRESH)
