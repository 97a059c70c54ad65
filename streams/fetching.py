"""Raw batches out of aiokafka's fetcher: the one place that leans on its private names.

aiokafka wraps each record in a dataclass (about 2 us) and has no call that says which positions a batch
covers. Both are had by reading its buffered fetch results ourselves. Pinned to aiokafka 0.14.0; if a name
moves, tests/unit/streams/test_fetching.py says which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from itertools import islice
from typing import Any

from aiokafka.consumer.fetcher import FetchResult

from streams.header_names import UNREADABLE, keep_raw, read_again
from streams.stage import Batch, Record, TopicPartition

PRIVATE_FETCHER = (
    "_records",
    "_subscriptions",
    "_notify",
    "_wait_consume_future",
    "_create_fetch_waiter",
    "_closed",
)
PRIVATE_RESULT = ("_partition_records", "_update_position")
PRIVATE_PARTITION_RECORDS = ("_consumer_record", "_records_iterator", "next_fetch_offset")


PRIVATE_CONSUMER = ("_fetcher", "_coordinator")

keep_raw()


def fetcher_of(consumer: Any) -> Any:
    """The fetcher of a started AIOKafkaConsumer."""
    return consumer._fetcher


def membership_of(consumer: Any) -> int:
    """The group generation the consumer is a member of; below 1 it is none."""
    coordinator = None if consumer is None else consumer._coordinator
    return -1 if coordinator is None else int(coordinator.generation)


async def next_batches(
    fetcher: Any, wanted: Collection[TopicPartition], timeout: float, limit: int | None = None
) -> dict[TopicPartition, Batch]:
    """Wait up to `timeout` for records of the wanted partitions; at most `limit` of each."""
    if fetcher._subscriptions.reassignment_in_progress:
        # Waiting here for the assignment, as aiokafka does, would hold a thread slot the rebalance needs.
        await asyncio.sleep(0.02)
        return {}
    with fetcher._subscriptions.fetch_context():
        batches = drain(fetcher, wanted, limit)
        if batches:
            return batches
        waiter = fetcher._create_fetch_waiter()
        done, _ = await asyncio.wait([waiter], timeout=timeout)
        if not done:
            waiter.cancel()
            return {}
        waiter.result()  # authorization and coordination errors arrive here
        if fetcher._closed or fetcher._subscriptions.reassignment_in_progress:
            return {}
        return drain(fetcher, wanted, limit)


def drain(fetcher: Any, wanted: Collection[TopicPartition], limit: int | None) -> dict[TopicPartition, Batch]:
    """Take what is buffered for the wanted partitions; the rest stays where it is."""
    batches = {}
    for tp in [tp for tp in fetcher._records if tp in wanted]:
        result = fetcher._records[tp]
        if type(result) is not FetchResult:
            _forget(fetcher, tp)
            result.check_raise()
            continue
        batch = _take(result, tp, limit)
        if not result.has_more():
            _forget(fetcher, tp)
        if batch is not None:
            batches[TopicPartition(*tp)] = batch
    return batches


def log_end(fetcher: Any, tp: TopicPartition) -> int | None:
    """The high watermark of the last fetch answer; it counts open transactions, unlike `end_offsets`."""
    assignment = fetcher._subscriptions.subscription.assignment
    state = assignment.state_value(tp) if assignment is not None else None
    return None if state is None else state.highwater


def _take(result: Any, tp: TopicPartition, limit: int | None) -> Batch | None:
    if not result.has_more() or not result.check_assignment(tp):
        return None
    source = result._partition_records
    source._consumer_record = _as_it_is
    start: int = source.next_fetch_offset
    # What `getall` does, without its two calls per record.
    try:
        records: list[Record] = list(islice(source._records_iterator, limit))
    except UNREADABLE:
        source = result._partition_records = read_again(source, start)
        source._consumer_record = _as_it_is
        records = list(islice(source._records_iterator, limit))
    result._update_position()
    if limit is None or len(records) < limit:
        result._partition_records = None
    stop: int = source.next_fetch_offset
    # No record and yet a new position: aborted or control batches only. The chain must hear of it.
    return Batch(tp[0], tp[1], records, start, stop) if stop > start else None


def _as_it_is(_tp: object, record: Record) -> Record:
    return record


def _forget(fetcher: Any, tp: TopicPartition) -> None:
    del fetcher._records[tp]
    fetcher._notify(fetcher._wait_consume_future)
