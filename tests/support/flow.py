"""The flow in a test: its own topics on the shared broker, workers as real processes, a district, and hands."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.district import DistrictConfig, Limits, MarkingPeriod, School, SisConnection
from schemas.gradebook import Change, GradebookChange, Sis
from schemas.keys import section_key, tenant_key
from schemas.results import SectionStatus, StatusRow, SyncResult
from schemas.topics import TopicNames
from streams.rules.policies import NUMBERS
from tests.support.kafka import Kafka, Record, unique

TENANT = "demo"
ROOT = Path(__file__).parents[2]
T = TypeVar("T")


def district(tenant: str = TENANT, sis: Sis = Sis.ESCHOOLPLUS, **changed: object) -> DistrictConfig:
    """A small district whose one school has one open marking period, autumn 2026."""
    period = MarkingPeriod(id="mp1", title="MP1", first_day="2026-09-01", last_day="2027-01-29")
    school = School(
        id="high",
        title="High",
        marking_periods=(period,),
        days_off=(),
        school_days=(1, 2, 3, 4, 5),
    )
    connection = SisConnection(
        kind=sis,
        base_url="http://127.0.0.1:1/plus360api/v1/demo",
        auth="oauth2",
        key_ref="env:DEMO_KEY",
        secret_ref="env:DEMO_SECRET",
        concurrency=8,
        rate_per_second=None,
        allow_private_addresses=True,
        options={},
    )
    fields: dict[str, object] = {
        "tenant": tenant,
        "title": "Demo",
        "entitled": True,
        "time_zone": "America/New_York",
        "source": "test",
        "updated_at": 0,
        "sis": connection,
        "schools": (school,),
        "categories": (),
        "limits": Limits(),
        # loads of thousands are what many tests are about; those about the brake set it
        "policies": dict.fromkeys(NUMBERS, "off"),
    }
    return DistrictConfig(**(fields | changed))  # type: ignore[arg-type] # names are the dataclass's own


def change(section: str, event: str, version: int, what: Change, *, tenant: str = TENANT) -> GradebookChange:
    """A change as an LMS would publish it."""
    return GradebookChange(
        tenant=tenant,
        section=section,
        event=event,
        version=version,
        occurred_at=1_790_000_000_000,
        change=what,
    )


@dataclass(slots=True)
class Flow:
    """One installation on the broker. `workers` are the stream workers started so far."""

    kafka: Kafka
    cluster: Cluster
    folder: Path
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def topics(self) -> TopicNames:
        """Its names."""
        return self.cluster.topics

    @property
    def group(self) -> str:
        """The stream workers' consumer group."""
        return f"{self.topics.prefix}streams"

    def configure(self, config: DistrictConfig) -> None:
        """Apply a district."""
        self.kafka.produce(self.topics.config, [Record(encode(config), tenant_key(config.tenant))])

    def publish(self, changes: Iterable[GradebookChange]) -> list[int]:
        """Publish changes; their offsets."""
        records = [Record(encode(one), section_key(one.tenant, one.section)) for one in changes]
        return self.kafka.produce(self.topics.changes, records)

    def start_worker(self, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start a stream worker."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        settings = self.cluster.environment() | {"GRADEBOOK_SYNC_GROUP": self.group} | dict(env or {})
        with log.open("wb") as out:
            worker = subprocess.Popen(
                [sys.executable, "-m", "streams.app"],
                cwd=ROOT,
                env=os.environ | settings,
                stdout=out,
                stderr=out,
            )
        self.workers.append(worker)
        return worker

    def results(
        self, enough: Callable[[list[SyncResult]], bool], *, seconds: float = 30.0
    ) -> list[SyncResult]:
        """Every result, once they are enough. TimeoutError when they never are."""
        read = self._decoded(SyncResult)
        found = self.kafka.wait_for(self.topics.results, lambda rows: enough(read(rows)), seconds=seconds)
        return read(found)

    def rows(
        self, section: str, enough: Callable[[dict[str, StatusRow]], bool], *, seconds: float = 30.0
    ) -> dict[str, StatusRow]:
        """A section's rows by item, once they are enough."""
        key = section_key(TENANT, section)

        def latest(records: list[Record]) -> dict[str, StatusRow]:
            of = [
                one.value for one in records if one.key is not None and one.key.startswith(key) and one.value
            ]
            parts = {part.part: part for part in (decode(SectionStatus, value) for value in of)}
            return {row.item: row for part in parts.values() for row in part.rows}

        found = self.kafka.wait_for(self.topics.status, lambda rows: enough(latest(rows)), seconds=seconds)
        return latest(found)

    @staticmethod
    def _decoded(kind: type[T]) -> Callable[[list[Record]], list[T]]:
        return lambda records: [decode(kind, one.value) for one in records]

    def stop(self) -> None:
        """Kill what still runs."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.wait()


@contextmanager
def new_flow(kafka: Kafka, folder: Path, name: str) -> Iterator[Flow]:
    """An installation of its own, gone at the end."""
    cluster = Cluster(kafka.bootstrap, TopicNames(unique(name) + "."))
    provision.apply(cluster)
    flow = Flow(kafka, cluster, folder)
    try:
        yield flow
    finally:
        flow.stop()
        kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))
