"""Review: what a sync would do with each item. Asked of intake, which has the section, and joined with the log."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from schemas.gradebook import ReviewRequested
from schemas.results import SectionReview
from streams.web.answers import REFUSALS, NotFound, NotQueued, said
from streams.web.asked import ReviewRequest
from streams.web.commands import Commands, TheCommands
from streams.web.models import Review, ReviewAsked
from streams.web.reading import TheSection, Visible
from streams.web.reviewing import joined

router = APIRouter(prefix="/v1/districts/{tenant}/sections/{section}", tags=["review"], responses=REFUSALS)
_NO_STORE = {"Cache-Control": "no-store"}
Wait = Annotated[float, Query(ge=0, le=20, description="Seconds to wait for the answer.")]


@router.post(
    "/reviews",
    response_model=Review,
    responses={202: {"model": ReviewAsked, "description": "Not answered in time."}, **said(503, NotQueued)},
)
async def ask(at: TheSection, commands: TheCommands, told: ReviewRequest, wait: Wait = 5.0) -> Response:
    """What would a sync do? Nothing is sent to the SIS."""
    review = await question(at, commands, tuple(told.items) if told.items else None)
    answer = await at.here.reviews.wait(at.tenant, at.section, review, wait)
    if answer is None:
        return JSONResponse({"review": review}, 202, _NO_STORE)
    return await _answer(at, answer)


@router.get("/reviews/{review}", response_model=Review)
async def read(at: TheSection, review: str, wait: Wait = 0.0) -> Response:
    """The answer to an earlier question; 404 while there is none, and when it is no longer kept: ask again."""
    answer = await at.here.reviews.wait(at.tenant, at.section, review, wait)
    if answer is None:
        raise NotFound
    return await _answer(at, answer)


async def question(at: Visible, commands: Commands, items: tuple[str, ...] | None) -> str:
    """Ask intake; the review's id."""
    review = commands.new_id("review")
    await commands.send(at, ReviewRequested(review=review, items=items))
    return review


async def _answer(at: Visible, answer: SectionReview) -> Response:
    content = await run_in_threadpool(lambda: orjson.dumps(_joined(at, answer)))
    return Response(content, media_type="application/json", headers=_NO_STORE)


def _joined(at: Visible, answer: SectionReview) -> dict[str, Any]:
    binding = at.here.sections.binding(at.tenant, at.section)
    rows = {row.item: row for row in at.status().rows}
    return joined(answer, rows, None if binding is None else binding.sis)
