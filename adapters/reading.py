"""Reading a whole topic partition without a group: from its beginning to the end it had when asked.

Positions say when the end is reached: compaction leaves offsets without a record.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from schemas.cluster import Cluster

Pairs = list[tuple[bytes | None, bytes | None]]

#: Seconds without a record after which reading is given up: a worker that waits for ever serves nobody.
PATIENCE = 60.0


class NothingComes(Exception):
    """The broker answers, or not, but no record of what it has arrives."""


def groupless(cluster: Cluster) -> Any:
    """A consumer for `assign`."""
    return KafkaConsumer(
        bootstrap_servers=cluster.bootstrap.split(","),
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        max_poll_records=2000,
        max_partition_fetch_bytes=4 * 1024 * 1024,
        fetch_max_wait_ms=250,  # each answer without a record costs the interpreter a millisecond
        reconnect_backoff_max_ms=1000,
    )


def read_whole(
    cluster: Cluster,
    partitions: Iterable[TopicPartition],
    take: Callable[[TopicPartition, Pairs], None],
    stopped: Callable[[], bool] = lambda: False,
) -> dict[TopicPartition, int]:
    """Hand every record to `take`, in order per partition; the offsets it was read up to. NothingComes when
    that does not go on.
    """
    wanted = list(partitions)
    if not wanted:
        return {}
    consumer = groupless(cluster)
    try:
        consumer.assign(wanted)
        consumer.seek_to_beginning(*wanted)
        ends = consumer.end_offsets(wanted)
        came = time.monotonic()
        while not stopped() and any(consumer.position(tp) < end for tp, end in ends.items()):
            fetched = consumer.poll(timeout_ms=200)
            if fetched:
                came = time.monotonic()
            elif time.monotonic() - came > PATIENCE:
                raise NothingComes
            for tp, records in fetched.items():
                take(tp, [(record.key, record.value) for record in records])
        return dict(ends)
    finally:
        consumer.close()
