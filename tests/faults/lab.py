"""The fault lab: an installation on a broker, its districts, a crew of workers, a load and the oracle's verdict."""

import os
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.keys import tenant_key
from schemas.topics import TopicNames, topic
from tests.faults.load import Load
from tests.faults.publisher import Publisher
from tests.support.flow import district
from tests.support.kafka import Kafka, Record, unique
from tests.support.oracle import Verdict, judge
from tests.support.oracle_log import Log
from tests.support.oracle_samples import Sampler
from tests.support.processes import ROOT, Crew, until

#: Short sessions and small steps: a death is noticed soon and falls between many commits.
TUNING = {
    "session_timeout": 2.0,
    "heartbeat_interval": 0.4,
    "commit_interval": 0.1,
    "max_batch_records": 300,
    "epoch_records": 1000,
}
FIGURES = ROOT / ".run" / "faults.jsonl"


@dataclass
class Lab:
    """One installation. `log` is everything accepted so far."""

    kafka: Kafka
    cluster: Cluster
    folder: Path
    load: Load
    log: Log = field(default_factory=Log)
    began: float = field(default_factory=time.monotonic)
    _eyes: dict[str, Consumer] = field(default_factory=dict)

    @property
    def topics(self) -> TopicNames:
        return self.cluster.topics

    @property
    def group(self) -> str:
        return f"{self.topics.prefix}streams"

    def _environment(self, group: str, tuning: Mapping[str, float]) -> dict[str, str]:
        numbers = {f"GRADEBOOK_SYNC_TUNING_{k.upper()}": str(v) for k, v in (TUNING | dict(tuning)).items()}
        return self.cluster.environment() | {"GRADEBOOK_SYNC_GROUP": group} | numbers

    def crew(
        self,
        size: int = 1,
        *,
        broken: str | None = None,
        argument: str = "",
        group: str = "streams",
        tuning: Mapping[str, float] = TUNING,
    ) -> Crew:
        """Workers, whole ones or with one guard taken away."""
        command: Sequence[str] = ("-m", "streams.app")
        if broken is not None:
            command = ("-m", "tests.faults.broken_workers", broken, argument)
        return Crew(self.folder, self._environment(self.topics.prefix + group, tuning), size, command)

    def publisher(self) -> Publisher:
        """The LMS."""
        return Publisher(self.kafka.bootstrap, self.topics.changes, self.log)

    def begin(self) -> None:
        """Districts, and every section and item for the first time."""
        for tenant, sis in self.load.tenants.items():
            config = district(tenant, sis)
            self.kafka.produce(self.topics.config, [Record(encode(config), tenant_key(tenant))])
        publisher = self.publisher()
        publisher.publish(self.load.beginnings())
        publisher.flush()

    def sampler(self) -> Sampler:
        """Watch the commits."""
        outputs = {
            self.topics.results: topic("sync.results").partitions,
            self.topics.state: topic("gradebook.state").partitions,
        }
        return Sampler(self.kafka.bootstrap, self.group, self.topics.changes, outputs)

    def committed(self) -> int:
        """Changes committed so far; -1 while the broker does not say."""
        done, _ = self._progress(self.topics.changes)
        return done

    def await_committed(self, count: int, crew: Crew, *, seconds: float = 30.0) -> None:
        """Until so many changes are committed."""
        until(lambda: self.committed() >= count, seconds=seconds, what=crew.tail)

    def await_done(self, crew: Crew, *, seconds: float = 60.0, group: str = "streams") -> None:
        """Until every change and every result is committed."""
        until(lambda: self._done(group), seconds=seconds, what=crew.tail)

    def _done(self, group: str) -> bool:
        for name in (self.topics.changes, self.topics.results):
            done, end = self._progress(name, group)
            if done < 0 or done != end:
                return False
        return True

    def _progress(self, name: str, group: str = "streams") -> tuple[int, int]:
        """Records committed of a topic, and written to it; -1 while the broker does not say."""
        eyes = self._eyes_of(group)
        row = topic(name.removeprefix(self.topics.prefix))
        partitions = [TopicPartition(name, partition) for partition in range(row.partitions)]
        try:
            done = eyes.committed(partitions, timeout=2.0)
            ends = [eyes.get_watermark_offsets(tp, timeout=2.0)[1] for tp in partitions]
        except KafkaException:
            return -1, -1
        return sum(max(0, tp.offset) for tp in done), sum(ends)

    def _eyes_of(self, group: str) -> Consumer:
        """A client that looks and never joins."""
        eyes = self._eyes.get(group)
        if eyes is None:
            settings = {"bootstrap.servers": self.kafka.bootstrap, "group.id": self.topics.prefix + group}
            eyes = self._eyes[group] = Consumer(settings | {"log_level": 0})
        return eyes

    def leaders(self) -> list[int]:
        """The node that leads each partition of gradebook.changes; -1 where none does."""
        name = self.topics.changes
        known = self._eyes_of("streams").list_topics(name, timeout=20).topics[name].partitions
        return [one.leader for one in known.values()]

    def close(self) -> None:
        """Let go of the broker."""
        for eyes in self._eyes.values():
            eyes.close()

    def verdict(self, sampler: Sampler | None = None) -> Verdict:
        """What the oracle says."""
        prefix = self.topics.prefix
        samples = sampler.samples if sampler else []
        return judge(self.kafka.bootstrap, prefix, self.log, samples)

    def report(self, row: str, verdict: Verdict, crew: Crew, **more: Any) -> None:
        """Print the figures as one JSON line, and keep it."""
        line = verdict.line(
            row=row,
            seed=self.load.seed,
            kills=crew.kills,
            seconds=round(time.monotonic() - self.began, 1),
            exits=sorted(crew.surprises()),
            **more,
        )
        print(line)
        FIGURES.parent.mkdir(exist_ok=True)
        with FIGURES.open("a") as kept:
            kept.write(line + "\n")


def seed() -> int:
    """A seed of this run; GRADEBOOK_SYNC_FAULT_SEED gives the same run again."""
    told = os.environ.get("GRADEBOOK_SYNC_FAULT_SEED")
    return int(told) if told else random.SystemRandom().randrange(1_000_000)


@contextmanager
def new_lab(
    kafka: Kafka, folder: Path, name: str, load: Load, replication: int | None = None
) -> Iterator[Lab]:
    """An installation of its own, begun, and gone at the end."""
    cluster = Cluster(kafka.bootstrap, TopicNames(unique(name) + "."))
    provision.apply(cluster, replication)
    lab = Lab(kafka, cluster, folder, load)
    try:
        lab.begin()
        yield lab
    finally:
        lab.close()
        with suppress(Exception):
            kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))


class Killer:
    """A block in which some worker is killed every now and then."""

    def __init__(self, crew: Crew, chosen: random.Random, between: tuple[float, float], most: int) -> None:
        self._crew = crew
        self._chosen = chosen
        self._between = between
        self._most = most
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)

    def _run(self) -> None:
        while self._crew.kills < self._most and not self._ended.wait(self._chosen.uniform(*self._between)):
            self._crew.kill_any(self._chosen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)

    def wait(self, seconds: float) -> None:
        """Until it has killed as often as it was told."""
        self._thread.join(seconds)
