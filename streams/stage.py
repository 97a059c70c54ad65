"""What the runtime hands to a stage, and what it asks of one.

A stage is synchronous and does no IO: it folds a batch of one partition into its state and appends
outputs to the outbox. The runtime fetches, restores, delivers, acknowledges and commits around it.

    restore(chunk)*  ->  process(batch) | tick(now) | overwritten(records)  in any order, never at once
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable


class Record(Protocol):
    """A raw Kafka record. The real one is aiokafka's C object: it has no topic and no partition."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class TopicPartition(NamedTuple):
    """Equal to, and hashed like, the same-named tuples of Faust and aiokafka."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one partition yielded between two fetch positions, `start` included and `stop` not.

    The positions and not the records' offsets say what was read: compaction, aborted transactions and
    control records leave offsets without a record, and the last of them may leave no record at all.
    """

    topic: str
    partition: int
    records: Sequence[Record]
    start: int
    stop: int


class Output(Protocol):
    """Where a stage puts its outputs (streams.outbox.Outbox)."""

    def append(
        self,
        topic: str,
        partition: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes | None]] = (),
        timestamp_ms: int | None = None,
    ) -> None: ...

    def extend(self, topic: str, partition: int, rows: Collection[tuple[bytes, bytes]]) -> None: ...

    def partition_for(self, topic: str, key: bytes | None) -> int: ...


class PartitionStage(Protocol):
    """One stage's state and work for one partition.

    `process` answers known-bad input itself, with a dead letter among its outputs. Whatever it raises is
    an unknown fault and stops the process (exit 70). Processing a batch again must be harmless.
    """

    def restore(self, records: Sequence[Record]) -> None: ...
    def process(self, batch: Batch, out: Output) -> None: ...


@runtime_checkable
class Ticking(Protocol):
    """A partition stage with periodic work; what it appends is acknowledged like any output."""

    def tick(self, now_ms: int, out: Output) -> None: ...


@runtime_checkable
class Overwritten(Protocol):
    """A partition stage that repairs its changelog after somebody else wrote to it.

    It is given the foreign records; rows that are older than its own it appends again.
    """

    def overwritten(self, records: Sequence[Record], out: Output) -> None: ...


class Stage(Protocol):
    """Makes the work of one partition: fresh and empty, before its restore."""

    def assign(self, partition: int) -> PartitionStage: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """One row of the wiring table: a stage, where it reads, what it keeps, where it writes.

    The changelog is single-writer, has the source's partition count, and is a target by itself; so is the
    dead-letter topic, whose share of the input the runtime limits.
    """

    name: str
    source: str
    targets: Sequence[str]
    stage: Callable[[], Stage]
    changelog: str | None = None
    dead_letters: str | None = None
