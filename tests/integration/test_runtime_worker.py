"""The stream runtime on a real broker: what a worker does when all is well, and how it ends when not."""

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.runtime_process import Subject, until
from tests.support.kafka import Kafka, Record

NewTopic = Callable[..., str]
Start = Callable[..., Subject]


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


def origins(kafka: Kafka, topic: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for record in kafka.read(topic):
        found.setdefault(record.partition or 0, []).append(int(dict(record.headers)["offset"]))
    return found


def test_every_record_goes_through_once_in_order_and_is_committed_and_the_stop_is_clean(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in", partitions=3), new_topic("out", partitions=3)
    kafka.produce(source, [Record(b"v", b"k", partition=i % 3) for i in range(30_000)])
    subject = start(source, target)
    until(lambda: kafka.lag(prefix, source) == 0)
    sockets = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    assert f"pid={subject.process.pid}," not in sockets
    assert subject.terminate() == 0
    assert origins(kafka, target) == {p: list(range(10_000)) for p in range(3)}


def test_a_stop_in_the_middle_of_the_load_loses_and_repeats_nothing(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in", partitions=2), new_topic("out", partitions=2)
    kafka.produce(source, [Record(b"v" * 500, b"k", partition=i % 2) for i in range(20_000)])
    tuning = {"max_batch_records": 100, "epoch_records": 200}
    subject = start(source, target, tuning=tuning)
    until(lambda: sum(kafka.end_offsets(target).values()) > 500)
    assert subject.terminate() == 0
    done = sum(kafka.committed(prefix, source).values())
    assert done == sum(kafka.end_offsets(target).values())
    start(source, target)
    until(lambda: kafka.lag(prefix, source) == 0)
    assert origins(kafka, target) == {p: list(range(10_000)) for p in range(2)}


def test_two_stages_share_a_process_and_a_group(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    first, second = new_topic("first", partitions=2), new_topic("second", partitions=2)
    target = new_topic("out", partitions=2)
    for topic in (first, second):
        kafka.produce(topic, [Record(topic.encode(), b"k", partition=i % 2) for i in range(1000)])
    start(first, target, second_source=second)
    until(lambda: kafka.lag(prefix, first) == 0 and kafka.lag(prefix, second) == 0)
    values = [record.value for record in kafka.read(target)]
    assert values.count(first.encode()) == values.count(second.encode()) == 1000


def test_what_arrives_after_an_idle_time_is_fetched(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    subject = start(source, target)
    subject.wait_for("ready")
    for round_ in range(3):
        kafka.produce(source, [b"v"])
        until(lambda r=round_: kafka.committed(prefix, source) == {0: r + 1}, seconds=5)  # type: ignore[misc]


def test_a_missing_topic_refuses_the_start_with_78_and_its_name(new_topic: NewTopic, start: Start) -> None:
    subject = start("in", "out", missing="sis.aeries")
    assert subject.exit_code() == 78
    assert "there is no topic sis.aeries" in subject.output()


def test_an_unknown_fault_stops_with_70_commits_nothing_and_quotes_nothing(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    kafka.produce(source, [b"good", b"raise"])
    subject = start(source, target)
    assert subject.exit_code() == 70
    said = next(line for line in subject.output().splitlines() if "stage_fault" in line)
    assert "ValueError" in said and source in said and "cannot read" not in subject.output()
    assert kafka.committed(prefix, source) == {}


def test_an_output_over_the_limit_stops_with_70_and_names_topic_and_size(
    kafka: Kafka, new_topic: NewTopic, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    kafka.produce(source, [b"huge"])
    subject = start(source, target)
    assert subject.exit_code() == 70
    assert "RecordTooLarge" in subject.output() and target in subject.output()
    assert "2000" in subject.output() and "xxxx" not in subject.output()


def test_bad_records_are_set_aside_and_most_of_the_input_bad_stops_with_70(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target, dead = new_topic("in"), new_topic("out"), new_topic("dead")
    kafka.produce(source, [b"good"] * 500 + [b"bad"] * 499)
    subject = start(source, target, dead_letters=dead)
    until(lambda: kafka.lag(prefix, source) == 0)
    assert len(kafka.read(dead)) == 499
    kafka.produce(source, [b"bad"] * 200)
    assert subject.exit_code() == 70
    assert "TooManyDeadLetters" in subject.output()


@pytest.mark.parametrize("sabotage", ["deaf"])
def test_a_worker_that_went_deaf_stops_with_75(
    kafka: Kafka, new_topic: NewTopic, start: Start, sabotage: str
) -> None:
    source, target = new_topic("in"), new_topic("out")
    kafka.produce(source, [b"v"])
    tuning = {"stall_timeout": 2.0, "stall_check_interval": 0.3}
    subject = start(source, target, sabotage=sabotage, tuning=tuning)
    assert subject.exit_code() == 75
    assert "no_progress" in subject.output() and source in subject.output()


def test_a_worker_that_is_only_idle_is_not_taken_for_deaf(
    kafka: Kafka, new_topic: NewTopic, prefix: str, start: Start
) -> None:
    source, target = new_topic("in"), new_topic("out")
    kafka.produce(source, [b"v"])
    subject = start(source, target, tuning={"stall_timeout": 3.0, "stall_check_interval": 0.1})
    until(lambda: kafka.lag(prefix, source) == 0)
    with pytest.raises(subprocess.TimeoutExpired):
        subject.process.wait(4)


def test_without_a_broker_the_start_ends_with_70(start: Start) -> None:
    subject = start("in", "out", bootstrap="127.0.0.1:9")
    assert subject.exit_code() == 70
    assert "start_fault" in subject.output()
