"""A member of the delivery group that does not forget a join it began.

kafka-python 3.0.12 runs a join beside `poll` and asks `need_rejoin` in each poll whether there is one to wait for.
When the reason to join was a change of the topics' metadata (common at a start: the first join is often done before the
metadata is there), that reason is gone as soon as the leader has assigned, while the join is not finished: a poll that
ends in between never looks again. The member stays in the group, sends no heartbeat, and nobody serves its partitions.
"""

from typing import Any

from kafka import KafkaConsumer
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from schemas.cluster import Cluster


def member(cluster: Cluster, group_id: str, session_seconds: float, **settings: Any) -> Any:
    """A KafkaConsumer that commits nothing by itself, for `subscribe`."""
    consumer = KafkaConsumer(
        bootstrap_servers=cluster.bootstrap.split(","),
        group_id=group_id,
        client_id="gradebook-sync-delivery",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        partition_assignment_strategy=(CooperativeStickyAssignor,),
        session_timeout_ms=int(session_seconds * 1000),
        heartbeat_interval_ms=int(session_seconds * 1000 / 6),
        max_poll_records=500,
        max_partition_fetch_bytes=2 * 1024 * 1024,
        fetch_max_wait_ms=100,
        # the default grows to 30 s: a broker that is back must be noticed sooner
        reconnect_backoff_max_ms=1000,
        **settings,
    )
    finish_every_join(consumer)
    return consumer


def finish_every_join(consumer: Any) -> None:
    """Make a poll wait for the join under way, whatever its reason was."""
    coordinator = consumer._coordinator  # noqa: SLF001 - there is no public way to it
    ask = coordinator.need_rejoin

    def need_rejoin() -> bool:
        return coordinator._join_task is not None or bool(ask())  # noqa: SLF001

    coordinator.need_rejoin = need_rejoin
