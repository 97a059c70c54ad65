"""How each deciding fault of :mod:`tests.simulators.faults` is carried out on the socket."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Protocol

from aiohttp import web

from tests.simulators.call import Reply
from tests.simulators.faults import Rule

HTML = b"<!DOCTYPE html><html><body><h1>Scheduled maintenance</h1></body></html>"
CHUNK = 64 * 1024
#: What the counters show for a call that got no reply.
NO_REPLY = 499

Answer = Callable[[], Reply]


class Refusing(Protocol):
    """Words an error in the system's own way."""

    def refusal(self, status: int, why: str) -> Reply:
        """An error body."""


class Mishaps:
    """Carries out faults; owns the commits that come late."""

    def __init__(self) -> None:
        self._late: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._acts: dict[
            str, Callable[[Rule, web.Request, Refusing, Answer], Awaitable[web.StreamResponse]]
        ] = {
            "status": _status,
            "unauthorized": _unauthorized,
            "forbid": _forbid,
            "drop_reply": _drop_reply,
            "commit_then_500": _commit_then_500,
            "late_commit": self._late_commit,
            "hang": self._hang,
            "drip": _drip,
            "refuse": _refuse,
            "garbage": _garbage,
            "body_too_large": _body_too_large,
            "redirect": _redirect,
        }

    async def act(
        self, rule: Rule, request: web.Request, desk: Refusing, answer: Answer
    ) -> web.StreamResponse:
        """Do what the rule says with this request."""
        return await self._acts[rule.kind](rule, request, desk, answer)

    async def stop(self) -> None:
        """Let go of hanging calls and forget commits that are still to come."""
        self._stopping.set()
        for task in self._late:
            task.cancel()

    async def _hang(
        self, _rule: Rule, request: web.Request, _desk: Refusing, _answer: Answer
    ) -> web.StreamResponse:
        return await self._silence(request)

    async def _late_commit(
        self, rule: Rule, request: web.Request, _desk: Refusing, answer: Answer
    ) -> web.StreamResponse:
        task = asyncio.create_task(_later(rule.number("seconds", 1), answer))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        return await self._silence(request) if rule.text("then", "drop") == "hang" else _dropped(request)

    async def _silence(self, request: web.Request) -> web.StreamResponse:
        # The client's leaving is not told to a handler, so look for it now and then.
        while not self._stopping.is_set() and request.transport and not request.transport.is_closing():
            try:
                await asyncio.wait_for(self._stopping.wait(), 0.05)
            except TimeoutError:
                continue
        return _dropped(request)


async def _later(seconds: float, answer: Answer) -> None:
    await asyncio.sleep(seconds)
    answer()


async def _status(rule: Rule, _request: web.Request, desk: Refusing, _answer: Answer) -> web.StreamResponse:
    status = int(rule.number("status", 503))
    reply = desk.refusal(status, f"fault switch: {status}")
    if "retry_after" in rule.settings:
        reply.headers["Retry-After"] = rule.text("retry_after", "")
    if "retry_after_in" in rule.settings:
        reply.headers["Retry-After"] = formatdate(time.time() + rule.number("retry_after_in", 0), usegmt=True)
    return _sent(reply)


async def _unauthorized(
    _rule: Rule, _request: web.Request, desk: Refusing, _answer: Answer
) -> web.StreamResponse:
    return _sent(desk.refusal(401, "fault switch: unauthorized"))


async def _forbid(_rule: Rule, _request: web.Request, desk: Refusing, _answer: Answer) -> web.StreamResponse:
    return _sent(desk.refusal(403, "fault switch: forbidden"))


async def _drop_reply(
    _rule: Rule, request: web.Request, _desk: Refusing, answer: Answer
) -> web.StreamResponse:
    answer()
    return _dropped(request)


async def _commit_then_500(
    rule: Rule, _request: web.Request, desk: Refusing, answer: Answer
) -> web.StreamResponse:
    answer()
    return _sent(desk.refusal(int(rule.number("status", 500)), "fault switch: error after the commit"))


async def _refuse(_rule: Rule, request: web.Request, _desk: Refusing, _answer: Answer) -> web.StreamResponse:
    return _dropped(request)


async def _garbage(
    _rule: Rule, _request: web.Request, _desk: Refusing, _answer: Answer
) -> web.StreamResponse:
    return web.Response(status=200, body=HTML, content_type="text/html")


async def _redirect(
    rule: Rule, _request: web.Request, _desk: Refusing, _answer: Answer
) -> web.StreamResponse:
    location = rule.text("location", "http://127.0.0.1:9/")
    return web.Response(status=int(rule.number("status", 302)), headers={"Location": location})


async def _drip(rule: Rule, request: web.Request, _desk: Refusing, answer: Answer) -> web.StreamResponse:
    reply = answer()
    pause = 1 / rule.number("per_second", 1)
    # A reply without a body drips blanks, for the sake of clients that read to the end.
    body = reply.body or b" " * 64
    slow = web.StreamResponse(status=200 if reply.status == 204 else reply.status, headers=reply.headers)
    slow.content_length = len(body)
    await slow.prepare(request)
    for at in range(len(body)):
        if request.transport is None or request.transport.is_closing():
            break
        await slow.write(body[at : at + 1])
        await asyncio.sleep(pause)
    return slow


async def _body_too_large(
    rule: Rule, request: web.Request, _desk: Refusing, _answer: Answer
) -> web.StreamResponse:
    left = int(rule.number("bytes", 64 * 1024 * 1024))
    large = web.StreamResponse(status=200, headers={"Content-Type": "application/json"})
    large.content_length = left
    await large.prepare(request)
    await large.write(b'"')
    left -= 2
    while left > 0 and request.transport is not None and not request.transport.is_closing():
        await large.write(b"x" * min(CHUNK, left))
        left -= CHUNK
    if left <= 0:
        await large.write(b'"')
    return large


def _sent(reply: Reply) -> web.Response:
    return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=NO_REPLY)
