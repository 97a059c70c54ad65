"""restore: how fast a worker reads its state back at an assignment: 200k item rows, and their status rows."""

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.codec import decode
from schemas.results import SectionStatus
from tests.bench import load
from tests.bench.core import Worker, await_true, backlog_done, installation
from tests.support.kafka import Kafka


@dataclass(frozen=True, slots=True)
class Restore:
    """Rows a stage read back, and the seconds it took."""

    stage: str
    rows: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def measure(kafka: Kafka, shape: load.Shape) -> list[Restore]:
    """Fill the state with every item of the shape once, then start a worker anew."""
    with installation(kafka, shape, shape.all_items) as cluster, tempfile.TemporaryDirectory() as folder:
        group = cluster.topics.prefix + "streams"
        topics = (cluster.topics.changes, cluster.topics.results)
        command = [sys.executable, "-m", "streams.app"]
        first = Worker(command, cluster, group, '"event": "assigned"', Path(folder))
        try:
            await_true(lambda: backlog_done(kafka, group, topics), 300, str(first.log))
        finally:
            first.stop()
        status_rows = _status_rows(kafka, cluster.topics.status)
        second = Worker(command, cluster, group, '"stage": "intake".*"event": "restored"', Path(folder))
        try:
            second.wait_ready()
            await_true(lambda: len(list(_told(second.log))) == len(topics), 60, str(second.log))
            told = dict(_told(second.log))
        finally:
            second.stop()
    return [
        Restore("intake", int(told["intake"]["rows"]), told["intake"]["seconds"]),
        Restore("status", status_rows, told["status"]["seconds"]),
    ]


def _told(log: Path) -> Iterator[tuple[str, dict[str, float]]]:
    for line in log.read_text().splitlines():
        if '"event": "restored"' in line:
            told = json.loads(line)
            yield told["stage"], told


def _status_rows(kafka: Kafka, topic: str) -> int:
    newest = {one.key: one.value for one in kafka.read(topic)}
    return sum(len(decode(SectionStatus, value).rows) for value in newest.values())
