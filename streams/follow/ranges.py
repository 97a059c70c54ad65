"""A range of a topic as a generator: everything from here to there, and then it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

from kafka import TopicPartition

from schemas.cluster import Cluster
from schemas.keys import partition_for
from streams.follow.client import POLL_MS, POSITION_MS, Bound, new_consumer, partitions_of
from streams.follow.client import starts as starts_of
from streams.follow.client import stops as stops_of

STALLED_SECONDS = 30.0


class RangeStalled(Exception):
    """A bounded read got nothing for half a minute: the broker is gone. Nothing was skipped."""


class Read(NamedTuple):
    """A raw record of a bounded read."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


def read_range(
    cluster: Cluster,
    topic: str,
    start: Bound | None = None,
    end: Bound | None = None,
    *,
    key: bytes | None = None,
) -> Iterator[Read]:
    """The records from `start` to before `end`: without bounds from the first to the end as it is now.

    With `key` only those of the partition the key stands on (other keys' records among them).
    Raises TopicAbsent, RangeStalled, or kafka-python's KafkaError when no broker answers.
    """
    with closing(new_consumer(cluster)) as consumer:
        mine = _standing(partitions_of(consumer, topic), key)
        stops = stops_of(consumer, mine, end)
        starts = starts_of(consumer, mine, start)
        left = {tp for tp in mine if starts[tp] < stops[tp]}
        consumer.assign(sorted(left))
        for tp in left:
            consumer.seek(tp, starts[tp])
        heard = time.monotonic()
        while left:
            for tp, records in consumer.poll(timeout_ms=POLL_MS).items():
                yield from (_read(one) for one in records if one.offset < stops[tp])
                heard = time.monotonic()
            for tp in [tp for tp in left if _at(consumer, tp) >= stops[tp]]:
                consumer.pause(tp)
                left.remove(tp)
            if time.monotonic() - heard > STALLED_SECONDS:
                raise RangeStalled(f"{topic}: nothing came for {STALLED_SECONDS:.0f} s")


def _standing(tps: list[TopicPartition], key: bytes | None) -> list[TopicPartition]:
    return tps if key is None else [tps[partition_for(key, len(tps))]]


def _at(consumer: Any, tp: TopicPartition) -> int:
    position: int | None = consumer.position(tp, timeout_ms=POSITION_MS)
    return -1 if position is None else position


def _read(record: Any) -> Read:
    return Read(record.partition, record.offset, record.timestamp, record.key, record.value)
