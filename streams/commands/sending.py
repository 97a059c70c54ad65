"""To the topics: changes and districts, each record awaited."""

import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaProducer

from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.district import DistrictConfig
from schemas.gradebook import Change, GradebookChange
from schemas.keys import section_key, tenant_key

ACK_SECONDS = 30.0


def send(cluster: Cluster, topic: str, records: Iterable[tuple[bytes, bytes]]) -> int:
    """Publish (key, value) records and await every acknowledgement; how many. KafkaError when one is not given."""
    with _producer(cluster) as producer:
        waiting = [producer.send(topic, key=key, value=value) for key, value in records]
        for future in waiting:
            future.get(timeout=ACK_SECONDS)
    return len(waiting)


def send_changes(cluster: Cluster, changes: Iterable[GradebookChange]) -> int:
    """Publish changes, as an LMS would."""
    records = ((section_key(one.tenant, one.section), encode(one)) for one in changes)
    return send(cluster, cluster.topics.changes, records)


def put_district(cluster: Cluster, config: DistrictConfig) -> None:
    """Make this the district's configuration."""
    send(cluster, cluster.topics.config, [(tenant_key(config.tenant), encode(config))])


def command(tenant: str, section: str, change: Change, *, actor: str) -> GradebookChange:
    """A teacher's or an operator's command as an event; its version is the time, so a later one counts."""
    now = time.time_ns() // 1_000_000
    return GradebookChange(
        tenant=tenant,
        section=section,
        event=f"{actor}-{uuid.uuid4().hex}",
        version=now,
        occurred_at=now,
        actor=actor,
        change=change,
    )


@contextmanager
def _producer(cluster: Cluster) -> Iterator[Any]:
    producer = KafkaProducer(
        bootstrap_servers=cluster.bootstrap.split(","),
        client_id="gradebook-sync-cli",
        acks="all",
        linger_ms=5,
        allow_auto_create_topics=False,
        bootstrap_timeout_ms=5_000,
        request_timeout_ms=10_000,
        max_block_ms=10_000,
        delivery_timeout_ms=25_000,
        metrics_enabled=False,
    )
    try:
        yield producer
    finally:
        producer.close(timeout=5.0)
