"""Replay: ask for a sync of what changed in a range of gradebook.changes, without touching an offset.

    plan(records, selection)  which sections and items had content changes there; pure
    run(plan, cluster)        one SyncRequested per section, each awaited

Intake answers a request with the CURRENT desired state of the items, never with the old events, so a replay
cannot bring an old grade back; it leaves alone what nobody ever asked to sync. Delivery, which compares with
what it has sent, calls no SIS for what is already there. A run is continued by its id: what it has asked for
stands on the topic and is not asked twice.
"""

from __future__ import annotations

import hashlib
import io
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from fastavro import schemaless_reader
from kafka import KafkaProducer
from kafka.errors import KafkaError

from schemas import codec, keys
from schemas.cluster import Cluster
from schemas.codec import Refused
from schemas.gradebook import GradebookChange, SyncRequested
from streams.follow import Read, read_range

ACTOR = "replay"
#: A section with more changed items than this is asked for as a whole: the same work, and a small record.
MOST_ITEMS = 1_000
ACK_SECONDS = 30.0
BLOCK_MS = 10_000
_CLOSE_SECONDS = 5.0
_IN_FLIGHT = 500
_HEADER_BYTES = 5
_CONTENT = frozenset({"ItemChanged", "ScoresChanged", "ItemDeleted", "ItemRestored"})
_RUN_ID = re.compile(r"replay-(\d{8}T\d{6}\.\d{3}Z)-([0-9a-f]{8})")
_TIME = "%Y%m%dT%H%M%S"

#: (sections asked for so far in this run, earlier parts of it included; sections in all)
OnProgress = Callable[[int, int], None]


class RunMismatch(ValueError):
    """--run names a run of another selection, or no run at all."""


class ReplayInterrupted(Exception):
    """The broker did not acknowledge a request. The same run id continues; nothing is asked for twice."""

    def __init__(self, run: str, requested: int, total: int) -> None:
        super().__init__(
            f"interrupted after {requested} of {total} sections; go on with the same arguments and --run {run}"
        )
        self.run = run
        self.requested = requested
        self.total = total


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What to replay. A section is replayed whole and from its first event unless times are given too."""

    tenant: str | None = None
    section: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None

    def __post_init__(self) -> None:
        if self.section is None and self.from_ms is None:
            raise ValueError("say what to replay: a section, or the time it starts from")
        if self.from_ms is not None and self.to_ms is not None and self.from_ms >= self.to_ms:
            raise ValueError("the range ends before it starts")

    @property
    def whole(self) -> bool:
        """All items of a section, not just those with events in a range."""
        return self.section is not None and self.from_ms is None and self.to_ms is None

    @property
    def hash(self) -> str:
        """Eight hex digits that a run id carries, so that it is not continued with other arguments."""
        return _digest(asdict(self))

    def takes(self, tenant: str, section: str) -> bool:
        return self.tenant in (None, tenant) and self.section in (None, section)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlan:
    """A section to ask for: some items of it, or all (None)."""

    tenant: str
    section: str
    items: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """What a run would ask for. Counts are of content events; `first_ms`, `last_ms` are the records' own times."""

    selection: Selection
    sections: tuple[SectionPlan, ...]
    items: int
    events: int
    skipped: int
    unreadable: int
    first_ms: int | None
    last_ms: int | None


