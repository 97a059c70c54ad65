"""A batch of changes as it came over HTTP, each judged by itself. Pure.

JSON: an array, one object, or lines, each object as `gradebook-sync publish` reads it. Avro: records in Confluent's
wire format, each led by its length in four bytes, big-endian. Avro's container file is not read: its schema comes
with it, and could be any.
"""

import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.codec import MAX_RECORD, Refused, decode
from schemas.gradebook import GradebookChange
from schemas.jsonlines import LineRefused, read_line
from schemas.keys import section_key
from streams.intake.admit import admit

JSON, LINES, AVRO = "application/json", "application/x-ndjson", "application/vnd.gradebook-sync.avro"
#: Of one request.
EVENTS_AT_MOST, BODY_BYTES = 1_000, 10_000_000
_LENGTH = struct.Struct(">I")


class Unread(Exception):
    """The body is no batch at all. Says nothing of its content."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event to publish."""

    change: GradebookChange
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Turned:
    """An event that is not published: why, where, and how to mend it. Nothing of a student's is in it."""

    code: str
    path: str = ""
    what: str = ""
    fix: str = ""


Judged = Admitted | Turned


def read(kind: str, body: bytes, now_ms: int, may: Callable[[str], bool]) -> list[Judged]:
    """Every event of the body, in order. `may`: whether the caller may publish for that district. Unread."""
    events = {JSON: _json, LINES: _lines, AVRO: _avro}[kind](body, now_ms)
    return [_allowed(event, may) for event in events]


def _allowed(event: Judged, may: Callable[[str], bool]) -> Judged:
    if isinstance(event, Turned):
        return event
    if not may(event.change.tenant):
        return Turned("NOT_YOURS", "tenant", "is no district of yours", "Publish for your own districts.")
    try:
        admit(event.change)
    except Refused as refused:
        return Turned(
            refused.code, "", "an id is empty or too long, or the version is below 0", "See the guide."
        )
    return event


def _json(body: bytes, now_ms: int) -> list[Judged]:
    try:
        told = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Unread from None
    rows = told if isinstance(told, list) else [told]
    if not 0 < len(rows) <= EVENTS_AT_MOST:
        raise Unread
    return [_line(json.dumps(row), now_ms) for row in rows]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise Unread
    return found


def _lines(body: bytes, now_ms: int) -> list[Judged]:
    rows = [row for row in body.split(b"\n") if row.strip()]
    if not 0 < len(rows) <= EVENTS_AT_MOST:
        raise Unread
    return [_line(row, now_ms) for row in rows]


def _line(text: str | bytes, now_ms: int) -> Judged:
    try:
        line = read_line(text, now_ms)
    except LineRefused as refused:
        return Turned("MALFORMED", refused.path, refused.what, refused.fix)
    if line is None:  # a comment
        return Turned("MALFORMED", "", "is no object", "Write one JSON object.")
    return Admitted(line.change, line.key, line.value)


def _avro(body: bytes, _now_ms: int) -> list[Judged]:
    return [_record(value) for value in _framed(body)]


def _framed(body: bytes) -> Sequence[bytes]:
    found = list(_frames(body))
    if not 0 < len(found) <= EVENTS_AT_MOST:
        raise Unread
    return found


def _frames(body: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(body):
        if len(body) - at < _LENGTH.size:
            raise Unread
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        if length > min(MAX_RECORD, len(body) - at):
            raise Unread
        yield body[at : at + length]
        at += length


def _record(value: bytes) -> Judged:
    try:
        change = decode(GradebookChange, value)
    except Refused as refused:
        return Turned(refused.code, "", "is no record of GradebookChange", "Write it with a released schema.")
    return Admitted(change, section_key(change.tenant, change.section), value)
