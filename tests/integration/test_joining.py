"""A join that outlives a poll is finished by a later one; without our guard kafka-python forgets it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from kafka import ConsumerRebalanceListener

from adapters import joining
from schemas.cluster import Cluster
from schemas.topics import TopicNames
from tests.support.kafka import Kafka, unique

#: Shorter than a join takes, so that each join outlives several polls.
POLL_MS = 1
GROUPS = 6


class Told(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python ships no types
    """Counts the partitions a listener hears of."""

    def __init__(self) -> None:
        self.partitions = 0

    def on_partitions_assigned(self, assigned: Any) -> None:
        self.partitions += len(assigned)

    def on_partitions_revoked(self, revoked: Any) -> None:
        self.partitions -= len(revoked)


def told_of_a_new_topic(kafka: Kafka, name: str) -> bool:
    """Whether a member that joined before the topic was there hears of its partitions."""
    consumer = joining.member(
        Cluster(kafka.bootstrap, TopicNames("")), name, 6, metadata_max_age_ms=200, retry_backoff_ms=50
    )
    told = Told()
    try:
        consumer.subscribe(topics=[name], listener=told)
        polled_until(consumer, lambda: consumer.group_metadata().generation_id > 0, seconds=20)
        kafka.create(name, partitions=8)
        return polled_until(consumer, lambda: told.partitions == 8, seconds=4)
    finally:
        consumer.close(autocommit=False, timeout_ms=1000)
        kafka.delete(name)


def polled_until(consumer: Any, true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        consumer.poll(timeout_ms=POLL_MS)
    return true()


def test_a_join_longer_than_a_poll_is_finished(kafka: Kafka) -> None:
    assert all(told_of_a_new_topic(kafka, unique("join")) for _ in range(GROUPS))


def test_without_the_guard_it_is_forgotten(kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "finish_every_join", lambda _: None)
    assert not all(told_of_a_new_topic(kafka, unique("join")) for _ in range(GROUPS))
