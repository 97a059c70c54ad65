"""One section's newest status log as the bytes it came in: a record per part, decoded when somebody asks.

A part may replace another of the same number only if that takes nothing back (`supersedes`). The time in a part
is a hint: it is that of the result folded last, and the clocks of workers differ, so it can go back while the
rows go forward. Rows decide: their revisions only ever grow.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from fastavro import parse_schema, schemaless_reader

from schemas import codec, keys
from schemas.codec import Refused
from schemas.gradebook import Sis
from schemas.registry import schemas
from schemas.results import RowState, SectionStatus

RECORD = "SectionStatus"
_HEADER_BYTES = 5
_GLANCE = ("tenant", "section", "part", "updated_at")  # in the order of the schema

Counts = Mapping[RowState, int]
#: A code, the state it stands beside, and the system.
Cause = tuple[str, RowState, Sis | None]
_LOWEST = (-2, -2, -2, -2)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one pass over a part's rows counts, deleted ones left out. `causes`: rows with a code."""

    states: Counts
    causes: Mapping[Cause, int]


@dataclass(frozen=True, slots=True)
class Marks:
    """When the newest error was told, and how far each teacher has read; milliseconds since the epoch."""

    last_error_at: int | None
    seen: Mapping[str, int]


@dataclass(slots=True, eq=False)
class Part:
    """One record of sync.status, known by identity. Only its first fields have been looked at."""

    tenant: str
    section: str
    number: int
    updated_at: int
    value: bytes
    _tally: Tally | None = None

    @property
    def key(self) -> bytes:
        """The key a record of this content must have."""
        return part_key(self.tenant, self.section, self.number)

    def tally(self) -> Tally:
        """An unreadable body counts as no rows. Kept once computed."""
        if self._tally is None:
            self._tally = _count(self.value)
        return self._tally

    def counts(self) -> Counts:
        """Rows by state, deleted ones left out."""
        return self.tally().states

    def marks(self) -> Marks:
        """From the fields before the rows. Refused when they are unreadable."""
        fields = _fields(self.value, _beginning_of(codec.writer_of(self.value).id, "seen"))
        return Marks(fields["last_error_at"], {one["teacher"]: one["seen_at"] for one in fields["seen"]})


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A section's parts at one moment. Replaced as a whole, so that whoever holds one holds one moment."""

    tenant: str
    section: str
    parts: Mapping[int, Part] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes to decode."""
        return sum(len(part.value) for part in self.parts.values())

    @property
    def updated_at(self) -> int:
        return max((part.updated_at for part in self.parts.values()), default=0)

    def counts(self) -> Counts:
        """Rows by state, deleted ones left out."""
        total: Counter[RowState] = Counter()
        for part in self.parts.values():
            total.update(part.counts())
        return total

    def causes(self) -> Mapping[Cause, int]:
        """Rows by code, state and system, deleted ones left out."""
        total: Counter[Cause] = Counter()
        for part in self.parts.values():
            total.update(part.tally().causes)
        return total

    def marks(self) -> Marks:
        """Those of all parts together. Refused when one is unreadable."""
        read = [part.marks() for part in self.parts.values()]
        errors = [one.last_error_at for one in read if one.last_error_at is not None]
        seen: dict[str, int] = {}
        for one in read:
            seen.update(one.seen)
        return Marks(max(errors, default=None), seen)

    def status(self) -> SectionStatus:
        """The whole log, its parts put together. Refused when one of them is no record after all."""
        if not self.parts:
            return SectionStatus(
                tenant=self.tenant,
                section=self.section,
                part=0,
                updated_at=0,
                last_error_at=None,
                seen=(),
                rows=(),
            )
        read = [codec.decode(SectionStatus, self.parts[number].value) for number in sorted(self.parts)]
        errors = [one.last_error_at for one in read if one.last_error_at is not None]
        return replace(
            read[0],
            updated_at=self.updated_at,
            last_error_at=max(errors, default=None),
            seen=tuple(mark for one in read for mark in one.seen),
            rows=tuple(row for one in read for row in one.rows),
        )

    def with_part(self, part: Part) -> Entry:
        return replace(self, parts={**self.parts, part.number: part})

    def without_part(self, number: int) -> Entry:
        return replace(self, parts={n: part for n, part in self.parts.items() if n != number})


def part_key(tenant: str, section: str, number: int) -> bytes:
    """tenant/section for part 0, tenant/section/part for the others."""
    key = keys.section_key(tenant, section)
    return key if number == 0 else b"%b/%d" % (key, number)


def glance(value: bytes) -> Part:
    """Whose, which part and when, from the first fields alone: some 2 microseconds, where a section takes 500."""
    written = codec.writer_of(value)
    if written.record != RECORD:
        raise Refused("WRONG_SCHEMA")
    fields = _fields(value, _beginning_of(written.id, _GLANCE[-1]))
    return Part(fields["tenant"], fields["section"], fields["part"], fields["updated_at"], value)


def supersedes(new: Part, held: Part) -> bool:
    """Whether `new` may stand in place of `held`. Later by its time it may, unseen: a paused writer knows less
    than the owner and is seldom ahead of it, and the owner then writes again. Otherwise its rows are compared.
    """
    if new.updated_at > held.updated_at:
        return True
    if new.value == held.value:
        return False
    known, told = _marks(held.value), _marks(new.value)
    return all(_no_older(told.get(who, _LOWEST), mark) for who, mark in known.items())


def _no_older(new: tuple[int, int, int, int], held: tuple[int, int, int, int]) -> bool:
    """Each mark has three that grow on their own: heard, (revision, step), last success."""
    return new[0] >= held[0] and new[1:3] >= held[1:3] and new[3] >= held[3]


def _marks(value: bytes) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    fields = _whole(value)
    rows = {
        ("item", row["item"]): (row["heard"], row["revision"], row["step"], row["last_success_revision"])
        for row in fields["rows"]
    }
    seen = {("seen", mark["teacher"]): (mark["seen_at"], -1, -1, -1) for mark in fields["seen"]}
    return rows | seen


def _count(value: bytes) -> Tally:
    try:
        rows: list[dict[str, Any]] = [row for row in _whole(value)["rows"] if not row["deleted"]]
        return Tally(
            Counter(RowState(row["state"]) for row in rows),
            Counter(_cause(row) for row in rows if row["code"] is not None),
        )
    except (Refused, ValueError):
        return Tally({}, {})


def _cause(row: Mapping[str, Any]) -> Cause:
    return row["code"], RowState(row["state"]), None if row["sis"] is None else Sis(row["sis"])


def _whole(value: bytes) -> dict[str, Any]:
    """All fields without dataclasses around them: four times as fast."""
    return _fields(value, codec.writer_of(value).schema)


def _fields(value: bytes, schema: Any) -> dict[str, Any]:
    body = io.BytesIO(value[_HEADER_BYTES:])
    try:
        fields: dict[str, Any] = schemaless_reader(body, schema)  # type: ignore[assignment]
    except Exception:  # noqa: BLE001 - fastavro has no error of its own for bad bytes
        fields = {}
    if not fields:  # raised out here: the foreign exception quotes the bytes it failed on
        raise Refused("MALFORMED")
    return fields


@cache
def _beginning_of(schema_id: int, last: str) -> Any:
    """The writer's schema cut off after a field: Avro fields lie one after the other."""
    written = schemas().written(schema_id)
    assert written is not None  # noqa: S101 - the caller has it from there
    fields = written.schema["fields"]
    end = [one["name"] for one in fields].index(last) + 1
    return parse_schema({"type": "record", "name": f"{RECORD}Before{end}", "fields": fields[:end]})
