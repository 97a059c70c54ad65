"""A network of a test: what an adapter sends is answered by a function, and kept."""

from collections.abc import Callable
from typing import Any, cast

import orjson
import pytest

from adapters.http import Reply, Request, Transport

Answer = Callable[[Request], Reply]


def reply(status: int, body: Any = None, **headers: str) -> Reply:
    """An answer; names of headers with underscores for dashes."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, names, b"" if body is None else orjson.dumps(body))


def token(_: Request) -> Reply:
    """Every sign-in succeeds."""
    return reply(200, {"access_token": "t", "expires_in": 3600})


class Wire:
    """Requests for a token go to `signs_in`, all others to `answers`; `requests` are the others."""

    def __init__(self, answers: Answer, signs_in: Answer = token) -> None:
        self.answers = answers
        self.signs_in = signs_in
        self.requests: list[Request] = []
        self.tokens: list[Request] = []

    def exchange(self, request: Request, *, seconds: float | None = None) -> Reply:
        if "/token" in request.url:
            self.tokens.append(request)
            return self.signs_in(request)
        self.requests.append(request)
        return self.answers(request)

    def as_transport(self) -> Transport:
        return cast("Transport", self)

    def lines(self) -> list[str]:
        """Method and path of every request, ids and hosts left out of nothing."""
        return [f"{one.method} {one.url.partition('://')[2].partition('/')[2]}" for one in self.requests]

    def bodies(self) -> list[Any]:
        return [orjson.loads(one.body) for one in self.requests if one.body]

    def plug(self, monkeypatch: pytest.MonkeyPatch) -> "Wire":
        """Every transport made or used from now on is this one."""
        monkeypatch.setattr(Transport, "exchange", lambda _, request, **more: self.exchange(request, **more))
        for name in ("KEY", "SECRET", "VENDOR_KEY", "VENDOR_SECRET"):
            monkeypatch.setenv(f"TEST_SIS_{name}", f"{name.lower()}-1")
        return self
