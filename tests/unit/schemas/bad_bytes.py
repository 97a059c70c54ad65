"""Values that are no GradebookChange, each with the code it is refused with; numbers as in security.md section 7.

`BAD_VALUES` is for whoever reads records: the codec's unit tests decode them, an integration test of a worker
publishes them all. What is about keys, headers, timestamps and batches (3, 22, 23, 24) cannot be told by a value,
nor what needs a schema of its own (14 and 15 as measured: see test_lint.py).
"""

import gzip
import struct
from dataclasses import dataclass

from schemas.codec import MAX_RECORD, encode
from schemas.gradebook import GradebookChange, ItemChanged, ItemKind, Score
from schemas.registry import schemas


@dataclass(frozen=True, slots=True)
class BadValue:
    """A record's value, the number of its case in security.md, and the code that `codec.decode` refuses it with."""

    name: str
    number: int
    value: bytes | None
    code: str


def varint(number: int) -> bytes:
    """An Avro int or long."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def text(value: str) -> bytes:
    """An Avro string."""
    raw = value.encode()
    return varint(len(raw)) + raw


def header(schema_id: int, magic: int = 0) -> bytes:
    """The five bytes before a body."""
    return struct.pack(">BI", magic, schema_id)


ID = schemas().current("GradebookChange").id
HEADER = header(ID)
_NULL, _FALSE, _TRUE, _END = b"\x00", b"\x00", b"\x01", b"\x00"
#: The version and the time of the envelope.
_NUMBERS = varint(1) + varint(1_700_000_000_000)
#: tenant, section, event, version, occurred_at, actor (null)
ENVELOPE = text("d1") + text("s1") + text("e1") + _NUMBERS + _NULL
#: The change's branch, the item's id, kind and title, and its category, due date and points (all null).
_ITEM = varint(0) + text("i1")
_UNTIL_FLAGS = varint(0) + text("Essay") + _NULL * 3
#: published, counts, extra_credit, description (null), and a list of scores begins.
_UNTIL_SCORES = _TRUE + _TRUE + _FALSE + _NULL + varint(1)
SCORE = text("p1") + _NULL * 2 + _END + _NULL
#: Everything of an item up to the blocks of its scores.
ITEM = HEADER + ENVELOPE + _ITEM + _UNTIL_FLAGS + _UNTIL_SCORES
DELETED = HEADER + ENVELOPE + varint(2) + text("i1")

GOOD = encode(
    GradebookChange(
        tenant="d1",
        section="s1",
        event="e1",
        version=1,
        occurred_at=1_700_000_000_000,
        change=ItemChanged(
            item="i1",
            kind=ItemKind.TEST,
            title="Essay",
            points=10.0,
            scores=tuple(Score(student=f"p{i}", points=float(i)) for i in range(30)),
        ),
    )
)


def change_of_size(size: int) -> bytes:
    """A good change of exactly that many bytes; a size no length of text comes to is a ValueError."""
    change = HEADER + ENVELOPE + varint(10)
    length = size - len(change)
    while len(change) + len(varint(length)) + length > size:
        length -= 1
    value = change + varint(length) + b"t" * length
    if len(value) != size:
        raise ValueError(size)
    return value


_OTHER = header(schemas().current("SectionReview").id) + text("d1") + text("s1")
_DEEP_JSON = b"[" * 20_000 + b"]" * 20_000
_JSON = b'{"tenant":"d1","section":"s1","version":1,"type":"ItemDeleted","item":"i1"}'
_PICKLE = b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85R."

BAD_VALUES: tuple[BadValue, ...] = (
    BadValue("no bytes", 1, b"", "EMPTY_VALUE"),
    BadValue("a tombstone", 2, None, "TOMBSTONE"),
    BadValue("magic 1", 4, b"\x01" + GOOD[1:], "BAD_MAGIC"),
    BadValue("magic 255", 4, b"\xff" + GOOD[1:], "BAD_MAGIC"),
    BadValue("one byte", 5, b"\x00", "SHORT_VALUE"),
    BadValue("four bytes", 5, GOOD[:4], "SHORT_VALUE"),
    BadValue("a header without a body", 5, HEADER, "MALFORMED"),
    BadValue("an id nobody registered", 6, header(9_999) + GOOD[5:], "UNKNOWN_SCHEMA"),
    BadValue("id 0", 6, header(0) + GOOD[5:], "UNKNOWN_SCHEMA"),
    BadValue("another record of ours", 7, _OTHER, "WRONG_SCHEMA"),
    BadValue("a change under the id of another record", 7, _OTHER[:5] + GOOD[5:], "WRONG_SCHEMA"),
    BadValue("a negative id", 8, header(0xFFFFFFFF) + GOOD[5:], "UNKNOWN_SCHEMA"),
    BadValue("the id in little endian", 8, b"\x00" + struct.pack("<I", ID) + GOOD[5:], "UNKNOWN_SCHEMA"),
    BadValue("cut by one byte", 9, GOOD[:-1], "MALFORMED"),
    BadValue("cut in the middle", 9, GOOD[: len(GOOD) // 2], "MALFORMED"),
    BadValue("cut inside a number", 9, HEADER + text("d1") + text("s1") + text("e1") + b"\x80", "MALFORMED"),
    BadValue("one byte more", 10, GOOD + b"\x00", "TRAILING_BYTES"),
    BadValue("two records in one value", 10, GOOD + GOOD, "TRAILING_BYTES"),
    BadValue(
        "a number of 41 bytes",
        11,
        DELETED.replace(_NUMBERS, b"\x80" * 40 + b"\x00" + varint(1)),
        "MALFORMED",
    ),
    BadValue(
        "a number of 11 bytes",
        11,
        DELETED.replace(_NUMBERS, b"\x82" + b"\x80" * 9 + b"\x00" + varint(1)),
        "MALFORMED",
    ),
    BadValue(
        "a number of 65 bits",
        11,
        DELETED.replace(_NUMBERS, b"\x80" * 9 + b"\x02" + varint(1)),
        "MALFORMED",
    ),
    BadValue("a text longer than the record", 12, HEADER + varint(1000) + GOOD[6:], "MALFORMED"),
    BadValue("a text of four exabytes", 12, HEADER + varint(2**62) + GOOD[6:], "MALFORMED"),
    BadValue("a text of length -1", 13, HEADER + varint(-1) + GOOD[6:], "MALFORMED"),
    BadValue("a text of the least length", 13, HEADER + varint(-(2**63)) + GOOD[6:], "MALFORMED"),
    BadValue("a hundred million scores", 14, ITEM + varint(10**8) + SCORE, "MALFORMED"),
    BadValue("a hundred million scores of zeros", 14, ITEM + varint(10**8) + b"\x00" * 1000, "MALFORMED"),
    BadValue("more scores than a number holds", 14, ITEM + varint(-(2**63)) + varint(4) + SCORE, "MALFORMED"),
    BadValue(
        "a block that says it is longer", 14, ITEM + varint(-1) + varint(99) + SCORE + _END, "MALFORMED"
    ),
    BadValue(
        "a block that says it is shorter", 14, ITEM + varint(-1) + varint(1) + SCORE + _END, "MALFORMED"
    ),
    BadValue("a block of negative size", 14, ITEM + varint(-1) + varint(-99) + SCORE + _END, "MALFORMED"),
    BadValue("brackets 20,000 deep", 15, _DEEP_JSON, "BAD_MAGIC"),
    BadValue("brackets 20,000 deep as a body", 15, HEADER + _DEEP_JSON, "MALFORMED"),
    BadValue("zeros 100,000 long as a body", 15, HEADER + b"\x00" * 100_000, "TRAILING_BYTES"),
    BadValue("a text that is not UTF-8", 16, DELETED.replace(b"i1", b"\xff\xfe"), "MALFORMED"),
    BadValue("half a surrogate pair", 16, DELETED[:-3] + varint(3) + b"\xed\xa0\x80", "MALFORMED"),
    BadValue("a slash in two bytes", 16, DELETED.replace(b"i1", b"\xc0\xaf"), "MALFORMED"),
    BadValue("an eleventh kind of change", 17, HEADER + ENVELOPE + varint(11) + text("i1"), "MALFORMED"),
    BadValue("a kind of change from the end", 17, HEADER + ENVELOPE + varint(-9) + text("i1"), "MALFORMED"),
    BadValue("an optional of a third kind", 17, HEADER + ENVELOPE[:-1] + varint(2) + varint(2), "MALFORMED"),
    BadValue(
        "a fourth kind of item",
        18,
        HEADER + ENVELOPE + _ITEM + varint(3) + _UNTIL_FLAGS[1:] + _UNTIL_SCORES + _END,
        "MALFORMED",
    ),
    BadValue(
        "a kind of item from the end",
        18,
        HEADER + ENVELOPE + _ITEM + varint(-1) + _UNTIL_FLAGS[1:] + _UNTIL_SCORES + _END,
        "MALFORMED",
    ),
    BadValue(
        "a boolean of 2",
        18,
        HEADER + ENVELOPE + _ITEM + _UNTIL_FLAGS + b"\x02" + _UNTIL_SCORES[1:] + _END,
        "MALFORMED",
    ),
    BadValue("a newer schema's id", 19, header(ID + 1) + GOOD[5:] + text("new"), "UNKNOWN_SCHEMA"),
    BadValue("a newer schema's field under our id", 19, GOOD + text("new"), "TRAILING_BYTES"),
    BadValue("a field fewer under our id", 19, HEADER + GOOD[5 + len(text("d1")) :], "MALFORMED"),
    BadValue("a byte above the cap", 20, GOOD + b"\x00" * (MAX_RECORD + 1 - len(GOOD)), "TOO_LARGE"),
    BadValue("JSON", 21, _JSON, "BAD_MAGIC"),
    BadValue("JSON as a body", 21, HEADER + _JSON, "MALFORMED"),
    BadValue("a pickle", 21, _PICKLE, "BAD_MAGIC"),
    BadValue("a pickle as a body", 21, HEADER + _PICKLE, "MALFORMED"),
    BadValue("gzip", 21, gzip.compress(GOOD, mtime=0), "BAD_MAGIC"),
    BadValue("an Avro file", 21, b"Obj\x01" + GOOD, "BAD_MAGIC"),
    BadValue("Avro without the five bytes", 21, GOOD[5:], "BAD_MAGIC"),
)

#: Unusual encodings of good changes: read, not refused.
ODD_BUT_GOOD: dict[str, bytes] = {
    "a number with a byte too many": DELETED.replace(_NUMBERS, b"\x82\x00\x02"),
    "scores in a block with its size": ITEM + varint(-1) + varint(len(SCORE)) + SCORE + _END,
    "scores in two blocks": ITEM + varint(1) + SCORE + varint(1) + SCORE + _END,
    "a deletion by hand": DELETED,
}
