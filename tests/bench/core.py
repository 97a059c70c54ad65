"""core: a backlog of change events, from consumed to acknowledged status rows, ours beside the bare loop."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas import provision
from schemas.cluster import Cluster
from schemas.topics import TopicNames
from tests.bench import load
from tests.support.flow import ROOT
from tests.support.kafka import Kafka, unique

_TICKS = os.sysconf("SC_CLK_TCK")
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds from assigned to done, CPU seconds of the workers in it, their peak memory in MB."""

    events: int
    seconds: float
    cpu: float
    rss: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU per 1,000 events."""
        return self.cpu / self.events * 1e6


class Worker:
    """A process under measure."""

    def __init__(
        self,
        command: Sequence[str],
        cluster: Cluster,
        group: str,
        ready: str,
        folder: Path,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.log = folder / f"{unique('worker')}.log"
        self._ready = re.compile(ready)
        env = os.environ | cluster.environment() | {"GRADEBOOK_SYNC_GROUP": group} | dict(more or {})
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until its log says it is assigned."""
        await_true(lambda: self._ready.search(self.log.read_text()) is not None, seconds, str(self.log))

    def cpu(self) -> float:
        """CPU seconds used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_mb(self) -> float:
        """Peak resident memory."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def await_true(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until true; TimeoutError naming `what`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(_POLL_SECONDS)


@contextmanager
def installation(kafka: Kafka, shape: load.Shape, events: int) -> Iterator[Cluster]:
    """Topics of their own, filled with the load."""
    cluster = Cluster(kafka.bootstrap, TopicNames(unique("bench") + "."))
    provision.apply(cluster)
    try:
        load.prepare(kafka.bootstrap, cluster.topics, shape)
        load.publish(kafka.bootstrap, cluster.topics.changes, load.changes(shape, events))
        yield cluster
    finally:
        kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))


def ours(kafka: Kafka, shape: load.Shape, events: int, workers: int) -> Run:
    """The stream worker, `workers` processes."""
    with installation(kafka, shape, events) as cluster, tempfile.TemporaryDirectory() as folder:
        group = cluster.topics.prefix + "streams"
        topics = (cluster.topics.changes, cluster.topics.results)
        command = [sys.executable, "-m", "streams.app"]
        running = [
            Worker(command, cluster, group, '"event": "assigned"', Path(folder)) for _ in range(workers)
        ]
        return _measure(kafka, running, group, topics, events)


def bare(kafka: Kafka, shape: load.Shape, events: int) -> Run:
    """The bare loop."""
    with installation(kafka, shape, events) as cluster, tempfile.TemporaryDirectory() as folder:
        group = cluster.topics.prefix + "bare"
        command = [sys.executable, "-m", "tests.bench.bare_loop", group]
        running = [Worker(command, cluster, group, "ready", Path(folder))]
        return _measure(kafka, running, group, (cluster.topics.changes,), events)


def _measure(kafka: Kafka, workers: list[Worker], group: str, topics: Sequence[str], events: int) -> Run:
    try:
        for worker in workers:
            worker.wait_ready()
        ends = sum(kafka.end_offsets(topics[0]).values())
        # the bindings of the sections come first on every partition and are not what is measured
        await_true(lambda: _finished(kafka, group, topics[0]) >= ends - events, 300, "the bindings")
        began, before = time.monotonic(), sum(worker.cpu() for worker in workers)
        events = ends - _finished(kafka, group, topics[0])

        def done() -> bool:
            if any(worker.process.poll() is not None for worker in workers):
                raise RuntimeError(workers[0].log.read_text()[-2000:])
            return backlog_done(kafka, group, topics)

        await_true(done, 600, "the backlog")
        seconds = time.monotonic() - began
        cpu = sum(worker.cpu() for worker in workers) - before
        return Run(events, seconds, cpu, sum(worker.peak_mb() for worker in workers))
    finally:
        for worker in workers:
            worker.stop()


def backlog_done(kafka: Kafka, group: str, topics: Sequence[str]) -> bool:
    """Whether the group has finished the first topic, and then the others, which it fills itself."""
    return all(kafka.lag(group, topic) == 0 for topic in topics)


def _finished(kafka: Kafka, group: str, topic: str) -> int:
    return sum(kafka.committed(group, topic).values())
