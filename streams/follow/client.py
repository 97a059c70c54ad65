"""A consumer without a group, its partitions, and where on them a bound lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from schemas.cluster import Cluster

POLL_MS = 200
ANSWER_MS = 2_000
#: A position is known here, unless it is just being looked up again; then it is asked for at the next turn.
POSITION_MS = 50

#: A time in milliseconds (Kafka's meaning: the first record that is not earlier), or an offset per partition.
Bound = int | Mapping[int, int]


class TopicAbsent(LookupError):
    """There is no such topic (yet)."""


def new_consumer(cluster: Cluster) -> Any:
    return KafkaConsumer(
        bootstrap_servers=cluster.bootstrap.split(","),
        client_id="gradebook-sync-follow",
        group_id=None,
        auto_offset_reset="earliest",  # where retention overtook us, go on with what is left
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=ANSWER_MS,
        request_timeout_ms=5_000,
        reconnect_backoff_max_ms=1_000,
        metadata_max_age_ms=30_000,
        fetch_max_wait_ms=POLL_MS,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        max_poll_records=2_000,
        metrics_enabled=False,
    )


def partitions_of(consumer: Any, topic: str) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise TopicAbsent(f"there is no topic {topic}")
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def starts(consumer: Any, tps: list[TopicPartition], start: Bound | None) -> dict[TopicPartition, int]:
    first: dict[TopicPartition, int] = consumer.beginning_offsets(tps, timeout_ms=ANSWER_MS) if tps else {}
    if start is None:
        return first
    told = _at_bound(consumer, tps, start)
    return {tp: max(first[tp], told[tp]) for tp in tps}


def stops(consumer: Any, tps: list[TopicPartition], end: Bound | None) -> dict[TopicPartition, int]:
    last: dict[TopicPartition, int] = consumer.end_offsets(tps, timeout_ms=ANSWER_MS) if tps else {}
    if end is None:
        return last
    told = _at_bound(consumer, tps, end)
    return {tp: min(last[tp], told[tp]) for tp in tps}


def _at_bound(consumer: Any, tps: list[TopicPartition], bound: Bound) -> dict[TopicPartition, int]:
    """A time after the last record means the end as it is now; a partition a mapping leaves out, offset 0."""
    if not tps:
        return {}
    if isinstance(bound, Mapping):
        return {tp: bound.get(tp.partition, 0) for tp in tps}
    ends = consumer.end_offsets(tps, timeout_ms=ANSWER_MS)
    found = consumer.offsets_for_times(dict.fromkeys(tps, bound), timeout_ms=ANSWER_MS)
    return {tp: found[tp].offset if found.get(tp) is not None else ends[tp] for tp in tps}
