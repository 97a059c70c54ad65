"""The outbox: outputs are appended synchronously into open Kafka batches, and leave as one epoch.

    append, append, ... cover(inputs)  ->  flush: one epoch  ->  every output acknowledged  ->  inputs done

An epoch leaves as soon as nothing is in flight, so nothing lingers at low rates; under load epochs grow
to `epoch_records`. At most `epochs_outstanding` are in flight: then `room` waits, and fetching stops.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from streams.commits import Ticket
from streams.delivery import Delivery, Parcel
from streams.exits import RecordTooLarge
from streams.tuning import Tuning

Headers = Iterable[tuple[str, bytes | None]]

_NO_HEADERS: list[tuple[str, bytes | None]] = []
_PARTITION_CACHE = 200_000


@dataclass(slots=True)
class Epoch:
    """Outputs that leave together, and the inputs they answer."""

    parcels: dict[tuple[str, int], list[Parcel]] = field(default_factory=dict)
    inputs: list[Ticket] = field(default_factory=list)
    flushed_at: float = 0.0


class Outbox:
    """One stage's outputs. `on_acknowledged` is called with an epoch's inputs once all its outputs are durable."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        delivery: Delivery,
        tuning: Tuning,
        partitions: Mapping[str, int],
        on_acknowledged: Callable[[list[Ticket]], None],
    ) -> None:
        self._producer = producer
        self._delivery = delivery
        self._tuning = tuning
        self._partitions = partitions
        self._on_acknowledged = on_acknowledged
        self._builders: dict[tuple[str, int], Any] = {}
        self._epoch = Epoch()
        self._outstanding: dict[int, Epoch] = {}
        self._changed = asyncio.Event()
        self._murmur: dict[tuple[str, bytes], int] = {}
        self._spread = 0
        self._appended_to: Counter[str] = Counter()
        self.appended = 0
        self.appended_at_flush = 0

    # ------------------------------------------------------------------ appending, synchronous

    def append(
        self,
        topic: str,
        partition: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        timestamp_ms: int | None = None,
    ) -> None:
        """Add one output to the open epoch. `partition` None: by the key, as Kafka's default partitioner."""
        if partition is None:
            partition = self.partition_for(topic, key)
        listed = list(headers) if headers else _NO_HEADERS
        builder = self._builders.get((topic, partition))
        if (
            builder is None
            or builder.append(timestamp=timestamp_ms, key=key, value=value, headers=listed) is None
        ):
            self._append_first((topic, partition), key, value, listed, timestamp_ms)
        self.appended += 1
        self._appended_to[topic] += 1

    def extend(self, topic: str, partition: int, rows: Collection[tuple[bytes, bytes]]) -> None:
        """Add many outputs, keys and values, for one partition: what `append` does, at two thirds of its cost."""
        target = topic, partition
        builder = self._builders.get(target)
        for key, value in rows:
            if (
                builder is None
                or builder.append(timestamp=None, key=key, value=value, headers=_NO_HEADERS) is None
            ):
                self._append_first(target, key, value, _NO_HEADERS, None)
                builder = self._builders[target]
        self.appended += len(rows)

    def _append_first(
        self,
        target: tuple[str, int],
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes | None]],
        timestamp_ms: int | None,
    ) -> None:
        builder = self._open(target)
        builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers)
        if builder.size() > self._tuning.max_batch_bytes:
            # aiokafka takes any first record; the broker would not.
            raise RecordTooLarge(target[0], builder.size(), self._tuning.max_batch_bytes)

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """Kafka's default partition of a key; remembered, since murmur2 in Python costs 5 us."""
        count = self._count(topic)
        if key is None:
            self._spread += 1
            return self._spread % count
        known = self._murmur.get((topic, key))
        if known is None:
            if len(self._murmur) >= _PARTITION_CACHE:
                self._murmur.clear()
            known = self._murmur[(topic, key)] = (murmur2(key) & 0x7FFFFFFF) % count
        return known

    def cover(self, ticket: Ticket) -> None:
        """Tie an input to the open epoch: its outputs are all appended."""
        self._epoch.inputs.append(ticket)

    def _open(self, target: tuple[str, int]) -> Any:
        topic, partition = target
        if not 0 <= partition < self._count(topic):
            raise ValueError(f"{topic} has no partition {partition}")
        builder = self._builders[target] = self._producer.create_batch()
        self._epoch.parcels.setdefault(target, []).append(Parcel(topic, partition, builder))
        return builder

    def _count(self, topic: str) -> int:
        try:
            return self._partitions[topic]
        except KeyError:
            raise ValueError(f"{topic} is not among this stage's target topics") from None

    # ------------------------------------------------------------------ leaving, in epochs

    @property
    def pending(self) -> int:
        """Outputs in the open epoch."""
        return self.appended - self.appended_at_flush

    @property
    def full(self) -> bool:
        """Whether the open epoch has grown to its size."""
        return self.pending >= self._tuning.epoch_records

    def appended_to(self, topic: str) -> int:
        """Outputs that `append` took for one topic, ever."""
        return self._appended_to[topic]

    @property
    def outstanding(self) -> int:
        return len(self._outstanding)

    def oldest_age(self) -> float:
        """Seconds since the oldest epoch in flight was flushed."""
        first = min((epoch.flushed_at for epoch in self._outstanding.values()), default=None)
        return 0.0 if first is None else time.monotonic() - first

    def flush(self) -> None:
        """Close the open epoch and send it."""
        epoch = self._epoch
        if not epoch.parcels and not epoch.inputs:
            return
        self._epoch, self._builders = Epoch(), {}
        self.appended_at_flush = self.appended
        epoch.flushed_at = time.monotonic()
        self._outstanding[id(epoch)] = epoch
        self._delivery.send(epoch.parcels, lambda: self._acknowledged(epoch))

    def flush_if_due(self) -> None:
        """Flush when nothing is in flight, or the epoch is full and there is room for another."""
        if not self._outstanding or (self.full and self.outstanding < self._tuning.epochs_outstanding):
            self.flush()

    async def room(self) -> None:
        """Wait while the open epoch is full and as many as allowed are in flight: back-pressure."""
        while self.full and self.outstanding >= self._tuning.epochs_outstanding:
            await self._change()

    async def settle(self, timeout: float) -> bool:
        """Flush, and wait until everything is acknowledged; False if that took longer than `timeout`."""
        self.flush()
        try:
            async with asyncio.timeout(timeout):
                while self._outstanding:
                    await self._change()
        except TimeoutError:
            return False
        return True

    def _acknowledged(self, epoch: Epoch) -> None:
        del self._outstanding[id(epoch)]
        self._on_acknowledged(epoch.inputs)
        self._changed.set()
        self.flush_if_due()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
