"""A section's status log in memory: rows as bytes in the order first seen, and which parts must be written."""

from collections.abc import Iterator

from schemas import shape, splice
from schemas.codec import decode
from schemas.results import RowState, SectionStatus
from streams.status.rows import COMMON_ROW, cut_rows, read_row, row_bytes

#: Rows of one record of sync.status. With the caps of `fold` on titles and problems a full part fits a record.
PART_ROWS = 250

_HEADER = splice.header("SectionStatus")
_RESULT_HEADER = splice.header("SyncResult")
QUEUED_STATE = splice.symbol(list(RowState).index(RowState.QUEUED))
# part, updated at, no error, nobody has read it; count of rows
_LONG = b"(" + shape.pattern("long") + b")"
_COMMON_PART = shape.compiled([_LONG, _LONG, splice.NULL, splice.EMPTY, _LONG])


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

    def written(self) -> Iterator[tuple[bytes, bytes]]:
        """Key and record of every part that changed since last taken."""
        dirty, self._dirty = self._dirty, set()
        for part in sorted(dirty):
            yield self.part_key(part), self.part(part)

    def part_key(self, part: int) -> bytes:
        """The key of a part on sync.status."""
        return self.key if part == 0 else b"%b/%d" % (self.key, part)

    def part(self, part: int) -> bytes:
        """A part as a record of sync.status."""
        rows = self.rows[part * PART_ROWS : (part + 1) * PART_ROWS]
        error = self._errors.get(part)
        return b"".join(
            (
                _HEADER,
                self.place,
                splice.long(part),
                self._updated.get(part, b"\x00"),
                splice.NULL if error is None else splice.SOME + splice.long(error),
                self._seen_marks() if part == 0 else splice.EMPTY,
                splice.long(len(rows)) if rows else b"",
                *rows,
                splice.EMPTY,
            )
        )

    def load(self, value: bytes) -> Iterator[tuple[bytes, int]]:
        """Take a part as read from sync.status; yields the items that wait, and since when. Refused when it is
        not a part.
        """
        part, rows = self._load_common(value) or self._load_any(value)
        first = part * PART_ROWS
        # parts come back in any order; the rows of a part not read yet are held open
        self.rows.extend([b""] * (first + len(rows) - len(self.rows)))
        for position, row in enumerate(rows, start=first):
            self.rows[position] = row
            match = COMMON_ROW.match(row)
            if match is not None:
                item, waits, since = match[1], match[4] == QUEUED_STATE, match[10]
                self.positions[item] = position
                if waits:
                    yield item, splice.read_long(since)
                continue
            whole = read_row(row)
            self.positions[splice.string(whole.item)] = position
            if whole.state is RowState.QUEUED:
                yield splice.string(whole.item), whole.changed_at

    def _load_common(self, value: bytes) -> tuple[int, list[bytes]] | None:
        match = _COMMON_PART.match(value, len(_HEADER) + len(self.place))
        if match is None or not value.startswith(_HEADER + self.place):
            return None
        rows = cut_rows(value[match.end() :], splice.read_long(match[3]))
        if rows is None:
            return None
        part = splice.read_long(match[1])
        self._updated[part] = match[2]
        return part, rows

    def _load_any(self, value: bytes) -> tuple[int, list[bytes]]:
        status = decode(SectionStatus, value)
        self._updated[status.part] = splice.long(status.updated_at)
        if status.last_error_at is not None:
            self._errors[status.part] = status.last_error_at
        for mark in status.seen:
            self._seen[mark.teacher] = mark.seen_at
        return status.part, [row_bytes(row) for row in status.rows]

    def _seen_marks(self) -> bytes:
        if not self._seen:
            return splice.EMPTY
        marks = (splice.string(teacher) + splice.long(at) for teacher, at in sorted(self._seen.items()))
        return splice.long(len(self._seen)) + b"".join(marks) + splice.EMPTY
