"""What a test does with a real broker: make topics, put raw bytes in, read everything back.

Reading uses no consumer group and no fixed wait: it goes from the first to the end offsets of the moment and stops.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

DEADLINE_SECONDS = 30.0
POLL_MS = 200

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as raw bytes. `offset`, `timestamp_ms` are filled by reading; `partition` None lets the key choose."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    partition: int | None = None
    offset: int = -1
    timestamp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Kafka:
    """The test's hands on one cluster, known by its bootstrap servers."""

    bootstrap: str

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """A kafka-python KafkaAdminClient, closed at the end."""
        with KafkaAdminClient(bootstrap_servers=self.bootstrap.split(",")) as admin:
            yield admin

    def create(self, *topics: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> None:
        """Create topics by their full names and wait until each partition has a leader."""
        wanted = {topic: {"num_partitions": partitions, "configs": dict(configs or {})} for topic in topics}
        with self.admin() as admin:
            admin.create_topics(wanted, wait_for_metadata=True)

    def delete(self, *topics: str) -> None:
        """Delete those of the topics that exist."""
        with self.admin() as admin:
            there = sorted(set(topics) & set(admin.list_topics()))
            if there:
                admin.delete_topics(there)

    def topics(self) -> list[str]:
        """Names of all topics, internal ones too."""
        with self.admin() as admin:
            return sorted(admin.list_topics())

    def produce(
        self, topic: str, records: Iterable[Record | bytes], *, seconds: float = DEADLINE_SECONDS
    ) -> list[int]:
        """Write records in order and await every acknowledgement (acks=all, idempotent); returns their offsets.

        Bare bytes are a value without a key. Partitions are chosen by the key with Kafka's own murmur2.
        """
        with KafkaProducer(
            bootstrap_servers=self.bootstrap.split(","), linger_ms=2, allow_auto_create_topics=False
        ) as producer:
            sent = [_send(producer, topic, record) for record in records]
            producer.flush(timeout=seconds)
            return [future.get(timeout=seconds).offset for future in sent]

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Partition -> offset of the next record to be written."""
        with self._consumer() as consumer:
            ends: dict[TopicPartition, int] = consumer.end_offsets(_partitions(consumer, topic))
            return {tp.partition: end for tp, end in ends.items()}

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Partition -> offset the group has committed, for the partitions where it has; {} for an unknown group."""
        with self.admin() as admin:
            offsets = _patiently(lambda: admin.list_group_offsets({group: None}))[group]
        return {
            tp.partition: known.offset
            for tp, known in offsets.items()
            if tp.topic == topic and known.offset >= 0
        }

    def lag(self, group: str, topic: str) -> int:
        """Records of the topic that the group has not committed yet."""
        done = self.committed(group, topic)
        return sum(end - done.get(partition, 0) for partition, end in self.end_offsets(topic).items())

    def read(
        self, topic: str, *, isolation: str = "read_uncommitted", seconds: float = DEADLINE_SECONDS
    ) -> list[Record]:
        """Every record of the topic as of now, by partition and then offset.

        Raises TimeoutError when the end is not reached within `seconds`.
        """
        with self._consumer(isolation_level=isolation) as consumer:
            partitions = _partitions(consumer, topic)
            ends = consumer.end_offsets(partitions)
            found: list[Record] = []
            for fetched in _polls(consumer, partitions, seconds, lambda: _reached(consumer, ends)):
                found += fetched
        return sorted(found, key=lambda record: (record.partition or 0, record.offset))

    def wait_for(
        self, topic: str, enough: Callable[[list[Record]], bool], *, seconds: float = DEADLINE_SECONDS
    ) -> list[Record]:
        """Follow the topic from its start until `enough(all records so far)`, and return those records.

        Raises TimeoutError, saying how many came, when it is not enough within `seconds`.
        """
        found: list[Record] = []
        with self._consumer() as consumer:
            partitions = _partitions(consumer, topic)
            for fetched in _polls(consumer, partitions, seconds, lambda: enough(found)):
                found.extend(fetched)
        return found

    def _consumer(self, **settings: Any) -> Any:
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap.split(","),
            group_id=None,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            max_poll_records=5000,
            max_partition_fetch_bytes=8 * 1024 * 1024,
            fetch_max_wait_ms=POLL_MS,
            **settings,
        )


def unique(prefix: str) -> str:
    """The prefix made legal for a topic name or group, with a random tail."""
    legal = re.sub(r"[^A-Za-z0-9_-]+", "-", prefix).strip("-")[:80]
    return f"{legal}-{uuid.uuid4().hex[:8]}"


def _patiently(ask: Callable[[], Any]) -> Any:
    """The answer of a group coordinator that may still be on its way: the first group ever asks it into being."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        try:
            return ask()
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_MS / 1000)


def _send(producer: Any, topic: str, record: Record | bytes) -> Any:
    if isinstance(record, bytes):
        record = Record(record)
    return producer.send(
        topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        partition=record.partition,
        timestamp_ms=record.timestamp_ms,
    )


def _partitions(consumer: Any, topic: str) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise LookupError(f"there is no topic {topic}")
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _reached(consumer: Any, ends: Mapping[TopicPartition, int]) -> bool:
    """Positions, not counts: compaction and transaction markers leave offsets without a record."""
    return all(consumer.position(tp) >= end for tp, end in ends.items())


def _polls(
    consumer: Any, partitions: list[TopicPartition], seconds: float, done: Callable[[], bool]
) -> Iterator[list[Record]]:
    """What each poll brings, from the partitions' start until `done`, which is asked before each poll."""
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    deadline = time.monotonic() + seconds
    count = 0
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{partitions[0].topic}: still waiting after {seconds:.0f} s and {count} records"
            )
        fetched = [_record(one) for batch in consumer.poll(timeout_ms=POLL_MS).values() for one in batch]
        count += len(fetched)
        yield fetched


def _record(raw: Any) -> Record:
    return Record(raw.value, raw.key, tuple(raw.headers), raw.partition, raw.offset, raw.timestamp)
