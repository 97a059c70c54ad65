"""The answers that are no data. Each an exception with a status, a code and a sentence; one short JSON body for all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from streams.web.models import Refusal


class Answer(Exception):
    """A refusal on its way to the one who asked. The sentence names nothing of what was asked for."""

    status = 500
    code = "FAULT"
    message = "Something went wrong here. It is reported."
    headers: Mapping[str, str] = MappingProxyType({})
    detail: Any = None

    def __init__(
        self, message: str = "", *, detail: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(self.code)
        self.message = message or self.message
        self.detail = detail
        self.headers = headers or self.headers


class NotSignedIn(Answer):
    """No token, or one that proves nothing; why not is not told."""

    status, code = 401, "NOT_SIGNED_IN"
    message = "Sign in again."
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class NotAllowed(Answer):
    """Signed in, and it is there, but it is not theirs to do."""

    status, code = 403, "NOT_ALLOWED"
    message = "This is not yours to do."


class CrossSite(Answer):
    """A session cookie on a request that no page of ours made."""

    status, code = 403, "CROSS_SITE"
    message = "This request did not come from a page of this site."


class NotFound(Answer):
    """Nothing is known of it, or it is not for the one who asks; which of the two is not told."""

    status, code = 404, "NOT_FOUND"
    message = "There is no such section, or it is not yours to see."


class Conflict(Answer):
    """It is not any more as the one who asks believes; `detail` says what is different."""

    status, code = 409, "CHANGED"
    message = "It changed meanwhile. Look at it again."


class BadRequest(Answer):
    """Not understood. Says nothing of the values: they may be a student's."""

    status, code = 422, "BAD_REQUEST"
    message = "A parameter of this request is not understood."


class TooMany(Answer):
    """Above the rate; with Retry-After."""

    status, code = 429, "TOO_MANY_REQUESTS"
    message = "Too many requests. Try again in a moment."


class CatchingUp(Answer):
    """Asked before the first catch-up: what the view has may be old or missing."""

    status, code = 503, "CATCHING_UP"
    message = "The status logs are being read. Try again in a moment."
    headers = MappingProxyType({"Retry-After": "1"})


class Unreadable(Answer):
    """The newest record of it could not be decoded."""

    status, code = 503, "UNREADABLE"
    message = "This section's newest status could not be read. It is reported."
    headers = MappingProxyType({"Retry-After": "30"})


class NotQueued(Answer):
    """The broker did not confirm. It may have the event all the same: asking again with the same key is safe."""

    status, code = 503, "NOT_QUEUED"
    message = "It could not be queued. Nothing is lost: ask again with the same Idempotency-Key."
    headers = MappingProxyType({"Retry-After": "2"})


_TOLD = (NotSignedIn, NotAllowed, NotFound, BadRequest, TooMany, CatchingUp)
#: What OpenAPI says every data route may also answer.
REFUSALS: dict[int | str, dict[str, Any]] = {
    one.status: {"model": Refusal, "description": (one.__doc__ or "").partition("\n")[0]} for one in _TOLD
}


def said(status: int, what: type[Answer]) -> dict[int | str, dict[str, Any]]:
    """One more refusal of a route, for OpenAPI."""
    return {status: {"model": Refusal, "description": (what.__doc__ or "").partition("\n")[0]}}


async def refuse(_request: Request, answer: Exception) -> JSONResponse:
    """The answer's body."""
    told = answer if isinstance(answer, Answer) else Answer()
    body = Refusal(code=told.code, message=told.message, detail=told.detail)
    return JSONResponse(body.model_dump(), told.status, {"Cache-Control": "no-store", **told.headers})


async def not_found(request: Request, _error: Exception) -> JSONResponse:
    return await refuse(request, NotFound())


async def unreadable(request: Request, _error: Exception) -> JSONResponse:
    return await refuse(request, Unreadable())


async def bad_request(request: Request, _error: Exception) -> JSONResponse:
    """FastAPI's own answer would repeat the values."""
    return await refuse(request, BadRequest())
