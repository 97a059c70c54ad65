"""Calls of the OneRoster dialect, shared by the systems that speak it. Sources: [D:1ED12] [D:LONG] [D:1ED-ERR].

Bodies are wrapped in an envelope named after the thing; references carry href, sourcedId and type; a PUT answers
201 without a body, new or not; an error body is flat or wrapped in imsx_StatusInfo [D3:NAHI], and 1.1 answers a list.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from adapters import calls
from adapters.calls import Json, Signer, busy, done, gone, misconfigured, path, unavailable
from adapters.errors import UnknownOutcome
from adapters.http import Reply, Transport

__all__ = [
    "Actions",
    "Caller",
    "Json",
    "Judge",
    "Signer",
    "Told",
    "base_of",
    "busy",
    "done",
    "gone",
    "misconfigured",
    "path",
    "readable",
    "reference",
    "scopes",
    "told",
    "unavailable",
]

#: Things per page asked for; a server may give fewer [D:1ED12].
PAGE = 1000
#: Pages read before a list that never ends is given up.
MAX_PAGES = 1000


def reference(base: str, collection: str, kind: str, sourced_id: str) -> Json:
    """A reference as the standard wants it: `collection` is the path's word, `kind` the type's."""
    return {"href": f"{base}/{path(collection, sourced_id)}", "sourcedId": sourced_id, "type": kind}


@dataclass(frozen=True, slots=True)
class Told:
    """What an error body says. `description` may quote our own input: it is matched on, never logged."""

    minor: str = ""
    about: str = ""
    description: str = field(default="", repr=False)

    def mentions(self, *words: str) -> bool:
        """Whether the named field or the description hold one of the words, case aside."""
        text = f"{self.about} {self.description}".lower()
        return any(word in text for word in words)


def told(body: bytes) -> Told:
    """Parse an error body leniently; an unreadable one tells nothing."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Told()
    if isinstance(document, list):
        document = document[0] if document else {}
    if not isinstance(document, dict):
        return Told()
    status = next(
        (v for k, v in document.items() if k.lower().startswith("imsx_statusinfo") and isinstance(v, dict)),
        document,
    )
    name, value = _minor(status.get("imsx_CodeMinor") or status.get("imsx_codeMinor"))
    return Told(value, name, str(status.get("imsx_description") or status.get("description") or ""))


def _minor(code: Any) -> tuple[str, str]:
    """Name and value of the first minor code; 1.1 gives a bare word."""
    if isinstance(code, str):
        return "", code
    fields = code.get("imsx_codeMinorField") if isinstance(code, dict) else None
    if isinstance(fields, dict):
        fields = [fields]
    if not fields or not isinstance(fields[0], dict):
        return "", ""
    first = fields[0]
    return str(first.get("imsx_codeMinorFieldName") or ""), str(first.get("imsx_codeMinorFieldValue") or "")


Judge = calls.Judge[Told]
#: Status -> what happens next, per kind of call; a status that is in neither table is judged by its hundred.
Actions = Mapping[tuple[str, int], Judge]


class Caller(calls.Caller[Told]):
    """Signed calls to one base, each judged by the system's table.

    `expired` are the statuses after which signing in again may help; `reads` parses an error body.
    """

    def __init__(
        self,
        transport: Transport,
        base: str,
        signer: Signer,
        actions: Actions,
        *,
        expired: frozenset[int] = frozenset({401}),
        reads: Callable[[bytes], Told] = told,
    ) -> None:
        super().__init__(transport, base, signer, calls.Table(actions, reads, expired=expired))

    def one(self, kind: str, where: str, envelope: str) -> Json:
        """A single object out of its envelope."""
        document = readable(self.call(kind, "GET", where))
        found = document.get(envelope)
        if not isinstance(found, dict):
            raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
        return found

    def pages(self, kind: str, where: str, *envelopes: str, page: int = PAGE) -> Iterator[Json]:
        """Every object of a list, in the first of the envelopes that the answer has.

        A server may give fewer per page than asked, so only the count seen moves on.
        """
        offset = 0
        for _ in range(MAX_PAGES):
            reply = self.call(kind, "GET", where, query=f"limit={page}&offset={offset}")
            document = readable(reply)
            rows = next((document[name] for name in envelopes if name in document), None)
            if not isinstance(rows, list):
                raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
            yield from (row for row in rows if isinstance(row, dict))
            offset += len(rows)
            if not rows or not _more(reply, offset, len(rows) < page):
                return
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")


def _more(reply: Reply, seen: int, short: bool) -> bool:
    """X-Total-Count knows best; then a Link to a next page; a full page alone may have a successor."""
    total = reply.headers.get("x-total-count", "")
    if total.isdigit():
        return seen < int(total)
    if "link" in reply.headers:
        return 'rel="next"' in reply.headers["link"] or "rel=next" in reply.headers["link"]
    return not short


def readable(reply: Reply) -> Json:
    """The answer as a JSON object. UnknownOutcome otherwise: a proxy may have spoken in its place."""
    try:
        document = orjson.loads(reply.body)
    except json.JSONDecodeError:
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE") from None
    if not isinstance(document, dict):
        raise UnknownOutcome("SIS_ANSWER_UNREADABLE")
    return document


def scopes(version: str, *names: str) -> str:
    """Scopes of a version ("v1p1", "v1p2"), joined by spaces [D:LONG]."""
    return " ".join(f"https://purl.imsglobal.org/spec/or/{version}/scope/{name}" for name in names)


def base_of(url: str, tail: str) -> str:
    """The service's base: `tail` is added unless the address already names a OneRoster service."""
    plain = url.rstrip("/")
    return plain if "/ims/oneroster" in urlsplit(plain).path else f"{plain}/{tail.strip('/')}"
