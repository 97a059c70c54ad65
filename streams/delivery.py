"""Sending epochs: in order, acknowledged by the broker, or the process ends.

One sender takes the epochs of all stages in turn, so a later batch of a partition is handed to the
producer after the earlier one. The producer is idempotent: aiokafka keeps one batch of a partition in
flight and retries it before the next, and the broker refuses the late twin of a retried batch, which
could otherwise land on top of a newer one (P22). Whatever cannot be delivered ends the process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from aiokafka import AIOKafkaProducer

from streams.exits import EXIT_FAULT, describe
from streams.tuning import Tuning

Stop = Callable[..., object]  # streams.exits.stop_process; replaced in tests
ForeignWrite = Callable[[str, int, int, int], None]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One Kafka batch for one partition."""

    topic: str
    partition: int
    builder: Any


@dataclass(frozen=True, slots=True)
class _Departure:
    parcels: Mapping[tuple[str, int], Sequence[Parcel]]
    on_acknowledged: Callable[[], None]
    deadline: float


class Delivery:
    """The one way out of the process."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        tuning: Tuning,
        stop: Stop,
        on_foreign_write: ForeignWrite | None = None,
    ) -> None:
        self._producer = producer
        self._tuning = tuning
        self._stop = stop
        self._on_foreign_write = on_foreign_write
        self._queue: asyncio.Queue[_Departure] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._log_ends: dict[tuple[str, int], int] = {}

    def start(self) -> None:
        self._spawn(self._send_in_order())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def send(
        self, parcels: Mapping[tuple[str, int], Sequence[Parcel]], on_acknowledged: Callable[[], None]
    ) -> None:
        deadline = time.monotonic() + self._tuning.ack_deadline
        self._queue.put_nowait(_Departure(parcels, on_acknowledged, deadline))

    # ------------------------------------------------------------------ single-writer topics

    def expect(self, topic: str, partition: int, offset: int) -> None:
        """From here on only this process writes to the partition, starting at `offset`."""
        self._log_ends[(topic, partition)] = offset

    def forget(self, topic: str, partition: int) -> None:
        self._log_ends.pop((topic, partition), None)

    def _landed(self, parcel: Parcel, count: int, delivery: asyncio.Future[Any]) -> None:
        """Compare where a batch landed with where our last one ended: a gap is somebody else's writing."""
        target = (parcel.topic, parcel.partition)
        expected = self._log_ends.get(target)
        if expected is None or delivery.cancelled() or delivery.exception() is not None:
            return
        base = delivery.result().offset
        if base < 0:  # acknowledged as a duplicate, the broker no longer knows where
            return
        self._log_ends[target] = base + count
        if base > expected and self._on_foreign_write is not None:
            self._on_foreign_write(parcel.topic, parcel.partition, expected, base - 1)

    # ------------------------------------------------------------------ sending

    async def _send_in_order(self) -> None:
        while True:
            departure = await self._queue.get()
            try:
                async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._left(departure)):
                    deliveries = await self._hand_over(departure)
            except TimeoutError:
                self._unacknowledged(departure)
                return
            except Exception as exc:  # noqa: BLE001  # whatever it is, these outputs have not left
                self._stop(EXIT_FAULT, "outputs_not_sent", **describe(exc))
                return
            self._spawn(self._await_acknowledgement(departure, deliveries))

    async def _hand_over(self, departure: _Departure) -> list[asyncio.Future[Any]]:
        deliveries: list[asyncio.Future[Any]] = []
        # The first batch of every partition, then the second: none waits for another's round trip.
        for wave in zip_longest(*departure.parcels.values()):
            deliveries += [await self._dispatch(parcel) for parcel in wave if parcel is not None]
        return deliveries

    async def _dispatch(self, parcel: Parcel) -> asyncio.Future[Any]:
        count = parcel.builder.record_count()
        parcel.builder.close()
        delivery: asyncio.Future[Any] = await self._producer.send_batch(
            parcel.builder, parcel.topic, partition=parcel.partition
        )
        if (parcel.topic, parcel.partition) in self._log_ends:
            delivery.add_done_callback(lambda done: self._landed(parcel, count, done))
        return delivery

    async def _await_acknowledgement(
        self, departure: _Departure, deliveries: Sequence[asyncio.Future[Any]]
    ) -> None:
        if deliveries:
            done, pending = await asyncio.wait(
                deliveries, timeout=self._left(departure), return_when=asyncio.FIRST_EXCEPTION
            )
            failed = next((exc for exc in (d.exception() for d in done) if exc is not None), None)
            if failed is not None:
                self._stop(EXIT_FAULT, "outputs_not_delivered", **describe(failed))
                return
            if pending:
                self._unacknowledged(departure)
                return
        departure.on_acknowledged()

    def _unacknowledged(self, departure: _Departure) -> None:
        self._stop(
            EXIT_FAULT,
            "outputs_not_acknowledged",
            seconds=self._tuning.ack_deadline,
            topics=sorted({topic for topic, _ in departure.parcels}),
        )

    def _left(self, departure: _Departure) -> float:
        return max(0.0, departure.deadline - time.monotonic())

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            self._stop(EXIT_FAULT, "delivery_fault", **describe(exc))
