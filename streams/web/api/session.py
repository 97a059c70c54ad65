"""Coming in: a launch link that opens one section, who I am, and the demo's development login."""

from __future__ import annotations

import html
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from streams.web.answers import REFUSALS, CrossSite, NotSignedIn, said
from streams.web.asked import DevelopmentLogin, LaunchToken
from streams.web.auth.people import Person
from streams.web.auth.sessions import (
    COOKIE,
    SESSION_SECONDS,
    development_person,
    launch_link_token,
    session_for,
)
from streams.web.auth.tokens import Unauthorised, verify_launch
from streams.web.models import LaunchLink, Me, Session
from streams.web.reading import CaughtUp, Reading, TheSection
from streams.web.render import moment
from streams.web.signin import Caller, Door, SignedIn, TheDoor, log

_MAY: dict[int | str, dict[str, Any]] = {status: REFUSALS[status] for status in (401, 422, 429)}
router = APIRouter(tags=["signing in"], responses=_MAY)
#: Mounted only where the settings ask for it.
development = APIRouter(tags=["signing in"], responses={422: REFUSALS[422]})

_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


@router.get("/v1/me", response_model=Me, responses={503: REFUSALS[503]})
async def me(caller: SignedIn, here: CaughtUp) -> Response:
    """Who the token speaks for, and what is theirs to see."""
    return JSONResponse(_me(caller, here), headers=_NO_STORE)


@router.post("/v1/launch", response_model=Session)
async def launch(request: Request, told: LaunchToken, door: TheDoor) -> Response:
    """A launch link's token for a session of its one section, for a component inside an LMS page."""
    person = await _launched(request, door, told.token)
    return _session(person, door)


@router.get("/launch", response_class=HTMLResponse)
async def launch_page(request: Request, token: Annotated[str, Query()], door: TheDoor) -> Response:
    """Follow a launch link: the session becomes a cookie, and the section opens."""
    person = await _launched(request, door, token)
    tenant, section = person.section or ("", "")
    place = html.escape(f"/districts/{quote(tenant, safe='')}/sections/{quote(section, safe='')}")
    # not a redirect: a Strict cookie does not travel along a chain that another site began
    page = f'<!doctype html><title>Opening</title><meta http-equiv="refresh" content="0;url={place}">'
    answer = HTMLResponse(f'{page}<p><a href="{place}">Open the section</a></p>', headers=_NO_STORE)
    _give_cookie(answer, request, session_for(person, door.settings.trust, door.clock()))
    return answer


@router.post(
    "/v1/districts/{tenant}/sections/{section}/launch-links",
    response_model=LaunchLink,
    responses=REFUSALS,
)
async def launch_link(at: TheSection, door: TheDoor) -> Response:
    """A link that opens this one section to the caller, for two minutes."""
    token = launch_link_token(at.caller.person, at.tenant, at.section, door.settings.trust, door.clock())
    return JSONResponse({"path": f"/launch?token={token}"}, headers=_NO_STORE)


@router.post("/v1/session/end", status_code=204, responses={403: said(403, CrossSite)[403]})
async def end(request: Request, door: TheDoor) -> Response:
    """Forget the session cookie."""
    door.refuse_cross_site(request)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


@development.post("/development/login", response_model=Session)
async def development_login(request: Request, told: DevelopmentLogin, door: TheDoor) -> Response:
    """Be anybody. Only a demo on loopback has this route."""
    person = development_person(told.user, told.role, told.tenant, door.clock())
    answer = _session(person, door)
    _give_cookie(answer, request, session_for(person, door.settings.trust, door.clock()))
    return answer


async def _launched(request: Request, door: Door, token: str) -> Person:
    try:
        await door.fresh_keys(token)
        return verify_launch(token, door.settings.trust, door.clock())
    except Unauthorised as unauthorised:
        log.info("launch_refused", reason=unauthorised.reason)
        door.failed(request)
        raise NotSignedIn("This link is not valid any more. Open it again from your LMS.") from None


def _session(person: Person, door: Door) -> JSONResponse:
    now = door.clock()
    token = session_for(person, door.settings.trust, now)
    body = {"token": token, "expires": moment(int((now + SESSION_SECONDS) * 1000))}
    return JSONResponse(body, headers=_NO_STORE)


def _give_cookie(answer: Response, request: Request, token: str) -> None:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_SECONDS),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https",
    )


def _me(caller: Caller, here: Reading) -> dict[str, object]:
    person = caller.person
    tenants = None if person.tenants is None else sorted(person.tenants)
    sections = [
        {"tenant": tenant, "section": section, "title": here.sections.title(tenant, section)}
        for tenant in tenants or ()
        for section in here.sections.taught_by(tenant, caller.teacher)
        if person.section in (None, (tenant, section))
    ]
    return {"id": person.id, "role": person.role, "tenants": tenants, "teaches": sections}
