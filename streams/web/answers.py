"""The answers that are no data: not found, not yet, not readable. Each a short JSON body, the same everywhere."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from streams.web.models import Refusal

#: What OpenAPI says every data route may also answer.
REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {
        "model": Refusal,
        "description": "No such district or section. The same for one that is not yours.",
    },
    503: {
        "model": Refusal,
        "description": "The first catch-up with the topics is not done; see Retry-After.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
    },
}
_NOT_FOUND = Refusal(code="NOT_FOUND", message="There is no such section, or it is not yours to see.")
_CATCHING_UP = Refusal(code="CATCHING_UP", message="The status logs are being read. Try again in a moment.")
_UNREADABLE = Refusal(
    code="UNREADABLE", message="This section's newest status could not be read. It is reported."
)
_BAD_REQUEST = Refusal(code="BAD_REQUEST", message="A parameter of this request is not understood.")


class CatchingUp(Exception):
    """Asked before the first catch-up: what the view has may be old or missing."""


class NotFound(Exception):
    """Nothing is known of it, or it is not for the one who asks; which of the two is not told."""


async def catching_up(_request: Request, _error: Exception) -> JSONResponse:
    return _refuse(503, _CATCHING_UP, {"Retry-After": "1"})


async def not_found(_request: Request, _error: Exception) -> JSONResponse:
    return _refuse(404, _NOT_FOUND)


async def unreadable(_request: Request, _error: Exception) -> JSONResponse:
    return _refuse(503, _UNREADABLE, {"Retry-After": "30"})


async def bad_request(_request: Request, _error: Exception) -> JSONResponse:
    """Says nothing of the values: FastAPI's own answer repeats them."""
    return _refuse(422, _BAD_REQUEST)


def _refuse(status: int, body: Refusal, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body.model_dump(), status, {"Cache-Control": "no-store", **(headers or {})})
