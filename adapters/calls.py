"""Signed calls to a system that speaks JSON, each answer judged by that system's table.

A table maps (call, status) to what happens next; ("any", status) stands for every call. A status in neither is
judged by its hundred, except on a call that makes something: there only the table can say that nothing was made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote, urlencode

import orjson

from adapters.backoff import retry_after
from adapters.errors import DeliveryError, Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Reply, Request, Transport

Json = dict[str, Any]
T = TypeVar("T")
#: An answer and what its error body says -> what is wrong, None when nothing is.
Judge = Callable[[Reply, T], DeliveryError | None]


class Signer(Protocol):
    """Auth decorates a request."""

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """Headers that sign this call. Raises Misconfigured or Retry when there is no signing in."""

    def renewed(self) -> bool:
        """The SIS answered 401: whether signing again may help. Asked at most once per call."""


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """How one system's answers are read.

    `told` parses an error body leniently. `creates` are the calls that make something. `again` are answers that ask
    for the same request once more; `expired` are statuses after which signing in again may help.
    """

    actions: Mapping[tuple[str, int], Judge[T]]
    told: Callable[[bytes], T]
    creates: frozenset[str] = frozenset()
    again: frozenset[tuple[str, int]] = frozenset()
    expired: frozenset[int] = frozenset({401})


def done(_reply: Reply, _said: object) -> None:
    """Success."""


def gone(_reply: Reply, _said: object) -> DeliveryError:
    """The object is not there."""
    return Gone()


def busy(reply: Reply, _said: object) -> DeliveryError:
    """Slow down; says nothing against the server's health."""
    return Retry("SIS_BUSY", retry_after(reply.headers.get("retry-after")), breaks=False)


def unavailable(reply: Reply, _said: object) -> DeliveryError:
    """The server failed, perhaps after it did what was asked."""
    return UnknownOutcome("SIS_UNAVAILABLE", retry_after(reply.headers.get("retry-after")))


def refused(code: str) -> Callable[[Reply, object], DeliveryError]:
    """Looked at and not taken."""
    return lambda reply, _: Refused(code, {"status": str(reply.status)})


def misconfigured(
    code: str, *, whole_district: bool, **params: str
) -> Callable[[Reply, object], DeliveryError]:
    """The administrator's to mend; `params` are the message's."""
    return lambda reply, _: Misconfigured(
        code, {"status": str(reply.status), **params}, whole_district=whole_district
    )


class Caller(Generic[T]):
    """Calls to one base address."""

    def __init__(self, transport: Transport, base: str, signer: Signer, table: Table[T]) -> None:
        self.base = base
        self._transport = transport
        self._signer = signer
        self._table = table

    def call(
        self, kind: str, method: str, where: str, body: Any = None, query: Mapping[str, object] | str = ""
    ) -> Reply:
        """One call; one more after a new sign-in, and one where the answer asks for it. Raises what the table says."""
        data = None if body is None else orjson.dumps(body)
        asked = query if isinstance(query, str) else urlencode(query)
        url = f"{self.base}/{where}" + (f"?{asked}" if asked else "")
        reply = self._send(method, url, data)
        if reply.status in self._table.expired and self._signer.renewed():
            reply = self._send(method, url, data)
        if (kind, reply.status) in self._table.again:
            reply = self._send(method, url, data)
        error = self._judged(kind, reply)
        if error is not None:
            raise error
        return reply

    def _send(self, method: str, url: str, data: bytes | None) -> Reply:
        try:
            headers = {"Accept": "application/json", **self._signer.headers(method, url)}
        except UnknownOutcome as error:
            # signing in changed nothing of ours: the call it was for was certainly not made
            raise Retry(error.code, error.after) from None
        if data is not None:
            headers["Content-Type"] = "application/json"
        return self._transport.exchange(Request(method, url, headers, data))

    def _judged(self, kind: str, reply: Reply) -> DeliveryError | None:
        status = reply.status
        if 200 <= status < 300 and reply.body.strip()[:1] not in (b"", b"{", b"["):
            # a captive portal or proxy in the SIS's place: it knows nothing of our item
            return UnknownOutcome("SIS_ANSWER_UNREADABLE")
        judge = self._table.actions.get((kind, status)) or self._table.actions.get(("any", status))
        if judge is done:
            return None
        if judge is not None:
            return judge(reply, self._table.told(reply.body))
        if 200 <= status < 300:
            return None
        if status >= 500 or kind in self._table.creates:
            return unavailable(reply, None)
        if 300 <= status < 400:
            # a redirect may lead anywhere, so it is not followed: the administrator's URL is wrong
            return Misconfigured("SIS_ADDRESS_REFUSED", {"reason": "redirect"})
        return Refused("SIS_REFUSED", {"status": str(status)})


@lru_cache(maxsize=65536)
def _quoted(part: str) -> str:
    return quote(part, safe="")


def path(*parts: str) -> str:
    """A path of percent-encoded parts: ids may hold anything."""
    return "/".join(map(_quoted, parts))


def document(reply: Reply) -> Any:
    """The answer's JSON. UnknownOutcome otherwise: a proxy may have spoken in its place."""
    try:
        return orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE") from None


def an_object(reply: Reply) -> Json:
    """The answer as an object; the only one of a list is taken for it."""
    found = document(reply)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict):
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
    return found


def a_list(reply: Reply) -> list[Json]:
    """The answer as a list of objects; what is no object in it is left out."""
    found = document(reply)
    if not isinstance(found, list):
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
    return [row for row in found if isinstance(row, dict)]
