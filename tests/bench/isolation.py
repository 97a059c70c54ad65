"""isolation: what districts in trouble cost their neighbours, served by one delivery worker.

paced     ten districts, a few items a second each; then the same with four of them in trouble: one dead, one that
accepts and never answers, one that answers a byte a second, one that fails every other call. The p99
from decision to result of the six others, without and with.
single    a one-item section behind 10,000 items of its own district.
recovery  a district that was away comes back: how fast its waiting items go, against its rate limit.
crowd     500 districts at once: threads, and time against the least possible.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.gradebook import Score, Sis
from schemas.keys import item_key, partition_for, tenant_key
from schemas.results import Outcome, SyncResult
from schemas.topics import TopicNames, topic
from tests.bench.core import Worker, await_true
from tests.simulators.client import Simulator
from tests.support.flow import ROOT
from tests.support.kafka import Kafka, Record, unique
from tests.unit.adapters.desk import desired, district

SEED = json.loads((ROOT / "tests" / "simulators" / "examples" / "district.json").read_text())
LATENCY, CAP = 0.05, 8
SCORES = (Score(student="stu-1", points=5.0), Score(student="stu-2", points=7.0))
CALLS_PER_ITEM = 2
HEALTHY = tuple(f"d{number}" for number in range(4, 10))
#: District -> fault; the dead one is an address where nobody listens.
TROUBLE: dict[str, dict[str, Any]] = {
    "d1": {"kind": "hang"},
    "d2": {"kind": "drip", "per_second": 1},
    "d3": {"kind": "status", "status": 500, "probability": 0.5, "seed": 1},
}
DEAD, HANGING = "d0", "d1"


@dataclass
class Town:
    """Topics, a simulator with districts, and one delivery worker."""

    kafka: Kafka
    cluster: Cluster
    simulator: Simulator
    folder: Path
    producer: Any
    workers: list[Worker] = field(default_factory=list)

    def open(self, codes: Sequence[str], *, latency: float = LATENCY, **sis: Any) -> None:
        """Districts, each with its configuration."""
        configs = []
        for code in codes:
            self.simulator.seed(SEED | {"code": code, "limits": SEED["limits"] | {"max_concurrent": 64}})
            self.simulator.fault(code, kind="latency", seconds=latency)
            settings: dict[str, Any] = {"concurrency": CAP} | sis
            configs.append(replace(district(self.simulator.base(code), **settings), tenant=code))
        self.configure(*configs)

    def configure(self, *configs: Any) -> None:
        self.kafka.produce(
            self.cluster.topics.config, [Record(encode(one), tenant_key(one.tenant)) for one in configs]
        )

    def start(self, *arguments: str) -> Worker:
        """The worker, once it has its partitions."""
        os.environ.update({"TEST_SIS_KEY": "OneRoster_ABC_123", "TEST_SIS_SECRET": "demo-secret"})
        command = [sys.executable, "-m", "adapters.worker", "--sis", "eschoolplus", *arguments]
        worker = Worker(command, self.cluster, "", '"event": "assigned"', self.folder)
        self.workers.append(worker)
        worker.wait_ready()
        return worker

    def put(self, tenant: str, *items: str, section: str = "s") -> None:
        """Decisions made now."""
        partition = partition_for(tenant_key(tenant), topic("sis.eschoolplus").partitions)
        name = self.cluster.topics.desired(Sis.ESCHOOLPLUS)
        now = round(time.time() * 1000)
        for item in items:
            one = desired(item, tenant=tenant, section=section, scores=SCORES, decided_at=now)
            self.producer.send(name, encode(one), item_key(tenant, section, item), partition=partition)
        self.producer.flush(30)

    def ends(self) -> list[SyncResult]:
        """Every result that is an end so far."""
        found = (decode(SyncResult, record.value) for record in self.kafka.read(self.cluster.topics.results))
        return [one for one in found if one.outcome in (Outcome.SUCCESSFUL, Outcome.ERROR)]

    def calls(self, code: str) -> int:
        return int(self.simulator.counters(code)["total"])


@contextmanager
def town(kafka: Kafka) -> Iterator[Town]:
    """Torn down at the end."""
    cluster = Cluster(kafka.bootstrap, TopicNames(unique("isolation") + "."))
    provision.apply(cluster)
    with Simulator("eschoolplus") as simulator, tempfile.TemporaryDirectory() as folder:
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=0)
        made = Town(kafka, cluster, simulator, Path(folder), producer)
        try:
            yield made
        finally:
            for worker in made.workers:
                worker.stop()
            producer.close()
            kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))


@dataclass(frozen=True, slots=True)
class Paced:
    """p99 in ms of the healthy districts' items without and with trouble, and calls to the hanging district."""

    timed: int
    calm: float
    troubled: float
    hanging_calls: int


