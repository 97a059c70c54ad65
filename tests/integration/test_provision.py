"""Topics are made, kept and checked as topics.toml says, on the real broker."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from schemas.cluster import Cluster
from schemas.provision import (
    EXIT_CONFIGURATION,
    ConfigurationRefused,
    Mismatch,
    apply,
    check,
    refuse_mismatch,
)
from schemas.topics import TopicNames, all_topics, topic
from tests.support.kafka import Kafka


@pytest.fixture
def cluster(kafka: Kafka, prefix: str) -> Iterator[Cluster]:
    """The shared broker under a prefix of this test alone."""
    mine = Cluster(kafka.bootstrap, TopicNames(f"{prefix}."))
    yield mine
    kafka.delete(*(mine.topics.of(row.name) for row in all_topics()))


def test_what_was_applied_is_as_the_file_says_and_a_second_time_changes_nothing(
    cluster: Cluster, kafka: Kafka
) -> None:
    assert {one.what for one in check(cluster)} == {"topic"}
    made = apply(cluster)
    assert [one.topic for one in made] == [cluster.topics.of(row.name) for row in all_topics()]
    assert check(cluster) == []
    assert apply(cluster) == []
    assert kafka.end_offsets(cluster.topics.changes).keys() == set(
        range(topic("gradebook.changes").partitions)
    )


def test_a_missing_topic_is_named_with_what_to_do(cluster: Cluster, kafka: Kafka) -> None:
    apply(cluster)
    name = cluster.topics.status
    kafka.delete(name)
    _until(lambda: name not in kafka.topics())
    assert [one.sentence for one in check(cluster)] == [
        f"{name} does not exist. Run `gradebook-sync topics apply`."
    ]
    assert [str(one) for one in apply(cluster)] == [f"{name}: made, 8 partitions"]


def test_too_few_partitions_are_reported_and_grow_only_when_asked(cluster: Cluster, kafka: Kafka) -> None:
    name = cluster.topics.changes
    kafka.create(name, partitions=3, configs=topic("gradebook.changes").settings)
    apply(cluster)
    assert check(cluster) == [Mismatch(name, "partitions", "8", "3")]
    assert check(cluster)[0].sentence == (
        f"{name} has 3 partitions, topics.toml says 8. "
        "Stop every worker, then run `gradebook-sync topics apply --grow-partitions`."
    )
    assert apply(cluster) == []
    assert [str(one) for one in apply(cluster, grow_partitions=True)] == [f"{name}: partitions from 3 to 8"]
    assert check(cluster) == []


def test_too_many_partitions_cannot_be_mended_and_the_sentence_says_so(
    cluster: Cluster, kafka: Kafka
) -> None:
    name = cluster.topics.config
    kafka.create(name, partitions=2, configs=topic("district.config").settings)
    apply(cluster, grow_partitions=True)
    (left,) = check(cluster)
    assert left.sentence == (
        f"{name} has 2 partitions, topics.toml says 1. "
        "Partitions cannot be taken away: write partitions = 2 for it in topics.toml."
    )


def test_settings_that_drifted_are_set_again(cluster: Cluster, kafka: Kafka) -> None:
    apply(cluster)
    name = cluster.topics.changes
    _alter(kafka, name, {"retention.ms": "60000"})
    assert [one.sentence for one in check(cluster)] == [
        f"{name} has retention.ms 60000, topics.toml says 12960000000 (150 days). Run `gradebook-sync topics apply`."
    ]
    assert [(one.what, one.before, one.after) for one in apply(cluster)] == [
        ("retention.ms", "60000", "12960000000")
    ]
    assert check(cluster) == []


def test_setting_one_thing_leaves_others_alone(cluster: Cluster, kafka: Kafka) -> None:
    apply(cluster)
    name = cluster.topics.changes
    _alter(kafka, name, {"retention.ms": "60000", "segment.bytes": "1048576"})
    apply(cluster)
    with kafka.admin() as admin:
        assert _settings(admin, name)["segment.bytes"] == "1048576"


def test_the_order_of_cleanup_policies_is_no_difference(cluster: Cluster, kafka: Kafka) -> None:
    apply(cluster)
    _alter(kafka, cluster.topics.reviews, {"cleanup.policy": "delete,compact"})
    assert check(cluster) == []


def test_a_worker_is_refused_for_its_own_topics_and_no_others(cluster: Cluster, kafka: Kafka) -> None:
    apply(cluster)
    _alter(kafka, cluster.topics.status, {"cleanup.policy": "delete"})
    refuse_mismatch(cluster, ["gradebook.changes", "sync.results"])
    with pytest.raises(
        ConfigurationRefused, match=r"cleanup\.policy delete, topics.toml says compact"
    ) as refused:
        refuse_mismatch(cluster, ["sync.results", "sync.status"])
    assert refused.value.topic == cluster.topics.status
    assert EXIT_CONFIGURATION == 78


def test_several_who_apply_at_once_end_with_one_set_of_topics(cluster: Cluster) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: apply(cluster), range(4)))
    assert check(cluster) == []


def test_fewer_replicas_than_the_file_asks_for_are_reported() -> None:
    assert Mismatch("t", "replication", "3", "1").sentence == (
        "t has 1 replica, topics.toml says 3. Add replicas with Kafka's own kafka-reassign-partitions for t."
    )


def test_a_name_the_file_does_not_have_is_our_mistake(cluster: Cluster) -> None:
    with pytest.raises(KeyError):
        check(cluster, ["gradebook.chnges"])


def _alter(kafka: Kafka, name: str, configs: dict[str, str]) -> None:
    """Change settings behind our back, and wait until the broker shows it."""
    with kafka.admin() as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs)])
        _until(lambda: _settings(admin, name).items() >= configs.items())


def _settings(admin: Any, name: str) -> dict[str, str]:
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)], config_filter="all")
    return {key: one["value"] for key, one in found["topic"][name].items()}


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
