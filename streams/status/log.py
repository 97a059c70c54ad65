"""A section's status log in memory: rows as bytes in the order first seen, and which parts must be written."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas import shape, splice
from schemas.codec import MAX_RECORD, Refused, decode
from schemas.keys import key_parts, section_key
from schemas.results import RowState, SectionStatus
from streams.status.rows import COMMON_ROW, PLAIN_ROW, cut_rows, read_row, row_bytes, slim

#: Rows of one record of sync.status. With the caps of `fold` on titles and problems a full part fits a record,
#: unless ids or explanations are uncommonly long: then the longest explanations are left out of the record.
PART_ROWS = 250
#: Teachers whose marks are kept: those who looked last.
SEEN_KEPT = 200
_PART = re.compile(rb"[1-9][0-9]{0,3}")
_PLAIN_KEY = re.compile(b"(" + shape.KEY_SAFE + b"+)/(" + shape.KEY_SAFE + b"+)")

_HEADER = splice.header("SectionStatus")
_RESULT_HEADER = splice.header("SyncResult")
QUEUED_STATE = splice.symbol(list(RowState).index(RowState.QUEUED))
# part, updated at, no error, nobody has read it; count of rows
_LONG = b"(" + shape.pattern("long") + b")"
_COMMON_PART = shape.compiled([b"(" + shape.pattern("int") + b")", _LONG, splice.NULL, splice.EMPTY, _LONG])


class PartKey(NamedTuple):
    """A key of sync.status."""

    section_key: bytes
    tenant: str
    section: str
    number: int


def part_of(key: bytes) -> PartKey:
    """The section and part a key of sync.status names. Refused when it is none that we would write."""
    try:
        tenant, section, *part = key_parts(key)
    except ValueError:  # no text, or no two ids
        tenant, section, part = "", "", []
    of_section = section_key(tenant, section)
    number = key[len(of_section) + 1 :] if part else b""
    if not (tenant and section) or key != (of_section + b"/" + number if part else of_section):
        raise Refused("WRONG_KEY")
    if part and _PART.fullmatch(number) is None:
        raise Refused("WRONG_KEY")
    return PartKey(of_section, tenant, section, int(number or b"0"))


class Waits(NamedTuple):
    """A row that waits, as found in a log: since when, and until when it was promised to be silent."""

    item: bytes
    since: int
    promised: int | None


class SectionLog:
    """One section's log. Rows are keyed by the item id as encoded (`splice.string`)."""

    __slots__ = (
        "_dirty",
        "_errors",
        "_seen",
        "_updated",
        "key",
        "place",
        "positions",
        "result_prefix",
        "rows",
    )

    def __init__(self, key: bytes, tenant: str, section: str) -> None:
        self.key = key
        self.place = splice.string(tenant) + splice.string(section)
        self.result_prefix = _RESULT_HEADER + self.place
        self.rows: list[bytes] = []
        self.positions: dict[bytes, int] = {}
        self._updated: dict[int, bytes] = {}
        self._errors: dict[int, int] = {}
        self._seen: dict[str, int] = {}
        self._dirty: set[int] = set()

    def row(self, item: bytes) -> bytes | None:
        """An item's row."""
        position = self.positions.get(item)
        return None if position is None else self.rows[position]

    def put(self, item: bytes, row: bytes, at: bytes) -> None:
        """Take an item's row as of the encoded time `at`; its part is written with this batch."""
        position = self.positions.get(item)
        if position is None:
            position = self.positions[item] = len(self.rows)
            self.rows.append(row)
        else:
            self.rows[position] = row
        part = position // PART_ROWS
        self._updated[part] = at
        self._dirty.add(part)

    def error_at(self, item: bytes, at: int) -> None:
        """An error of the item was told at `at`, milliseconds since the epoch."""
        part = self.positions[item] // PART_ROWS
        self._errors[part] = max(at, self._errors.get(part, at))

    def seen(self, teacher: str, at: int) -> None:
        """A teacher opened the log at `at`, milliseconds since the epoch."""
        if at > self._seen.get(teacher, -1):
            self._seen[teacher] = at
            self._dirty.add(0)
            while len(self._seen) > SEEN_KEPT:
                del self._seen[min(self._seen, key=lambda one: (self._seen[one], one))]

    def written(self) -> Iterator[tuple[bytes, bytes]]:
        """Key and record of every part that changed since last taken."""
        dirty, self._dirty = self._dirty, set()
        for part in sorted(dirty):
            yield self.part_key(part), self.part(part)

    def has(self, part: int) -> bool:
        """Whether there is such a part; part 0 there always is."""
        return part * PART_ROWS < max(len(self.rows), 1)

    def part_key(self, part: int) -> bytes:
        """The key of a part on sync.status."""
        return self.key if part == 0 else b"%b/%d" % (self.key, part)

    def part(self, part: int) -> bytes:
        """A part as a record of sync.status."""
        # a place held open for a row that never came back is no row
        rows = [row for row in self.rows[part * PART_ROWS : (part + 1) * PART_ROWS] if row]
        error = self._errors.get(part)
        head = b"".join(
            (
                _HEADER,
                self.place,
                splice.long(part),
                self._updated.get(part, b"\x00"),
                splice.NULL if error is None else splice.SOME + splice.long(error),
                self._seen_marks() if part == 0 else splice.EMPTY,
                splice.long(len(rows)) if rows else b"",
            )
        )
        value = b"".join((head, *rows, splice.EMPTY))
        if len(value) > MAX_RECORD:
            value = b"".join((head, *_fitting(rows, MAX_RECORD - len(head) - 1), splice.EMPTY))
        return value

    def load(self, part: int, value: bytes) -> list[Waits]:
        """Take a part as read from sync.status; the rows that wait. Refused, having taken nothing, when it is not
        that part.
        """
        rows = self._load_common(part, value)
        if rows is None:
            rows = self._load_any(part, value)
        waiting: list[Waits] = []
        first = part * PART_ROWS
        # parts come back in any order; the rows of a part not read yet are held open
        self.rows.extend([b""] * (first + len(rows) - len(self.rows)))
        for position, row in enumerate(rows, start=first):
            self.rows[position] = row
            match = COMMON_ROW.match(row)
            if match is not None:
                self.positions[match[1]] = position
                if match[4] != QUEUED_STATE:
                    continue
                if PLAIN_ROW.fullmatch(row) is not None:
                    waiting.append(Waits(match[1], splice.read_long(match[10]), None))
                    continue
            whole = read_row(row)
            item = splice.string(whole.item)
            self.positions[item] = position
            if whole.state is RowState.QUEUED:
                waiting.append(Waits(item, whole.changed_at, whole.next_try_at))
        return waiting

    def _load_common(self, part: int, value: bytes) -> list[bytes] | None:
        match = _COMMON_PART.match(value, len(_HEADER) + len(self.place))
        if match is None or not value.startswith(_HEADER + self.place):
            return None
        rows = cut_rows(value[match.end() :], splice.read_long(match[3]))
        if rows is None or len(rows) > PART_ROWS or splice.read_long(match[1]) != part:
            return None
        self._updated[part] = match[2]
        return rows

    def _load_any(self, part: int, value: bytes) -> list[bytes]:
        status = decode(SectionStatus, value)
        if splice.string(status.tenant) + splice.string(status.section) != self.place or status.part != part:
            raise Refused("WRONG_KEY")
        if len(status.rows) > PART_ROWS:
            raise Refused("TOO_LARGE")
        self._updated[part] = splice.long(status.updated_at)
        if status.last_error_at is not None:
            self._errors[part] = status.last_error_at
        for mark in status.seen:
            self._seen[mark.teacher] = mark.seen_at
        return [row_bytes(row) for row in status.rows]

    def _seen_marks(self) -> bytes:
        if not self._seen:
            return splice.EMPTY
        marks = (splice.string(teacher) + splice.long(at) for teacher, at in sorted(self._seen.items()))
        return splice.long(len(self._seen)) + b"".join(marks) + splice.EMPTY


def log_of(key: bytes) -> SectionLog | None:
    """A new log of the section of that key; None when its ids are not the key's bytes as they stand."""
    match = _PLAIN_KEY.fullmatch(key)
    return None if match is None else SectionLog(key, match[1].decode(), match[2].decode())


def _fitting(rows: list[bytes], room: int) -> list[bytes]:
    """The rows, the longest without their explanations, in no more bytes than that."""
    fitted = list(rows)
    over = sum(map(len, rows)) - room
    for place in sorted(range(len(rows)), key=lambda place: len(rows[place]), reverse=True):
        if over <= 0:
            break
        fitted[place] = slim(rows[place])
        over -= len(rows[place]) - len(fitted[place])
    return fitted
