"""Faust's consumer, changed in two ways: an event is all that one fetch found in a topic, and commits are exact.

    aiokafka thread: fetch -> Batch per partition        (streams.consumer_thread)
    main loop:       only partitions with room and state (BatchConsumer._getmany) -> Faust -> agent
                     the ledger says what is committed   (BatchConsumer.force_commit)

Everything of Faust that is overridden stands in these two modules. Faust's machinery costs about 100 us per event: for
one fetch of ten thousand records that is nothing, and for a fetch that found one record in each of eight partitions it
is paid once and not eight times. Its offset bookkeeping (`_acked`, `_gap`, `_read_offset`) is not used at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from typing import Any, Protocol

import faust
import structlog
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP, ConsumerMessage

from streams.commits import CommitLedger
from streams.consumer_thread import BatchThread
from streams.stage import Batch, TopicPartition
from streams.tuning import Tuning

log = structlog.get_logger("streams.runtime")


class Host(Protocol):
    """What the consumer asks of the worker it runs in (streams.worker.Worker)."""

    ledger: CommitLedger
    tuning: Tuning
    client: Mapping[str, Any]

    def wanted(self, active: Collection[TP]) -> set[TopicPartition]:
        """The partitions whose state is restored and whose stage has room for another batch."""

    async def until_wanted(self) -> None:
        """Wait a moment for `wanted` to change."""

    async def on_revoked(self) -> object:
        """Finish what is in flight; called before the partitions go, while commits still count."""

    def on_assigned(self, tps: set[TopicPartition], generation: int) -> None:
        """Start restoring."""

    def guard(self, work: Awaitable[object], name: str) -> Awaitable[None]:
        """Run work that must not fail."""


class RawSchema(faust.Schema[Any, Any]):
    """Faust decodes nothing: the value is the batch itself (P6)."""

    def loads_key(self, app: Any, message: Any, **_: Any) -> Any:
        return message.key

    def loads_value(self, app: Any, message: Any, **_: Any) -> Any:
        return message.value


class WorkerApp(faust.App):
    """A Faust app without a data directory, a web server, tables or a leader topic."""

    host: Host

    async def on_first_start(self) -> None:
        """Stock Faust would make a folder here."""


class BatchConsumer(Consumer):
    """Hands out batches, keeps no offsets of its own, commits what the ledger allows."""

    _thread: BatchThread

    def __init__(self, *args: Any, host: Host, **kwargs: Any) -> None:
        self.host = host
        super().__init__(*args, **kwargs)
        # Faust drops what lies before the last offset it saw, which would drop what is fetched again.
        self._read_offset = _Forgetful()

    def _new_consumer_thread(self) -> BatchThread:
        tuning, client = self.host.tuning, self.host.client
        return BatchThread(self, tuning=tuning, client=client, loop=self.loop, beacon=self.beacon)

    async def _getmany(self, active_partitions: Any, timeout: float) -> Any:
        await self._go_back_where_asked()
        wanted = self.host.wanted(active_partitions or ())
        if not wanted:
            await self.host.until_wanted()
            return {}
        batches: Any = await self._thread.getmany(wanted, timeout)  # type: ignore[arg-type]  # equal tuples
        catches: dict[str, list[Batch]] = {}
        for batch in batches.values():
            catches.setdefault(batch.topic, []).append(batch)
        return {TP(topic, catch[0].partition): [catch] for topic, catch in catches.items()}

    async def _go_back_where_asked(self) -> None:
        asked = self.host.ledger.rewinds()
        if not asked:
            return
        reached = await self._thread.rewind(asked)
        for tp, position in reached.items():
            if position > asked[tp]:
                log.error(
                    "records_gone", topic=tp.topic, partition=tp.partition, first=asked[tp], next=position
                )
                self.host.ledger.skip(tp, position)

    def _to_message(self, tp: TP, record: list[Batch]) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            record[0].stop - 1,
            0.0,
            0,
            None,
            None,
            record,  # type: ignore[arg-type]  # Faust's value is bytes; ours is a list of batches
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    def ack(self, message: Any) -> bool:
        """Only let go of the message: what is finished is the ledger's knowledge (P1, P2)."""
        if message.acked:
            return False
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    def highwater(self, tp: TP) -> int:
        """For Faust's monitor; the stock one raises when the partition has just gone."""
        return self._thread.log_ends.get(TopicPartition(*tp), 0)

    @property
    def log_ends(self) -> Mapping[TopicPartition, int]:
        return self._thread.log_ends

    def membership(self) -> int:
        return self._thread.membership()

    def on_buffer_full(self, tp: TP) -> None:
        """Room is decided in `_getmany`; Faust's pause can stay for ever (P10)."""

    def on_buffer_drop(self, tp: TP) -> None:
        """The other half of `on_buffer_full`."""

    async def perform_seek(self) -> None:
        """Go on where the ledger stands; a fresh assignment starts at its committed offsets."""
        ledger = self.host.ledger
        for tp, position in (await self._thread.put_at(ledger.positions())).items():
            ledger.begin(tp, position)

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        ledger = self.host.ledger
        generation = ledger.generation
        offsets = ledger.committable()
        if not offsets or not await self._commit(offsets):  # type: ignore[arg-type]  # equal tuples
            return False
        ledger.committed(offsets, generation)
        return True

    async def commit_all(self) -> None:
        """Commit what is finished now; Faust's `commit` is content if another commit was under way."""
        await self.commit()
        await self.force_commit()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.host.guard(self.host.on_revoked(), "revoke")
        await self.commit_all()
        self.host.ledger.revoke()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        tps = {TopicPartition(*tp) for tp in assigned}
        self.host.ledger.assign(tps, generation_id)
        self.host.on_assigned(tps, generation_id)
        await super().on_partitions_assigned(assigned, generation_id)


class _Forgetful(dict[Any, Any]):
    """Faust's read offsets: always none, so that nothing fetched again is dropped as seen."""

    def __getitem__(self, key: Any) -> None:
        return None

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def update(self, *args: Any, **kwargs: Any) -> None:
        pass