def new_run(selection: Selection, now_ms: int) -> str:
    """A run id: `replay-<utc time>-<hash of the selection>`."""
    stamp = datetime.fromtimestamp(now_ms // 1000, UTC).strftime(_TIME)
    return f"replay-{stamp}.{now_ms % 1000:03d}Z-{selection.hash}"


def started_ms(run: str, selection: Selection) -> int:
    """When a run started, from its id. RunMismatch when it is no id, or that of another selection."""
    match = _RUN_ID.fullmatch(run)
    if match is None:
        raise RunMismatch(f"{run} is not the id of a replay")
    if match[2] != selection.hash:
        raise RunMismatch(f"{run} was a run with other arguments; give the same ones, or leave --run out")
    seconds, _, millis = match[1].removesuffix("Z").partition(".")
    try:
        at = datetime.strptime(seconds, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise RunMismatch(f"{run} is not the id of a replay") from error
    return int(at.timestamp()) * 1000 + int(millis)


def read(cluster: Cluster, selection: Selection, *, run_id: str | None = None) -> Iterable[Read]:
    """The records a plan is made of: the range, and only the section's partition where the selection names one.

    For a run that goes on, an open end is the run's start: it then asks for what it asked for the first time.
    """
    end = selection.to_ms
    if end is None and run_id is not None:
        end = started_ms(run_id, selection)
    key = None
    if selection.tenant is not None and selection.section is not None:
        key = keys.section_key(selection.tenant, selection.section)
    return read_range(cluster, cluster.topics.changes, selection.from_ms, end, key=key)


def plan(records: Iterable[Read], selection: Selection) -> ReplayPlan:
    """What to ask for, from the records of the range in any order. Unreadable ones are counted, not guessed at."""
    found = _Found()
    for record in records:
        try:
            tenant, section, kind, item = _glance(record.value)
        except Refused:
            found.unreadable += 1
            continue
        if kind in _CONTENT and selection.takes(tenant, section):
            found.event(tenant, section, item, record.timestamp_ms)
        else:
            found.skipped += 1
    return ReplayPlan(
        selection=selection,
        sections=tuple(
            _section(*key, items, whole=selection.whole) for key, items in sorted(found.items.items())
        ),
        items=sum(map(len, found.items.values())),
        events=found.events,
        skipped=found.skipped,
        unreadable=found.unreadable,
        first_ms=found.first_ms,
        last_ms=found.last_ms,
    )


@dataclass(slots=True)
class _Found:
    items: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    events: int = 0
    skipped: int = 0
    unreadable: int = 0
    first_ms: int | None = None
    last_ms: int | None = None

    def event(self, tenant: str, section: str, item: str, at: int) -> None:
        self.items.setdefault((tenant, section), set()).add(item)
        self.events += 1
        self.first_ms = at if self.first_ms is None else min(self.first_ms, at)
        self.last_ms = at if self.last_ms is None else max(self.last_ms, at)


def run(
    planned: ReplayPlan,
    cluster: Cluster,
    *,
    run_id: str | None = None,
    on_progress: OnProgress = lambda _done, _all: None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> str:
    """Ask for every section of the plan and await the broker's acknowledgements; returns the run's id.

    With `run_id` an interrupted run goes on: sections it has asked for already are left out. Raises
    RunMismatch, ReplayInterrupted, or KafkaError when no broker answers at all.
    """
    continued = run_id is not None
    run_id = run_id or new_run(planned.selection, now_ms())
    started = started_ms(run_id, planned.selection)
    done = requested(cluster, run_id, started) if continued else frozenset()
    waiting = [one for one in planned.sections if (one.tenant, one.section) not in done]
    total = len(planned.sections)
    finished = total - len(waiting)
    on_progress(finished, total)
    producer = _producer(cluster)
    try:
        for first in range(0, len(waiting), _IN_FLIGHT):
            chunk = waiting[first : first + _IN_FLIGHT]
            for future in _sent(producer, cluster, [request(one, run_id, started) for one in chunk]):
                future.get(timeout=ACK_SECONDS)
                finished += 1
                on_progress(finished, total)
    except KafkaError as error:
        raise ReplayInterrupted(run_id, finished, total) from error
    finally:
        producer.close(timeout=_CLOSE_SECONDS)
    return run_id


def request(section: SectionPlan, run_id: str, started: int) -> GradebookChange:
    """The event that asks for a section: the same one however often it is made."""
    return GradebookChange(
        tenant=section.tenant,
        section=section.section,
        event=f"{run_id}-{_digest([section.tenant, section.section])}",
        version=started,
        occurred_at=started,
        actor=ACTOR,
        change=SyncRequested(run=run_id, items=section.items, replay=True),
    )


def requested(cluster: Cluster, run_id: str, started: int) -> frozenset[tuple[str, str]]:
    """The (tenant, section)s a run has asked for, read from the topic since its start."""
    found = set()
    for record in read_range(cluster, cluster.topics.changes, started):
        try:
            fields = _fields(record.value)
        except Refused:
            continue
        kind, change = _change(fields)
        if kind == "SyncRequested" and change["run"] == run_id:
            found.add((fields["tenant"], fields["section"]))
    return frozenset(found)


def _digest(value: object) -> str:
    return hashlib.blake2b(orjson.dumps(value), digest_size=4).hexdigest()


def _section(tenant: str, section: str, items: set[str], *, whole: bool) -> SectionPlan:
    listed = None if whole or len(items) > MOST_ITEMS else tuple(sorted(items))
    return SectionPlan(tenant=tenant, section=section, items=listed)


def _glance(value: bytes | None) -> tuple[str, str, str, str]:
    """Tenant, section, kind of change and item ("" for a change without one): no dataclasses, ten times as fast."""
    fields = _fields(value)
    kind, change = _change(fields)
    return fields["tenant"], fields["section"], kind, change.get("item", "")


def _fields(value: bytes | None) -> dict[str, Any]:
    written = codec.writer_of(value)
    if written.record != "GradebookChange" or value is None:
        raise Refused("WRONG_SCHEMA")
    try:
        fields: dict[str, Any] = schemaless_reader(  # type: ignore[assignment]
            io.BytesIO(value[_HEADER_BYTES:]), written.schema, return_record_name=True
        )
    except Exception as error:  # fastavro has no error of its own for bad bytes
        raise Refused("MALFORMED") from error
    return fields


def _change(fields: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    name, change = fields["change"]
    return name.rpartition(".")[2], change


def _producer(cluster: Cluster) -> Any:
    return KafkaProducer(
        bootstrap_servers=cluster.bootstrap.split(","),
        client_id="gradebook-sync-replay",
        acks="all",
        linger_ms=5,
        allow_auto_create_topics=False,
        request_timeout_ms=10_000,
        max_block_ms=BLOCK_MS,
        delivery_timeout_ms=int(ACK_SECONDS * 1000) - 5_000,
        metrics_enabled=False,
    )


def _sent(producer: Any, cluster: Cluster, changes: Iterable[GradebookChange]) -> list[Any]:
    return [
        producer.send(
            cluster.topics.changes,
            key=keys.section_key(change.tenant, change.section),
            value=codec.encode(change),
        )
        for change in changes
    ]
