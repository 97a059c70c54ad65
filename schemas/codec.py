"""Records to bytes and back: Confluent wire format (0, four bytes of schema id, Avro body).

fastavro reads, but it takes too much for good: endless varints, negative indexes, any byte for a boolean, block
sizes that are lies, bytes after the record. So `decode` walks the bytes first, building nothing: only what is
exactly one record of the schema, to the last byte, is read at all. A test holds the walk to the `avro` package.
"""

import io
import struct
from collections.abc import Callable
from typing import Any, TypeVar

from fastavro import schemaless_reader, schemaless_writer

from schemas.records import from_avro, to_avro
from schemas.registry import Schema, Schemas, Written, schemas

MAGIC = 0
_HEADER = struct.Struct(">bI")
#: Largest record read or written, in bytes, header included. The broker's own limit lies above it.
MAX_RECORD = 1_000_000

T = TypeVar("T")


class Refused(Exception):
    """Bytes that are no record of ours. `code` says why and is safe to log; nothing of the content is kept.

    TOMBSTONE       no value at all             UNKNOWN_SCHEMA  an id nobody registered
    EMPTY_VALUE     no bytes                    WRONG_SCHEMA    a good id, of another kind of record
    TOO_LARGE       above MAX_RECORD bytes      MALFORMED       the body is no record of its schema
    BAD_MAGIC       does not begin with 0       TRAILING_BYTES  bytes after the record
    SHORT_VALUE     no room for a schema id     INCOMPATIBLE    good, but written by a release unlike ours
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_Step = Callable[[bytes, int], int]


class TooLarge(ValueError):
    """A record of ours that no topic would take. Says its kind and size."""


def encode(record: Any, known: Schemas | None = None, *, room: int = 0) -> bytes:
    """A record in wire format, written with its newest released schema.

    TooLarge when it and `room` bytes more would pass MAX_RECORD.
    """
    written = (known or schemas()).current(type(record).__name__)
    body = io.BytesIO()
    body.write(_HEADER.pack(MAGIC, written.id))
    schemaless_writer(body, written.schema, to_avro(record))
    if body.tell() + room > MAX_RECORD:
        raise TooLarge(f"{type(record).__name__} of {body.tell()} bytes is above {MAX_RECORD - room}")
    return body.getvalue()


def decode(kind: type[T], data: bytes | None, known: Schemas | None = None) -> T:
    """The record of that kind in `data`. Refused with a code when there is not exactly one."""
    known = known or schemas()
    reader = known.current(kind.__name__)
    written = writer_of(data, known)
    if written.record != kind.__name__:
        raise Refused("WRONG_SCHEMA")
    assert data is not None  # noqa: S101 - writer_of refuses None
    body = data[_HEADER.size :]
    _walk(body, written)
    record, fault = _read(kind, body, written, reader)
    if record is None:
        # raised out here, so that no foreign exception, which quotes the bytes it failed on, hangs on to it
        raise Refused(fault)
    return record


def leading(kind: type, data: bytes | None, fields: int, known: Schemas | None = None) -> tuple[Any, ...]:
    """The first fields of a record, without a look at the rest: strings, text or null, and numbers as such, others as
    their bytes.

    Refused as `decode` does for what is no such record, or when those fields are malformed; a record it accepts may
    still be refused by `decode`.
    """
    written = writer_of(data, known)
    if written.record != kind.__name__:
        raise Refused("WRONG_SCHEMA")
    assert data is not None  # noqa: S101 - writer_of refuses None
    at, values = _HEADER.size, []
    try:
        for name, step in _leading(written, fields):
            start, at = at, step(data, at)
            values.append(_value(name, data, start, at))
    except (IndexError, UnicodeDecodeError):
        raise Refused("MALFORMED") from None
    return tuple(values)


def _value(name: str, data: bytes, start: int, end: int) -> Any:
    if name in ("int", "long"):
        return _number(data, start)[0]
    if name == "string":
        return data[end - _number(data, start)[0] : end].decode()
    if name == _TEXT_OR_NULL:
        return None if data[start] == 0 else _value("string", data, start + 1, end)
    return data[start:end]


_TEXT_OR_NULL = str(["null", "string"])
_leads: dict[tuple[int, int], tuple[Schema, list[tuple[str, _Step]]]] = {}


def _leading(written: Written, fields: int) -> list[tuple[str, _Step]]:
    kept = _leads.get((written.id, fields))
    if kept is None or kept[0] is not written.schema:
        schema: Any = written.schema
        steps = [(str(one["type"]), _step(one["type"], {})) for one in schema["fields"][:fields]]
        kept = _leads[written.id, fields] = (written.schema, steps)
    return kept[1]


def writer_of(data: bytes | None, known: Schemas | None = None) -> Written:
    """The schema `data` says it was written with. Refused: TOMBSTONE, EMPTY_VALUE, TOO_LARGE, SHORT_VALUE,
    BAD_MAGIC, UNKNOWN_SCHEMA.
    """
    if data is None:
        raise Refused("TOMBSTONE")
    if not data:
        raise Refused("EMPTY_VALUE")
    if len(data) > MAX_RECORD:
        raise Refused("TOO_LARGE")
    if data[0] != MAGIC:
        raise Refused("BAD_MAGIC")
    if len(data) < _HEADER.size:
        raise Refused("SHORT_VALUE")
    written = (known or schemas()).written(_HEADER.unpack_from(data)[1])
    if written is None:
        raise Refused("UNKNOWN_SCHEMA")
    return written


def _read(kind: type[T], body: bytes, written: Written, reader: Written) -> tuple[T | None, str]:
    try:
        fields = schemaless_reader(
            io.BytesIO(body),
            written.schema,
            None if written.id == reader.id else reader.schema,
            return_record_name=True,
            return_record_name_override=True,
        )
        return from_avro(kind, fields), ""  # type: ignore[arg-type]
    except MemoryError:  # says nothing about the record
        raise
    except UnicodeDecodeError:  # the one thing the walk leaves to fastavro
        return None, "MALFORMED"
    except Exception:  # noqa: BLE001 - fastavro and cattrs raise many kinds: the writer's schema fits, ours does not
        return None, "INCOMPATIBLE"


# ---- the walk: position in, position after the value out -------------------------------------------------------

_steps: dict[int, tuple[Schema, _Step]] = {}


def _walk(body: bytes, written: Written) -> None:
    """Refused MALFORMED or TRAILING_BYTES unless the body is exactly one value of the schema."""
    kept = _steps.get(written.id)
    if kept is None or kept[0] is not written.schema:
        kept = _steps[written.id] = (written.schema, _step(written.schema, {}))
    try:
        end = kept[1](body, 0)
    except IndexError:
        end = -1
    if end < 0:
        raise Refused("MALFORMED")
    if end != len(body):
        raise Refused("TRAILING_BYTES")


def _step(schema: Any, named: dict[str, _Step]) -> _Step:
    """The step over a value of a parsed schema. Lists and maps rely on the lint: no item takes zero bytes."""
    if isinstance(schema, list):
        return _union([_step(branch, named) for branch in schema])
    if isinstance(schema, str):
        return named.get(schema) or _PRIMITIVES[schema]
    match schema["type"]:
        case "record":
            steps: list[_Step] = []
            named[schema["name"]] = _in_turn(steps)
            steps.extend(_step(field["type"], named) for field in schema["fields"])
            return named[schema["name"]]
        case "enum":
            named[schema["name"]] = _index(len(schema["symbols"]))
            return named[schema["name"]]
        case "array":
            return _blocks(_step(schema["items"], named))
        case "map":
            return _blocks(_in_turn([_string, _step(schema["values"], named)]))
        case inner:
            return _step(inner, named)


def _number(body: bytes, at: int) -> tuple[int, int]:
    byte = body[at]
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), at + 1
    number, shift = byte & 0x7F, 7
    while byte >= 0x80:
        at += 1
        byte = body[at]
        number |= (byte & 0x7F) << shift
        shift += 7
        if number >> 64 or shift > 70:
            raise Refused("MALFORMED")
    return (number >> 1) ^ -(number & 1), at + 1


def _null(_: bytes, at: int) -> int:
    return at


def _boolean(body: bytes, at: int) -> int:
    if body[at] > 1:
        raise Refused("MALFORMED")
    return at + 1


def _long(body: bytes, at: int) -> int:
    return _number(body, at)[1]


def _int(body: bytes, at: int) -> int:
    number, at = _number(body, at)
    if not -(1 << 31) <= number < 1 << 31:
        raise Refused("MALFORMED")
    return at


def _float(body: bytes, at: int) -> int:
    return _within(body, at, 4)


def _double(body: bytes, at: int) -> int:
    return _within(body, at, 8)


def _string(body: bytes, at: int) -> int:
    length, at = _number(body, at)
    return _within(body, at, length)


def _within(body: bytes, at: int, length: int) -> int:
    if not 0 <= length <= len(body) - at:
        raise Refused("MALFORMED")
    return at + length


_PRIMITIVES: dict[str, _Step] = {
    "null": _null,
    "boolean": _boolean,
    "int": _int,
    "long": _long,
    "float": _float,
    "double": _double,
    "string": _string,
}


def _in_turn(steps: list[_Step]) -> _Step:
    def step(body: bytes, at: int) -> int:
        for one in steps:
            at = one(body, at)
        return at

    return step


def _index(count: int) -> _Step:
    def step(body: bytes, at: int) -> int:
        index, at = _number(body, at)
        if not 0 <= index < count:
            raise Refused("MALFORMED")
        return at

    return step


def _union(branches: list[_Step]) -> _Step:
    def step(body: bytes, at: int) -> int:
        index, at = _number(body, at)
        if not 0 <= index < len(branches):
            raise Refused("MALFORMED")
        return branches[index](body, at)

    return step


def _blocks(item: _Step) -> _Step:
    def step(body: bytes, at: int) -> int:
        count, at = _number(body, at)
        while count:
            end = None
            if count < 0:
                size, at = _number(body, at)
                count, end = -count, _within(body, at, size)
            if count > len(body) - at:
                raise Refused("MALFORMED")
            for _ in range(count):
                at = item(body, at)
            if end is not None and at != end:
                raise Refused("MALFORMED")
            count, at = _number(body, at)
        return at

    return step
