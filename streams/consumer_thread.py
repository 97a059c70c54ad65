"""Faust's consumer thread, changed: raw batches out, exact seeks, commits that may fail.

It runs in a thread of its own, so heartbeats go on while a stage works (P23). Every public method here
is called from the main loop and hands its work over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

import aiokafka
import structlog
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata
from aiokafka.structs import TopicPartition as KafkaTopicPartition
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types import TP

from streams import fetching
from streams.stage import TopicPartition
from streams.tuning import Tuning

log = structlog.get_logger("streams.runtime")


class BatchThread(AIOKafkaConsumerThread):
    """The thread with the aiokafka consumer: fetches, seeks and commits; heartbeats go on while a stage works."""

    def __init__(self, consumer: Any, *, tuning: Tuning, client: Mapping[str, Any], **kwargs: Any) -> None:
        self._tuning = tuning
        self._client = client
        self.log_ends: dict[TopicPartition, int] = {}
        self._fetched_at = 0.0
        super().__init__(consumer, **kwargs)

    def _create_worker_consumer(self, transport: Any) -> Any:
        tuning = self._tuning
        # Read by Faust's recovery; without tables it never assigns anything.
        self._assignor = RoundRobinPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            **self._client,
            group_id=self.app.conf.id,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_min_bytes=tuning.fetch_min_bytes,
            fetch_max_wait_ms=tuning.fetch_max_wait_ms,
            max_partition_fetch_bytes=tuning.max_partition_fetch_bytes,
            session_timeout_ms=int(tuning.session_timeout * 1000),
            heartbeat_interval_ms=int(tuning.heartbeat_interval * 1000),
            rebalance_timeout_ms=int(tuning.rebalance_timeout * 1000),
            # A restore may take long, and a stage that hangs is the stall watch's business.
            max_poll_interval_ms=3_600_000,
        )

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: Any,
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> Any:
        if not self.consumer.flow_active:
            return {}
        pause = self._fetched_at + self._tuning.fetch_interval - monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        fetcher = fetching.fetcher_of(consumer)
        batches = await fetching.next_batches(
            fetcher, active_partitions, timeout or 0.0, self._tuning.max_batch_records
        )
        self._fetched_at = monotonic()
        for tp in batches:
            end = fetching.log_end(fetcher, tp)
            if end is not None:
                self.log_ends[tp] = end
        return batches

    async def put_at(self, known: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Seek every assigned partition: to the known position, else the committed one, else the beginning.

        Stock `seek_to_committed` leaves a partition without a commit where it is, past what was dropped.
        """
        positions: dict[TopicPartition, int] = await self.call_thread(self._put_at, dict(known))
        return positions

    async def _put_at(self, known: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        consumer = self._ensure_consumer()
        positions = {}
        for tp in consumer.assignment():
            position = known.get(tp)
            if position is None:
                position = await consumer.committed(tp)
            if position is None:
                position = (await consumer.beginning_offsets([tp]))[tp]
            if tp in consumer.assignment():  # it may have gone while we asked
                consumer.seek(tp, position)
                positions[TopicPartition(*tp)] = position
        return positions

    async def rewind(self, positions: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Seek back; where the log now begins later than that, to its beginning."""
        reached: dict[TopicPartition, int] = await self.call_thread(self._rewind, dict(positions))
        return reached

    async def _rewind(self, positions: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
        consumer = self._ensure_consumer()
        mine = [tp for tp in consumer.assignment() if tp in positions]
        begins = await consumer.beginning_offsets(mine) if mine else {}
        reached = {}
        for tp in mine:
            if tp not in consumer.assignment():  # gone while we asked
                continue
            reached[TopicPartition(*tp)] = max(positions[tp], begins[tp])
            consumer.seek(tp, reached[tp])
        return reached

    async def _commit(self, offsets: Mapping[Any, int]) -> bool:
        """Commit, or say no: the ledger offers the same offsets again (stock Faust forgets them)."""
        consumer = self._ensure_consumer()
        mine = consumer.assignment()
        wanted = {
            KafkaTopicPartition(*tp): OffsetAndMetadata(offset, "")
            for tp, offset in offsets.items()
            if tp in mine
        }
        if len(wanted) != len(offsets):
            return False
        try:
            await asyncio.wait_for(consumer.commit(wanted), self._tuning.settle_timeout)
        except (KafkaError, IllegalStateError, TimeoutError) as exc:
            log.warning("commit_failed", error=type(exc).__name__, partitions=len(wanted))
            return False
        return True

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's livelock detector only logs, and reads bookkeeping that is not kept; see streams.stall."""

    def membership(self) -> int:
        return fetching.membership_of(self._consumer)
