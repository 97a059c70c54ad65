"""One section's newest status log as the bytes it came in: a record per part, decoded when somebody asks.

A part may replace another of the same number only if that takes nothing back (`supersedes`). The time in a part
is a hint: it is that of the result folded last, and the clocks of workers differ, so it can go back while the
rows go forward. Rows decide: their revisions only ever grow.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from fastavro import parse_schema, schemaless_reader

from schemas import codec, keys
from schemas.codec import Refused
from schemas.registry import schemas
from schemas.results import RowState, SectionStatus

RECORD = "SectionStatus"
_HEADER_BYTES = 5
_GLANCE = ("tenant", "section", "part", "updated_at")

Counts = Mapping[RowState, int]
_LOWEST = (-2, -2, -2, -2)


@dataclass(slots=True, eq=False)
class Part:
    """One record of sync.status, known by identity. Only its first fields have been looked at."""

    tenant: str
    section: str
    number: int
    updated_at: int
    value: bytes
    _counts: Counts | None = None

    @property
    def key(self) -> bytes:
        """The key a record of this content must have."""
        return part_key(self.tenant, self.section, self.number)

    def counts(self) -> Counts:
        """Rows by state, deleted ones left out; an unreadable body counts as no rows. Kept once computed."""
        if self._counts is None:
            self._counts = _count(self.value)
        return self._counts


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
    fields = _fields(value, _beginning_of(written.id))
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


def _count(value: bytes) -> Counts:
    try:
        rows: Iterator[dict[str, Any]] = iter(_whole(value)["rows"])
        return Counter(RowState(row["state"]) for row in rows if not row["deleted"])
    except (Refused, ValueError):
        return {}


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
def _beginning_of(schema_id: int) -> Any:
    """The writer's schema cut off after the last field of the glance: Avro fields lie one after the other."""
    written = schemas().written(schema_id)
    assert written is not None  # noqa: S101 - the caller has it from there
    fields = written.schema["fields"]
    names = [one["name"] for one in fields]
    last = max(names.index(name) for name in _GLANCE)
    return parse_schema({"type": "record", "name": f"{RECORD}Beginning", "fields": fields[: last + 1]})
