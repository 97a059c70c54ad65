"""The stream runtime killed, and its broker stopped under it: nothing is lost, and each guard is needed for that."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kafka import TopicPartition

from deploy.kafka.cluster import Cluster
from tests.integration.runtime_process import Subject, until
from tests.support.kafka import Kafka, Record

NewCluster = Callable[..., Cluster]
NewTopic = Callable[..., str]

#: Small steps, so that a kill falls between many of them.
SMALL_STEPS = {
    "max_batch_records": 50,
    "epoch_records": 100,
    "commit_interval": 0.05,
    "fetch_interval": 0.02,
}


@pytest.fixture
def subjects() -> Iterator[Callable[..., Subject]]:
    made: list[Subject] = []

    def begin(**options: Any) -> Subject:
        made.append(Subject(**options))
        return made[-1]

    yield begin
    for subject in made:
        subject.close()


def lost(kafka: Kafka, source: str, target: str) -> list[tuple[int, int]]:
    """Records of the source without an output, by partition and offset."""
    arrived = {(r.partition or 0, int(dict(r.headers)["offset"])) for r in kafka.read(target)}
    sent = {(partition, i) for partition, end in kafka.end_offsets(source).items() for i in range(end)}
    return sorted(sent - arrived)


def test_killed_under_load_every_input_has_its_output_and_no_commit_was_ever_ahead(
    kafka: Kafka, new_topic: NewTopic, prefix: str, subjects: Callable[..., Subject]
) -> None:
    source, target = new_topic("in", partitions=3), new_topic("out", partitions=3)
    kafka.produce(source, [Record(b"v" * 300, b"k", partition=i % 3) for i in range(30_000)])
    samples: list[tuple[dict[int, int], dict[int, int]]] = []

    def sample() -> dict[int, int]:
        committed = kafka.committed(prefix, source)
        samples.append((committed, kafka.end_offsets(target)))  # read after: never too few
        return committed

    options = {"group": prefix, "bootstrap": kafka.bootstrap, "source": source, "target": target}
    for kills in range(1, 3):
        subject = subjects(**options, tuning=SMALL_STEPS)
        until(lambda k=kills: sum(sample().values()) >= k * 3_000)  # type: ignore[misc]
        subject.kill()
        sample()
    subjects(**options)
    until(lambda: sum(sample().values()) == 30_000)
    assert lost(kafka, source, target) == []
    outputs = kafka.read(target)
    assert len(samples) > 10
    for committed, ends in samples:
        durable: dict[int, set[int]] = {p: set() for p in ends}
        for record in outputs:
            partition = record.partition or 0
            if record.offset < ends[partition]:
                durable[partition].add(int(dict(record.headers)["offset"]))
        assert all(durable[p] >= set(range(offset)) for p, offset in committed.items())


def test_broker_stopped_with_outputs_in_flight_and_worker_killed_loses_nothing(
    new_cluster: NewCluster, subjects: Callable[..., Subject]
) -> None:
    cluster = new_cluster()
    kafka = Kafka(cluster.bootstrap)
    kafka.create("in", "out")
    kafka.produce("in", [b"first"])
    options = {"group": "g", "bootstrap": cluster.bootstrap, "source": "in", "target": "out"}
    subject = subjects(**options, tuning=SMALL_STEPS)
    subject.wait_for("first_event")
    kafka.produce("in", [b"%d" % i for i in range(20_000)])
    until(lambda: kafka.committed("g", "in").get(0, 0) > 1)
    cluster.pause()
    subject.kill()
    cluster.resume()
    subjects(**options)
    until(lambda: kafka.lag("g", "in") == 0)
    assert lost(kafka, "in", "out") == []


@pytest.mark.parametrize(
    ("sabotage", "loses"),
    [(None, False), ("no-await", True), ("inexact", True)],
    ids=str,
)
def test_outputs_the_broker_never_got_come_again_and_without_the_guard_they_are_lost(
    kafka: Kafka,
    new_topic: NewTopic,
    prefix: str,
    subjects: Callable[..., Subject],
    sabotage: str | None,
    loses: bool,
) -> None:
    """The controls acknowledge before the broker did, or commit what was only read."""
    source, target = new_topic("in"), new_topic("out")
    kafka.produce(source, [b"%d" % i for i in range(5_000)])
    options = {"group": prefix, "bootstrap": kafka.bootstrap, "source": source, "target": target}
    tuning = {**SMALL_STEPS, "ack_deadline": 60.0}
    subject = subjects(**options, sabotage=sabotage, swallow_after=5, tuning=tuning)
    subject.wait_for("swallowed")

    def ahead() -> bool:
        return kafka.committed(prefix, source).get(0, 0) > kafka.end_offsets(target)[0]

    if loses:
        until(ahead)
    else:
        # The last durable epoch is committed, and then it stays.
        until(lambda: kafka.committed(prefix, source).get(0, 0) == kafka.end_offsets(target)[0])
        assert not any(ahead() for _ in range(20))
    subject.kill()
    subjects(**options)
    until(lambda: kafka.lag(prefix, source) == 0)
    assert bool(lost(kafka, source, target)) is loses


def test_outputs_that_are_not_acknowledged_in_time_stop_the_worker_with_70(
    new_cluster: NewCluster, subjects: Callable[..., Subject]
) -> None:
    cluster = new_cluster()
    kafka = Kafka(cluster.bootstrap)
    kafka.create("in", "out")
    kafka.produce("in", [b"v"])
    options = {"group": "g", "bootstrap": cluster.bootstrap, "source": "in", "target": "out"}
    subject = subjects(**options, tuning={**SMALL_STEPS, "ack_deadline": 2.0})
    until(lambda: kafka.lag("g", "in") == 0)
    kafka.produce("in", [b"%d" % i for i in range(20_000)])
    until(lambda: kafka.committed("g", "in").get(0, 0) > 1)
    cluster.pause()
    assert subject.exit_code() == 70
    assert "outputs_not_acknowledged" in subject.output() or "outputs_not_delivered" in subject.output()
    cluster.resume()
    subjects(**options)
    until(lambda: kafka.lag("g", "in") == 0)
    assert lost(kafka, "in", "out") == []


def test_a_stop_while_the_broker_does_not_answer_ends_within_ten_seconds_and_says_it_was_not_clean(
    new_cluster: NewCluster, subjects: Callable[..., Subject]
) -> None:
    cluster = new_cluster()
    kafka = Kafka(cluster.bootstrap)
    kafka.create("in", "out")
    kafka.produce("in", [b"%d" % i for i in range(20_000)])
    options = {"group": "g", "bootstrap": cluster.bootstrap, "source": "in", "target": "out"}
    subject = subjects(**options, tuning={**SMALL_STEPS, "commit_interval": 30.0})
    until(lambda: kafka.end_offsets("out")[0] > 1)
    cluster.pause()
    assert subject.terminate(seconds=10) == 70
    cluster.resume()


def test_records_that_retention_took_are_reported_and_passed_over(
    kafka: Kafka, new_topic: NewTopic, prefix: str, subjects: Callable[..., Subject]
) -> None:
    source, target = new_topic("in"), new_topic("out")
    options = {"group": prefix, "bootstrap": kafka.bootstrap, "source": source, "target": target}
    kafka.produce(source, [b"%d" % i for i in range(10)])
    subject = subjects(**options)
    until(lambda: kafka.lag(prefix, source) == 0)
    assert subject.terminate() == 0
    kafka.produce(source, [b"%d" % i for i in range(10, 20)])
    with kafka.admin() as admin:
        admin.delete_records({TopicPartition(source, 0): 15})
    subject = subjects(**options)
    until(lambda: kafka.lag(prefix, source) == 0)
    said = next(line for line in subject.output().splitlines() if "records_gone" in line)
    assert "first=10" in said and "next=15" in said
    assert lost(kafka, source, target) == [(0, i) for i in range(10, 15)]
