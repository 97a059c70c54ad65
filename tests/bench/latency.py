"""latency: publish -> status row on sync.status, at a steady rate. One event in ten is timed."""

import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import decode
from schemas.keys import section_key
from schemas.results import SectionStatus
from schemas.topics import TopicNames, topic
from tests.bench import load
from tests.bench.core import Worker, await_true, backlog_done
from tests.support.kafka import Kafka, unique

_PROBE_EVERY = 10
_WARM_UP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from publish to readable row, of the timed events, and the rate that was kept."""

    rate: float
    timed: int
    p50: float
    p99: float
    worst: float


def measure(kafka: Kafka, rate: int, seconds: float) -> Latencies:
    """Run one worker at `rate` events a second for `seconds`, after
    `_WARM_UP_SECONDS` of the same, in which the broker's JVM compiles what it needs.
    """
    cluster = Cluster(kafka.bootstrap, TopicNames(unique("latency") + "."))
    provision.apply(cluster)
    shape = load.Shape(tenants=4, sections=100)
    group = cluster.topics.prefix + "streams"
    topics = (cluster.topics.changes, cluster.topics.results)
    try:
        load.prepare(kafka.bootstrap, cluster.topics, shape)
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "streams.app"]
            worker = Worker(command, cluster, group, '"event": "assigned"', Path(folder))
            try:
                await_true(lambda: backlog_done(kafka, group, topics), 60, str(worker.log))
                return _timed(cluster, shape, rate, seconds)
            finally:
                worker.stop()
    finally:
        kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))


def _timed(cluster: Cluster, shape: load.Shape, rate: int, seconds: float) -> Latencies:
    """Publish on a clock, while a reader notes when a timed version shows in its section's row."""
    timed = {section_key(*place) for place in shape.places()[::_PROBE_EVERY]}
    published: dict[int, float] = {}
    reader = Reader(cluster, timed)
    reader.start()
    producer = Producer(
        {"bootstrap.servers": cluster.bootstrap, "partitioner": "murmur2_random", "linger.ms": 0}
    )
    warm_up = int(rate * _WARM_UP_SECONDS)
    count = warm_up + int(rate * seconds)
    began = time.perf_counter()
    for number, (key, value) in enumerate(load.changes(shape, count)):
        due = began + number / rate
        if (ahead := due - time.perf_counter()) > 0:
            time.sleep(
                ahead
            )  # librdkafka's poll counts whole milliseconds: below one it would spin on a core
        producer.poll(0)
        if number >= warm_up and key in timed:
            published[number] = time.perf_counter()
        producer.produce(cluster.topics.changes, value, key)
    kept = count / (time.perf_counter() - began)
    producer.flush(10)
    await_true(lambda: published.keys() <= reader.seen.keys(), 30, "every timed row")
    reader.stop()
    took = sorted((reader.seen[version] - at) * 1000 for version, at in published.items())
    return Latencies(kept, len(took), statistics.median(took), took[int(len(took) * 0.99)], took[-1])


class Reader(threading.Thread):
    """Follows sync.status; `seen` maps each LMS version of a timed section to when its row could first be read."""

    def __init__(self, cluster: Cluster, timed: set[bytes]) -> None:
        super().__init__(daemon=True)
        self.seen: dict[int, float] = {}
        self._timed = timed
        self._running = True
        self._consumer = Consumer(
            {
                "bootstrap.servers": cluster.bootstrap,
                "group.id": cluster.topics.prefix + "reader",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 5,
            }
        )
        name = cluster.topics.status
        self._consumer.assign(
            [
                TopicPartition(name, partition, OFFSET_BEGINNING)
                for partition in range(topic("sync.status").partitions)
            ]
        )

    def run(self) -> None:
        """Until `stop`."""
        while self._running:
            message = self._consumer.poll(0.05)
            if message is None or message.error() is not None or message.key() not in self._timed:
                continue
            now = time.perf_counter()
            for row in decode(SectionStatus, message.value()).rows:
                self.seen.setdefault(row.version, now)

    def stop(self) -> None:
        """End the thread."""
        self._running = False
        self.join()
        self._consumer.close()
