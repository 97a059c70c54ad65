"""One stage at work: partitions come restored and go, batches pass through, nothing escapes.

Admission, processing and covering happen without an await between them, so a cancelled agent (rebalance,
shutdown) has either not taken a batch or finished with it: it can neither acknowledge nor lose one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from streams import metrics
from streams.commits import CommitLedger, Ticket
from streams.delivery import Delivery, Stop
from streams.exits import EXIT_FAULT, TooManyDeadLetters, describe
from streams.outbox import Outbox
from streams.quarantine import DeadLetterLimit
from streams.restore import Reader
from streams.stage import Batch, Overwritten, PartitionStage, Ticking, TopicPartition, Wiring

log = structlog.get_logger("streams.runtime")

#: Fetches a stage may have waiting before its partitions are fetched no further.
QUEUED = 1


class StageRunner:
    """Runs one stage on the partitions of its source topic that are assigned to this process."""

    def __init__(
        self,
        row: Wiring,
        *,
        outbox: Outbox,
        delivery: Delivery,
        ledger: CommitLedger,
        reader: Callable[[], Reader],
        limit: DeadLetterLimit,
        stop: Stop,
        on_room: Callable[[], None],
    ) -> None:
        self.name = row.name
        self.source = row.source
        self.changelog = row.changelog
        self.outbox = outbox
        self._stage = row.stage()
        self._delivery = delivery
        self._ledger = ledger
        self._new_reader = reader
        self._limit = limit
        self._stop = stop
        self._queue_length: Callable[[], int] = int  # none yet
        self._on_room = on_room
        self._ready: dict[int, PartitionStage] = {}
        self._restoring: dict[int, PartitionStage] = {}
        self._accepting = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._began: dict[Ticket, float] = {}
        self.reader: Reader | None = None
        self.events = 0
        self.batches = 0

    def listen(self, queue_length: Callable[[], int]) -> None:
        """Say how many batches wait for the agent."""
        self._queue_length = queue_length

    # ------------------------------------------------------------------ partitions

    def has_room(self, partition: int) -> bool:
        return self._accepting and partition in self._ready and self._queue_length() < QUEUED

    def assign(self, partitions: Iterable[int]) -> None:
        """Make fresh state and restore it; until that is done the partition is not fetched."""
        self._restoring = {partition: self._stage.assign(partition) for partition in sorted(partitions)}
        self._ready = {}
        self._limit.clear()
        self._accepting = True
        if not self._restoring:
            return
        if self.changelog is None:
            for partition in list(self._restoring):
                self._restored(TopicPartition(self.source, partition), None)
            return
        self.reader = self._new_reader()
        self._spawn(self._restore(self.changelog, self.reader))

    async def _restore(self, changelog: str, reader: Reader) -> None:
        folds = {TopicPartition(changelog, p): state.restore for p, state in self._restoring.items()}
        began = time.monotonic()
        await reader.restore(folds, self._restored)
        seconds = time.monotonic() - began
        log.info(
            "restored", stage=self.name, partitions=len(folds), rows=reader.rows, seconds=round(seconds, 3)
        )
        self.reader = None

    def _restored(self, tp: TopicPartition, end: int | None) -> None:
        if end is not None:
            self._delivery.expect(tp.topic, tp.partition, end)
        self._ready[tp.partition] = self._restoring.pop(tp.partition)
        self._on_room()

    async def release(self, timeout: float) -> bool:
        """Take no more, wait for the epochs in flight, drop all state."""
        self._accepting = False
        settled = await self.outbox.settle(timeout)
        if not settled:
            log.warning("released_unsettled", stage=self.name, epochs=self.outbox.outstanding)
        for task in list(self._tasks):
            task.cancel()
        for partition in (*self._ready, *self._restoring):
            if self.changelog is not None:
                self._delivery.forget(self.changelog, partition)
        self._ready, self._restoring, self.reader = {}, {}, None
        self._began.clear()
        return settled

    @property
    def restoring(self) -> int:
        return len(self._restoring)

    # ------------------------------------------------------------------ work

    async def agent(self, stream: Any) -> None:
        """The Faust agent. Faust acknowledges the event an exception leaves through (P1): none leaves."""
        at: dict[str, object] = {"stage": self.name}
        try:
            async for event in stream.noack().events():
                self._on_room()
                for batch in event.value:
                    at.update(
                        topic=batch.topic, partition=batch.partition, first=batch.start, last=batch.stop - 1
                    )
                    await self.outbox.room()
                    self._handle(batch)
                    await self._send_full()
                self.outbox.flush_if_due()
                # Events and messages know each other: without this the records stay until the collector comes.
                event.value = event.message.value = None
                # Faust only lets go of it: what is finished, the ledger knows.
                await stream.ack(event)
        except Exception as exc:
            self._stop(EXIT_FAULT, "stage_fault", **at, **describe(exc))
            raise  # only where `stop` is a test's

    async def _send_full(self) -> None:
        """Between two batches, let a full epoch leave and the rest of the process have its turn."""
        if self.outbox.full:
            self.outbox.flush_if_due()
            await asyncio.sleep(0)

    def _handle(self, batch: Batch) -> None:
        state = self._ready.get(batch.partition)
        if not self._accepting or state is None:
            self._ledger.refuse(batch)
            return
        ticket = self._ledger.admit(batch)
        if ticket is None:
            return
        if batch.records:
            self._began[ticket] = time.monotonic()
            metrics.BATCH_EVENTS.labels(self.name).observe(len(batch.records))
            before = self._dead_letters()
            state.process(batch, self.outbox)
            self._judge(batch, self._dead_letters() - before)
        self.outbox.cover(ticket)
        self.batches += 1
        self.events += len(batch.records)

    def _dead_letters(self) -> int:
        return 0 if self._limit.topic is None else self.outbox.appended_to(self._limit.topic)

    def _judge(self, batch: Batch, dead: int) -> None:
        verdict = self._limit.observe(batch.partition, len(batch.records), dead)
        if verdict is not None:
            raise TooManyDeadLetters(self.name, batch.partition, *verdict)

    def acknowledged(self, inputs: list[Ticket]) -> None:
        """Every output of these inputs is durable."""
        for ticket in inputs:
            self._ledger.done(ticket)
            began = self._began.pop(ticket, None)
            if began is not None:
                metrics.BATCH_SECONDS.labels(self.name).observe(time.monotonic() - began)
        self._on_room()

    # ------------------------------------------------------------------ beside the batches

    async def tick_every(self, interval: float) -> None:
        """Periodic work of every restored partition, under the same acknowledgement as any output."""
        while True:
            await asyncio.sleep(interval)
            await self.outbox.room()
            if not self._accepting:
                continue
            now_ms = int(time.time() * 1000)
            for state in list(self._ready.values()):
                if isinstance(state, Ticking):
                    state.tick(now_ms, self.outbox)
            self.outbox.flush_if_due()

    def foreign_write(self, topic: str, partition: int, first: int, last: int) -> None:
        """Somebody else (a paused and resumed worker, say) wrote to our changelog: let the owner repair it."""
        log.warning("foreign_write", topic=topic, partition=partition, first=first, last=last)
        state = self._ready.get(partition)
        if state is not None and isinstance(state, Overwritten):
            self._spawn(self._repair(state, TopicPartition(topic, partition), first, last))

    async def _repair(self, state: Overwritten, tp: TopicPartition, first: int, last: int) -> None:
        records = await self._new_reader().stretch(tp, first, last)
        await self.outbox.room()
        if self._still_ours(tp.partition, state):
            state.overwritten(records, self.outbox)
            self.outbox.flush_if_due()

    def _still_ours(self, partition: int, state: object) -> bool:
        return self._accepting and self._ready.get(partition) is state

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (exc := task.exception()) is None:
            return
        event = "broker_fault" if isinstance(exc, KafkaError) else "stage_fault"
        self._stop(EXIT_FAULT, event, stage=self.name, **describe(exc))
