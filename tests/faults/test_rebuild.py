"""The status table dropped and folded again from sync.results: equal to what it was."""

from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas import provision
from tests.faults.lab import Lab, new_lab, seed
from tests.faults.load import Load, Shape
from tests.support.kafka import Kafka
from tests.support.oracle_topics import read_topics


def test_the_status_table_dropped_and_rebuilt_from_the_results_is_equal(kafka: Kafka, tmp_path: Path) -> None:
    load = Load(seed(), Shape(sections=20, items=20, students=3))
    with new_lab(kafka, tmp_path, "rebuild", load) as lab:
        publisher = lab.publisher()
        publisher.publish(load.changes(5_000))
        publisher.flush()
        with lab.crew(1) as crew:
            lab.await_committed(2_000, crew)
            crew.kill(0)
            lab.await_done(crew)
            crew.restarting = False
            assert crew.terminate(0)[0] == 0
        before = read_topics(kafka.bootstrap, lab.topics.prefix).rows
        kafka.delete(lab.topics.status)
        provision.apply(lab.cluster)
        assert not read_topics(kafka.bootstrap, lab.topics.prefix).rows

        _changes_are_done(lab, "rebuilt")
        with lab.crew(1, group="rebuilt") as crew:
            lab.await_done(crew, group="rebuilt")
        after = read_topics(kafka.bootstrap, lab.topics.prefix).rows
        assert len(before) == 400
        assert after == before


def _changes_are_done(lab: Lab, group: str) -> None:
    """A new group that has nothing to do on gradebook.changes, and all of sync.results."""
    ends = lab.kafka.end_offsets(lab.topics.changes)
    offsets = [TopicPartition(lab.topics.changes, partition, end) for partition, end in ends.items()]
    admin = AdminClient({"bootstrap.servers": lab.kafka.bootstrap})
    wanted = [ConsumerGroupTopicPartitions(lab.topics.prefix + group, offsets)]
    for answer in admin.alter_consumer_group_offsets(wanted).values():
        answer.result(20)
