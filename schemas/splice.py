"""Single fields as Avro bytes, for records put together from the bytes of others.

The hot paths of intake and status never build a record's fields as values: they join what `schemas.shape` cut
out with the few fields that are new. Tests hold every spliced record to `codec.encode` of the same values.
"""

import struct

from schemas.codec import MAGIC
from schemas.registry import schemas

_DOUBLE = struct.Struct("<d")
NULL = b"\x00"
SOME = b"\x02"
EMPTY = b"\x00"
FALSE = b"\x00"
TRUE = b"\x01"


def header(record: str) -> bytes:
    """The wire header of a record as written today."""
    return struct.pack(">bI", MAGIC, schemas().current(record).id)


def long(value: int) -> bytes:
    """An int or long."""
    left = value << 1 if value >= 0 else ((-value) << 1) - 1
    if left < 0x80:
        return _ONE_BYTE[left]
    out = b""
    while left >= 0x4000:
        out += _TWO_BYTES[left & 0x3FFF]
        left >>= 14
    return out + (_ONE_BYTE[left] if left < 0x80 else bytes((left & 0x7F | 0x80, left >> 7)))


def read_long(data: bytes) -> int:
    """The value of a whole encoded long."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
    return value >> 1 if not value & 1 else -(value >> 1) - 1


def greater(one: bytes, other: bytes) -> bool:
    """Whether the first of two whole encoded longs is the greater number."""
    if (one[0] | other[0]) & 1:  # one of them is negative
        return read_long(one) > read_long(other)
    # the first byte holds the lowest bits, and every byte but the last has its highest bit set
    return one[::-1] > other[::-1] if len(one) == len(other) else len(one) > len(other)


def string(value: str) -> bytes:
    """A string."""
    data = value.encode()
    return long(len(data)) + data


def optional(value: str | None) -> bytes:
    """A string or null, null first."""
    return NULL if value is None else SOME + string(value)


def optional_double(value: float | None) -> bytes:
    """A double or null, null first."""
    return NULL if value is None else SOME + _DOUBLE.pack(value)


def due(value: str | int | None) -> bytes:
    """The union of an item's due date: null, local date, instant."""
    if value is None:
        return NULL
    return SOME + string(value) if isinstance(value, str) else long(2) + long(value)


def symbol(index: int) -> bytes:
    """An enum's symbol, or a union's branch, by its place."""
    return long(index)


_ONE_BYTE = [bytes([value]) for value in range(0x80)]
# of a number with more to come
_TWO_BYTES = [bytes((value & 0x7F | 0x80, value >> 7 | 0x80)) for value in range(0x4000)]
