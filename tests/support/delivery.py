"""A delivery worker's street in a test: topics, a simulator, and the workers as processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.gradebook import Sis
from schemas.keys import item_key, partition_for, tenant_key
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, SyncResult
from schemas.topics import TopicNames, topic
from tests.simulators.client import Simulator
from tests.support.kafka import Kafka, Record
from tests.unit.adapters.desk import desired, district, scores

ROOT = Path(__file__).parents[2]
SEED = json.loads((ROOT / "tests/simulators/examples/district.json").read_text())
ENDS = (Outcome.SUCCESSFUL, Outcome.ERROR, Outcome.SUPERSEDED)


@dataclass
class Street:
    """Topics, a simulator and workers of one test."""

    kafka: Kafka
    cluster: Cluster
    simulator: Simulator
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def topics(self) -> TopicNames:
        return self.cluster.topics

    @property
    def group(self) -> str:
        return f"{self.topics.prefix}gradebook-sync-delivery-eschoolplus"

    def configure(self, tenant: str = "abc", code: str = "abc", **sis: Any) -> None:
        config = replace(district(self.simulator.base(code), **sis), tenant=tenant)
        self.kafka.produce(self.topics.config, [Record(encode(config), tenant_key(tenant))])

    def worker(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "adapters.worker", "--sis", "eschoolplus", "--session-seconds", "6"]
        command += ["--directory-minutes", "0"]  # a test that counts calls or faults asks for it itself
        secrets = {"TEST_SIS_KEY": "OneRoster_ABC_123", "TEST_SIS_SECRET": "demo-secret"}
        log = (self.folder / f"worker-{len(self.workers)}.log").open("wb")
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env={**os.environ, **self.cluster.environment(), **secrets, **env},
            stderr=log,
            stdout=log,
        )
        log.close()
        self.workers.append(process)
        return process

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("worker-*.log")))

    def put(self, *items: DesiredItem) -> None:
        partitions = topic("sis.eschoolplus").partitions
        records = [
            Record(
                encode(item),
                item_key(item.tenant, item.section, item.item),
                partition=partition_for(tenant_key(item.tenant), partitions),
            )
            for item in items
        ]
        self.kafka.produce(self.topics.desired(Sis.ESCHOOLPLUS), records)

    def results(self, enough: Callable[[list[SyncResult]], bool], seconds: float = 90) -> list[SyncResult]:
        found: list[SyncResult] = []

        def ready(records: list[Record]) -> bool:
            found.extend(decode(SyncResult, record.value) for record in records[len(found) :])
            return enough(found)

        try:
            self.kafka.wait_for(self.topics.results, ready, seconds=seconds)
        except TimeoutError:
            pytest.fail(f"{Counter(r.outcome for r in found)}\n{self.logs()[-3000:]}")
        return found

    def ended(self, *items: DesiredItem, seconds: float = 90) -> list[SyncResult]:
        """Wait for the end of each decision; the newest result of each, in order."""
        wanted = {(item.tenant, item.item, item.revision) for item in items}

        def all_in(results: list[SyncResult]) -> bool:
            return wanted <= {(r.tenant, r.item, r.revision) for r in results if r.outcome in ENDS}

        newest = {
            (r.tenant, r.item, r.revision): r for r in self.results(all_in, seconds) if r.outcome in ENDS
        }
        return [newest[item.tenant, item.item, item.revision] for item in items]

    def ledger(self) -> Mapping[bytes | None, LedgerEntry]:
        """The newest entry of each item, as a restore would take it: not the last written, the highest in order."""
        newest: dict[bytes | None, LedgerEntry] = {}
        for record in self.kafka.read(self.topics.ledger(Sis.ESCHOOLPLUS)):
            entry = decode(LedgerEntry, record.value)
            known = newest.get(record.key)
            if known is None or (entry.generation, entry.sequence) >= (known.generation, known.sequence):
                newest[record.key] = entry
        return newest

    def committed(self, tenant: str = "abc") -> int:
        name = self.topics.desired(Sis.ESCHOOLPLUS)
        partition = partition_for(tenant_key(tenant), topic("sis.eschoolplus").partitions)
        return self.kafka.committed(self.group, name).get(partition, 0)

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, self.logs()[-3000:]
            time.sleep(0.1)

    def calls(self, part: str) -> int:
        """Calls the SIS had to addresses with that word."""
        counted = self.simulator.counters("abc")["calls"]
        return sum(row["count"] for row in counted if part in row["template"])

    def clean_up(self) -> None:
        for process in self.workers:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)


def many(count: int, tenant: str = "abc") -> list[DesiredItem]:
    return [
        desired(f"item-{n}", tenant=tenant, scores=scores(stu_1=1.0 + n, stu_2=2.0)) for n in range(count)
    ]