def paced(kafka: Kafka, seconds: float, per_second: float = 2.0) -> Paced:
    """Both phases in one run, the same load."""
    with town(kafka) as here:
        codes = [f"d{number}" for number in range(10)]
        here.open(codes)
        here.start()
        _steady(here, codes, "warm", 4.0, per_second)
        calm = _steady(here, codes, "calm", seconds, per_second)
        for code, rule in TROUBLE.items():
            here.simulator.clear_faults(code)
            here.simulator.fault(code, **rule)
        here.configure(replace(district("http://127.0.0.1:9/plus360api/v1/d0"), tenant=DEAD))
        here.simulator.reset_counters(HANGING)
        troubled = _steady(here, codes, "troubled", seconds, per_second)
        return Paced(len(troubled), p99(calm), p99(troubled), here.calls(HANGING))


def _steady(here: Town, codes: Sequence[str], name: str, seconds: float, per_second: float) -> list[float]:
    """Items at an even pace into every district; milliseconds from decision to end of the healthy ones'."""
    began, rounds = time.monotonic(), int(seconds * per_second)
    for number in range(rounds):
        for index, code in enumerate(codes):
            due = began + (number + index / len(codes)) / per_second
            time.sleep(max(due - time.monotonic(), 0))
            here.put(code, f"{name}-{number}")

    def done() -> bool:
        return len(_took(here, name)) >= rounds * len(HEALTHY)

    await_true(done, 60, "the healthy districts' results")
    return _took(here, name)


def _took(here: Town, name: str) -> list[float]:
    sent = {
        (one.tenant, one.item): one.decided_at
        for one in _decisions(here)
        if one.item.startswith(name) and one.tenant in HEALTHY
    }
    return [
        float(end.at - sent[end.tenant, end.item]) for end in here.ends() if (end.tenant, end.item) in sent
    ]


def _decisions(here: Town) -> Iterator[Any]:
    for record in here.kafka.read(here.cluster.topics.desired(Sis.ESCHOOLPLUS)):
        yield decode(DesiredItem, record.value)


def p99(values: Sequence[float]) -> float:
    """The 99th percentile, by rank."""
    ranked = sorted(values)
    return ranked[min(int(len(ranked) * 0.99), len(ranked) - 1)]


def single(kafka: Kafka, crowd: int = 10_000) -> float:
    """Seconds from decision to result of a one-item section behind `crowd` items of its district."""
    with town(kafka) as here:
        here.open(["d0"])
        here.start()
        here.put("d0", *(f"big-{number}" for number in range(crowd)), section="big")
        await_true(lambda: here.calls("d0") > 4 * CAP, 60, "the big section's first calls")
        here.put("d0", "small", section="small")

        def small() -> list[SyncResult]:
            return [end for end in here.ends() if end.item == "small"]

        await_true(lambda: bool(small()), 60, "the small section's result")
        (sent,) = (one.decided_at for one in _decisions(here) if one.item == "small")
        took: int = small()[0].at - sent
        return took / 1000


def recovery(kafka: Kafka, items: int = 400, rate: float = 40.0) -> float:
    """The share of the rate limit at which waiting items go once their district is back."""
    with town(kafka) as here:
        here.open(["d0"], rate_per_second=rate)
        here.simulator.fault("d0", kind="status", status=503)
        here.start()
        here.put("d0", *(f"item-{number}" for number in range(items)))
        await_true(lambda: here.calls("d0") >= 6, 60, "the breaker's opening")
        here.simulator.clear_faults("d0")
        here.simulator.fault("d0", kind="latency", seconds=LATENCY)
        here.simulator.reset_counters("d0")
        await_true(lambda: here.calls("d0") >= 20, 120, "the first calls after the outage")
        first, began = here.calls("d0"), time.monotonic()
        await_true(lambda: here.calls("d0") >= items * CALLS_PER_ITEM, 120, "the rest")
        return (items * CALLS_PER_ITEM - first) / (time.monotonic() - began) / rate


@dataclass(frozen=True, slots=True)
class Crowd:
    """Seconds, the least possible, and the most threads and memory the worker had."""

    seconds: float
    least: float
    threads: int
    rss: float


def crowd(kafka: Kafka, districts: int = 500, items: int = 4, latency: float = 0.2, cap: int = 4) -> Crowd:
    """Every district at once."""
    with town(kafka) as here:
        codes = [f"d{number}" for number in range(districts)]
        here.open(codes, latency=latency, concurrency=cap)
        worker = here.start()
        most = Most(lambda: threads(worker.process.pid))
        began = time.monotonic()
        for code in codes:
            here.put(code, *(f"item-{number}" for number in range(items)))
        await_true(lambda: len(here.ends()) >= districts * items, 300, "every district's results")
        seconds = time.monotonic() - began
        return Crowd(
            seconds, items * CALLS_PER_ITEM * latency / min(cap, items), most.stop(), worker.peak_mb()
        )


class Most:
    """The highest of a figure, looked at ten times a second."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask = ask
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(0.1):
            self._most = max(self._most, self._ask())

    def stop(self) -> int:
        """End the looking; the highest seen."""
        self._over.set()
        self._thread.join()
        return self._most


def threads(pid: int | str) -> int:
    """Threads of a process; "self" for this one."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("Threads:")))
