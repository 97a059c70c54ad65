"""A transport that answers from a list and keeps what it was asked."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import orjson

from adapters.errors import DeliveryError
from adapters.http import Reply, Request, Transport


def answer(status: int, body: Any = None, **headers: str) -> Reply:
    """An answer with a JSON body, or with none."""
    return Reply(status, headers, b"" if body is None else orjson.dumps(body))


class Wire:
    """Each request takes the next reply; running out of them fails the test."""

    def __init__(self, *replies: Reply | DeliveryError) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    def exchange(self, request: Request, *, seconds: float | None = None) -> Reply:
        self.requests.append(request)
        assert self.replies, f"one call too many: {request.method} {request.url}"
        reply = self.replies.pop(0)
        if isinstance(reply, DeliveryError):
            raise reply
        return reply

    def close(self) -> None:
        return

    def __call__(self) -> Transport:
        return cast("Transport", self)

    @property
    def calls(self) -> Sequence[str]:
        """Method and path of each request, without the base."""
        return [f"{one.method} {urlsplit(one.url).path}" for one in self.requests]

    def query(self, index: int = -1) -> Mapping[str, str]:
        """The query of a request."""
        return dict(parse_qsl(urlsplit(self.requests[index].url).query, keep_blank_values=True))

    def body(self, index: int = -1) -> Any:
        """The JSON body of a request."""
        return orjson.loads(self.requests[index].body or b"null")


class Unsigned:
    """No auth; `renews` says whether signing in again may help."""

    def __init__(self, *, renews: bool = False) -> None:
        self.renews = renews

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        return {}

    def renewed(self) -> bool:
        return self.renews
