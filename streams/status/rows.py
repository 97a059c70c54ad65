"""Rows of the status log as bytes: read and written one at a time, and cut out of a part without decoding it."""

import io
from dataclasses import replace
from typing import Any

from fastavro import schemaless_reader, schemaless_writer

from schemas import shape
from schemas.records import from_avro, to_avro
from schemas.registry import schemas
from schemas.results import StatusRow

_PART = shape.resolve(schemas().current("SectionStatus").schema)
_ROW: Any = shape.field_type(_PART, "rows")["items"]


def _kept(pattern: bytes) -> bytes:
    return b"(" + pattern + b")"


def _of(name: str) -> bytes:
    return shape.pattern(shape.field_type(_ROW, name))


#: Groups: item, kind, title, state, deleted, version, heard, revision, step, changed at, success (three fields),
#: SIS. What follows is code, params, next try, problems and receipt.
COMMON_ROW = shape.compiled(
    [_kept(_of(name)) for name in ("item", "kind", "title", "state", "deleted", "version", "heard")]
    + [_kept(_of(name)) for name in ("revision", "step", "changed_at")]
    + [_kept(_of("last_success_at") + _of("last_success_revision") + _of("last_success_fingerprint"))]
    + [_kept(_of("sis"))]
)
#: A whole row without an error: nothing after the SIS.
PLAIN_ROW = shape.compiled([b"(", COMMON_ROW.pattern, b")", rb"\x00\x00\x00\x00\x00"])


def read_row(row: bytes) -> StatusRow:
    """The row in these bytes."""
    fields: Any = schemaless_reader(io.BytesIO(row), _ROW, None)
    return from_avro(StatusRow, fields)


def row_bytes(row: StatusRow) -> bytes:
    """The bytes of a row."""
    body = io.BytesIO()
    schemaless_writer(body, _ROW, to_avro(row))
    return body.getvalue()


def slim(row: bytes) -> bytes:
    """The row without what explains its state beyond the code."""
    return row_bytes(replace(read_row(row), params={}, problems=(), receipt=None))


def cut_rows(rows: bytes, count: int) -> list[bytes] | None:
    """The bytes of each of `count` rows; None when they are not all common ones and must be decoded."""
    if count < 1:
        return None
    cut, at = [], 0
    for _ in range(count):
        match = PLAIN_ROW.match(rows, at)
        if match is None:
            return None
        cut.append(match[0])
        at = match.end()
    return cut if rows[at:] == b"\x00" else None
