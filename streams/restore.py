"""Restoring a partition's state from its changelog, before its first batch is processed.

An own reader without a group reads the changelog partition from its beginning to the log end it had when
the first answer came. Empty, compacted and aborted stretches move its position without records; the
position, not the records, says when it is done. Faust tables are not used: their recovery hangs (P12).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaTopicPartition

from streams import fetching
from streams.stage import Record, TopicPartition

Fold = Callable[[Sequence[Record]], None]


class Reader:
    """Reads whole partitions, or a stretch of one, without a group."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = client
        self.rows = 0
        self.progressed_at = time.monotonic()

    async def restore(
        self, folds: Mapping[TopicPartition, Fold], on_restored: Callable[[TopicPartition, int], None]
    ) -> None:
        """Feed each partition to its fold; `on_restored` gets the offset it was read up to."""
        consumer = self._consumer()
        await consumer.start()
        try:
            consumer.assign([KafkaTopicPartition(*tp) for tp in folds])
            await consumer.seek_to_beginning()
            await self._follow(consumer, dict(folds), {}, on_restored)
        finally:
            await consumer.stop()

    async def stretch(self, tp: TopicPartition, first: int, last: int) -> list[Record]:
        """The records of one partition from offset `first` to `last`, both included."""
        records: list[Record] = []
        consumer = self._consumer()
        await consumer.start()
        try:
            consumer.assign([KafkaTopicPartition(*tp)])
            consumer.seek(KafkaTopicPartition(*tp), first)
            await self._follow(consumer, {tp: records.extend}, {tp: last + 1}, lambda *_: None)
        finally:
            await consumer.stop()
        return [record for record in records if first <= record.offset <= last]

    async def _follow(
        self,
        consumer: Any,
        folds: dict[TopicPartition, Fold],
        ends: dict[TopicPartition, int],
        on_restored: Callable[[TopicPartition, int], None],
    ) -> None:
        fetcher = fetching.fetcher_of(consumer)
        while folds:
            batches = await fetching.next_batches(fetcher, folds, timeout=0.1)
            for tp, batch in batches.items():
                folds[tp](batch.records)
                self.rows += len(batch.records)
                self.progressed_at = time.monotonic()
                await asyncio.sleep(0)
            for tp in list(folds):
                # The high watermark counts open transactions, so a row of ours behind one is waited for.
                end = ends.get(tp)
                if end is None and (known := fetching.log_end(fetcher, tp)) is not None:
                    end = ends[tp] = known
                if end is not None and await consumer.position(KafkaTopicPartition(*tp)) >= end:
                    del folds[tp]
                    on_restored(tp, end)

    def _consumer(self) -> Any:
        return AIOKafkaConsumer(
            **self._client,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=50,
        )
