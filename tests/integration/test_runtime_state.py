"""State in the stream runtime: restored before the first event, moved with its partition, repaired after a zombie."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import Producer

from tests.integration.runtime_process import Subject, until
from tests.support.kafka import Kafka, Record

NewTopic = Callable[..., str]
Start = Callable[..., Subject]
COMPACT = {"cleanup.policy": "compact"}


@pytest.fixture
def start(kafka: Kafka, prefix: str) -> Iterator[Start]:
    made: list[Subject] = []

    def begin(source: str, target: str, **options: Any) -> Subject:
        given = {"group": prefix, "bootstrap": kafka.bootstrap, "source": source, "target": target, **options}
        made.append(Subject(**given))
        return made[-1]

    yield begin
    for subject in made:
        subject.close()


def last(records: list[Record]) -> dict[bytes | None, bytes | None]:
    return {record.key: record.value for record in records}


@pytest.mark.parametrize(("sabotage", "rows"), [(None, 5_000), ("no-gate", 0)])
def test_the_whole_state_is_there_before_the_first_event(
    kafka: Kafka, new_topic: NewTopic, start: Start, sabotage: str | None, rows: int
) -> None:
    """And without the gate it is not: the negative control."""
    source, target = new_topic("in"), new_topic("out")
    state = new_topic("state", configs=COMPACT)
    kafka.produce(state, [Record(b"1", b"key-%d" % i) for i in range(5_000)])
    kafka.produce(source, [Record(b"v", b"new")])
    subject = start(source, target, changelog=state, sabotage=sabotage)
    assert subject.wait_for("first_event")[0]["rows"] == rows


def test_aborted_rows_are_no_state_and_a_log_that_ends_in_markers_has_an_end(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    state = new_topic("state", configs=COMPACT)
    writer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": prefix})
    writer.init_transactions(20)
    for key, ending in ((b"kept", writer.commit_transaction), (b"aborted", writer.abort_transaction)):
        writer.begin_transaction()
        writer.produce(state, b"7", key)
        writer.flush(20)
        ending(20)
    kafka.produce(source, [Record(b"v", b"new")])
    subject = start(source, target, changelog=state)
    first = subject.wait_for("first_event")[0]
    assert (first["rows"], first["total"]) == (1, 7)


def test_aborted_input_is_passed_over_and_committed(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    writer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": prefix})
    writer.init_transactions(20)
    for value, ending in ((b"one", writer.commit_transaction), (b"no", writer.abort_transaction)):
        writer.begin_transaction()
        writer.produce(source, value)
        writer.flush(20)
        ending(20)
    start(source, target)
    until(lambda: kafka.lag(prefix, source) == 0)
    assert [record.value for record in kafka.read(target)] == [b"one"]


def test_state_survives_a_restart(kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start) -> None:
    source, target = new_topic("in", partitions=2), new_topic("out", partitions=2)
    state = new_topic("state", partitions=2, configs=COMPACT)
    events = [Record(b"v", b"key-%d" % (i % 10), partition=i % 2) for i in range(1_000)]
    for round_ in (1, 2):
        kafka.produce(source, events)
        subject = start(source, target, changelog=state)
        until(lambda r=round_: sum(kafka.committed(prefix, source).values()) == r * 1_000)  # type: ignore[misc]
        assert subject.terminate() == 0
        assert last(kafka.read(state)) == {b"key-%d" % i: b"%d" % (100 * round_) for i in range(10)}


def test_partitions_move_with_their_state_from_one_worker_to_two_and_back(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in", partitions=4), new_topic("out", partitions=4)
    state = new_topic("state", partitions=4, configs=COMPACT)
    keys = 8

    def load(total: int) -> None:
        kafka.produce(source, [Record(b"v", b"key-%d" % (i % keys), partition=i % 4) for i in range(2_000)])
        until(lambda: sum(kafka.committed(prefix, source).values()) == total)

    first = start(source, target, changelog=state)
    load(2_000)
    second = start(source, target, changelog=state)
    second.wait_for("ready")
    load(4_000)
    assert {event["partition"] for event in second.events("first_event")} & set(range(4))
    assert first.process.poll() is None
    assert second.terminate() == 0
    load(6_000)
    # Clean hand-overs: every event counted once, whoever counted it.
    assert last(kafka.read(state)) == {b"key-%d" % i: b"%d" % (6_000 // keys) for i in range(keys)}


def test_rows_somebody_else_wrote_over_ours_are_given_to_the_owner_to_repair(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    state = new_topic("state", configs=COMPACT)
    subject = start(source, target, changelog=state)
    subject.wait_for("ready")
    kafka.produce(source, [Record(b"v", b"a")] * 3)
    until(lambda: kafka.lag(prefix, source) == 0)
    kafka.produce(state, [Record(b"1", b"a")])  # the zombie's older row
    kafka.produce(source, [Record(b"v", b"b")])
    assert subject.wait_for("overwritten")[0]["keys"] == ["a"]
    until(lambda: last(kafka.read(state)) == {b"a": b"3", b"b": b"1"})
