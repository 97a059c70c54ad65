"""The common shape of a record as a regular expression over its Avro bytes.

Decoding a change with 25 scores takes fastavro some 45 microseconds; a machine-wide budget of 20 per event
leaves no room for it. A `Shape`, generated from the .avsc, accepts a subset of the valid encodings (short plain
ASCII strings, minimal varints, finite numbers, one array block) and cuts out the fields' bytes. What it accepts
is a well-formed record, byte for byte what fastavro would write; what it does not accept goes the slow way
through `codec`, which knows good from bad. A test holds the two to each other.
"""

import re
from collections.abc import Sequence
from typing import Any

from schemas.registry import Schema

#: Longest string, in bytes, whose length fits one varint byte.
SHORT = 63
_LONG = rb"(?:[\x00-\x7f]|[\x80-\xff]{1,8}[\x01-\x7f])"
# four bytes of an int are always within its 32 bits
_INT = rb"(?:[\x00-\x7f]|[\x80-\xff]{1,3}[\x01-\x7f])"
# little endian; an exponent of all ones is NaN or infinity and is left to the slow way
_DOUBLE = rb"(?:.{6}(?:[\x00-\xef].|[\xf0-\xff][^\x7f\xff]))"
_FIXED = {"null": b"", "boolean": rb"[\x00\x01]", "int": _INT, "long": _LONG, "double": _DOUBLE}
#: Characters of a string that need no look: printable ASCII.
PLAIN = rb"[ -~]"
#: Characters that percent-encoding leaves alone, so that an id is its own key.
KEY_SAFE = rb"[0-9A-Za-z_.~-]"


def string(characters: bytes = PLAIN, shortest: int = 0) -> bytes:
    """Pattern of an encoded string of `shortest` to SHORT of these characters."""
    # tried in this order: most ids and titles are neither very short nor long
    lengths = sorted(range(max(shortest, 0), SHORT + 1), key=lambda n: (n < 5, n))
    return b"(?:" + b"|".join(_byte(2 * n) + characters + b"{%d}" % n for n in lengths) + b")"


def pattern(schema: Any, strings: bytes = PLAIN) -> bytes:
    """Pattern of the common encodings of a schema (parsed, names resolved or in `schema["__named_schemas"]`)."""
    if isinstance(schema, list):
        branches = (_byte(2 * i) + pattern(branch, strings) for i, branch in enumerate(schema))
        return b"(?:" + b"|".join(branches) + b")"
    if isinstance(schema, str):
        schema = {"type": schema}
    match schema["type"]:
        case "null" | "boolean" | "int" | "long" | "double" as fixed:
            return _FIXED[fixed]
        case "string":
            return string(strings)
        case "enum":
            return b"[" + b"".join(_byte(2 * i) for i in range(len(schema["symbols"]))) + b"]"
        case "array":
            return _short_array(pattern(schema["items"], strings))
        case "map":
            return rb"\x00"
        case "record":
            return b"".join(pattern(field["type"], strings) for field in schema["fields"])
    raise TypeError(f"no common shape for {schema['type']}")


def natural() -> bytes:
    """Pattern of a long that is not negative: the lowest bit of its first byte is its sign."""
    first = b"".join(map(_byte, range(0, 0x80, 2)))
    further = b"".join(map(_byte, range(0x80, 0x100, 2)))
    return b"(?:[%b]|[%b][\\x80-\\xff]{0,7}[\\x01-\\x7f])" % (first, further)


def count() -> bytes:
    """Pattern of the one byte that begins a block of 0 to SHORT, as `Repeated` takes it (halved)."""
    return b"[" + b"".join(_byte(2 * n) for n in range(SHORT + 1)) + b"]"


def compiled(parts: Sequence[bytes]) -> re.Pattern[bytes]:
    """The patterns in a row as one expression."""
    return re.compile(b"".join(parts), re.DOTALL)


def resolve(schema: Any, names: dict[str, Any] | None = None) -> Any:
    """A schema with every reference to a named type replaced by the type."""
    names = {} if names is None else names
    if isinstance(schema, list):
        return [resolve(branch, names) for branch in schema]
    if isinstance(schema, str):
        return names.get(schema, schema)
    whole = dict(schema)
    if "name" in whole:
        names[whole["name"]] = whole
    if whole["type"] == "record":
        whole["fields"] = [{**field, "type": resolve(field["type"], names)} for field in whole["fields"]]
        names[whole["name"]] = whole
    for inner in ("items", "values"):
        if inner in whole:
            whole[inner] = resolve(whole[inner], names)
    if isinstance(whole["type"], dict | list):
        return resolve(whole["type"], names)
    return whole


def field_type(schema: Schema, name: str) -> Any:
    """The type of a record's field. KeyError when there is none."""
    for field in schema["fields"]:
        if field["name"] == name:
            return field["type"]
    raise KeyError(name)


class Repeated(dict[int, re.Pattern[bytes]]):
    """For each count, 0 to SHORT as `count()` lets through, halved: that many encodings of one pattern and the end mark
    of the array. An expression is made once, when it is first asked for.
    """

    def __init__(self, item: bytes) -> None:
        super().__init__()
        # atomic: an item matches one way only, so there is nothing to come back for
        self._item = b"(?>" + item + b")"

    def __missing__(self, count: int) -> re.Pattern[bytes]:
        repeated = self._item + b"{%d}\x00" % count if count else b""
        self[count] = made = re.compile(repeated, re.DOTALL)
        return made


def _short_array(item: bytes) -> bytes:
    # one block of up to three: marks beside a score; longer lists are matched by Repeated
    blocks = (_byte(2 * n) + b"(?:" + item + b"){%d}" % n + rb"\x00" for n in range(1, 4))
    return b"(?:\\x00|" + b"|".join(blocks) + b")"


def _byte(value: int) -> bytes:
    return b"\\x%02x" % value
