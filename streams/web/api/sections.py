"""A district's sections, and a section's status log."""

from __future__ import annotations

import bisect
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from schemas.gradebook import ItemKind
from schemas.results import RowState
from streams.web.answers import REFUSALS, NotFound
from streams.web.auth.access import may_oversee, may_see
from streams.web.choosing import Choice, Sort, choose
from streams.web.models import Kind, SectionList, SectionLog, State
from streams.web.reading import CaughtUp, Reading, Tenant, TheSection, Visible
from streams.web.render import STATE_NAMES, Body, counts_of, log_of, updated
from streams.web.sections import Entry
from streams.web.sheet import sheet
from streams.web.signin import Caller, SignedIn

router = APIRouter(prefix="/v1/districts/{tenant}", tags=["status"], responses=REFUSALS)

#: Decoding more than this would hold up the event loop: it is done in a thread.
_INLINE_BYTES = 16 * 1024
_STATES: dict[str, RowState] = {name: state for state, name in STATE_NAMES.items()}
_ETAG: dict[str, Any] = {
    "ETag": {"schema": {"type": "string"}, "description": "Stands for exactly this body."}
}


async def told_choice(
    deleted: Annotated[bool, Query(description="Show rows of deleted items too.")] = False,
    state: Annotated[list[State] | None, Query(description="Only these states; repeatable.")] = None,
    kind: Annotated[list[Kind] | None, Query(description="Only these kinds; repeatable.")] = None,
    code: Annotated[list[str] | None, Query(description="Only rows with these codes.")] = None,
    title: Annotated[str, Query(max_length=200, description="Only titles with this in them.")] = "",
    sort: Sort = Sort.FIRST_SEEN,
    descending: bool = False,
) -> Choice:
    """Which rows, and in which order."""
    return Choice(
        deleted=deleted,
        states=frozenset(_STATES[name] for name in state or ()),
        kinds=frozenset(ItemKind(name.upper()) for name in kind or ()),
        codes=frozenset(code or ()),
        text=title,
        sort=sort,
        descending=descending,
    )


TheChoice = Annotated[Choice, Depends(told_choice)]


@router.get("/sections", response_model=SectionList)
async def sections(
    caller: SignedIn,
    here: CaughtUp,
    tenant: Tenant,
    after: Annotated[str | None, Query(description="Only sections whose id comes after this one.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """The district's sections with their rows by state."""
    entries = _theirs(here, caller, tenant)
    if not entries:
        raise NotFound
    first = 0 if after is None else bisect.bisect_right(entries, after, key=lambda entry: entry.section)
    page = entries[first : first + limit]
    more = first + limit < len(entries)
    content = await run_in_threadpool(_page, here, tenant, page, page[-1].section if more else None)
    return _json(content)


def _theirs(here: Reading, caller: Caller, tenant: str) -> list[Entry]:
    """The caller's sections by id: a district's, or those of one teacher, with an empty log where there is none."""
    if may_oversee(caller.person, tenant) and caller.acts_for is None:
        return here.view.sections(tenant)
    person = caller.person
    taught = here.sections.taught_by(tenant, caller.teacher)
    return [
        here.entry(tenant, section)
        for section in taught
        if may_see(person, tenant, section, here.sections.teachers(tenant, section))
    ]


def _page(here: Reading, tenant: str, page: list[Entry], following: str | None) -> bytes:
    rows = [
        {
            "section": entry.section,
            "title": here.sections.title(tenant, entry.section),
            "updated": updated(entry.updated_at),
            "counts": counts_of(entry.counts()),
        }
        for entry in page
    ]
    return orjson.dumps({"tenant": tenant, "sections": rows, "next": following})


@router.get(
    "/sections/{section}/status",
    response_model=SectionLog,
    responses={200: {"headers": _ETAG}, 304: {"description": "Unchanged since the body with this ETag."}},
)
async def status(
    at: TheSection,
    choice: TheChoice,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The section's status log, in the order its items were first seen unless another is asked for."""
    if not choice.whole:
        return _json(await run_in_threadpool(_chosen, at, choice))
    body = await _body(at.here, at.entry, deleted=choice.deleted)
    if if_none_match is not None and _matches(if_none_match, body.etag):
        return Response(status_code=304, headers=_fresh(body.etag))
    return _json(body.content, body.etag)


@router.get(
    "/sections/{section}/status.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def status_sheet(at: TheSection, choice: TheChoice) -> Response:
    """The same as CSV, for a spreadsheet: no cell of it is a formula."""
    return Response(
        sheet(choose(at.status().rows, choice)),
        media_type="text/csv; charset=utf-8; header=present",
        headers={**_fresh(None), "Content-Disposition": 'attachment; filename="status-log.csv"'},
    )


def _chosen(at: Visible, choice: Choice) -> bytes:
    log = at.status()
    rows = choose(log.rows, choice)
    return orjson.dumps(log_of(log, deleted=choice.deleted, rows=rows))


async def _body(here: Reading, entry: Entry, *, deleted: bool) -> Body:
    kept = here.bodies.kept(entry, deleted=deleted)
    if kept is not None:
        return kept
    if entry.size <= _INLINE_BYTES:
        return here.bodies.make(entry, deleted=deleted)
    return await run_in_threadpool(here.bodies.make, entry, deleted=deleted)


def _matches(told: str, etag: str) -> bool:
    """RFC 9110 13.1.2: a list, or *, compared weakly."""
    return told.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in told.split(",")}


def _json(content: bytes, etag: str | None = None) -> Response:
    return Response(content, media_type="application/json", headers=_fresh(etag))


def _fresh(etag: str | None) -> dict[str, str]:
    """A log belongs to one teacher's browser, and is asked for anew each time."""
    return {"Cache-Control": "private, no-cache", **({"ETag": etag} if etag else {})}
