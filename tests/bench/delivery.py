"""delivery: a burst of new items into the simulated eSchoolPLUS, against the least time its latency and cap allow."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.desired import DesiredItem
from schemas.gradebook import Score, Sis
from schemas.keys import item_key, partition_for, tenant_key
from schemas.topics import TopicNames, topic
from tests.bench.core import Worker, await_true
from tests.simulators.client import Simulator
from tests.support.flow import ROOT
from tests.support.kafka import Kafka, Record, unique
from tests.unit.adapters.desk import desired, district

TENANT = "abc"
SECTIONS = 40
SCORES = 25
#: A new item with scores: one PUT of the line item, one POST of its results.
CALLS_PER_ITEM = 2
_SEED = ROOT / "tests" / "simulators" / "examples" / "district.json"


@dataclass(frozen=True, slots=True)
class Burst:
    """Seconds from the first call sent to the last commit, the least possible, calls made and the fewest."""

    items: int
    seconds: float
    least: float
    calls: int
    fewest: int
    cpu: float
    most_at_once: int


def measure(kafka: Kafka, items: int, latency: float, cap: int) -> Burst:
    """Deliver `items` new items through a worker; `latency` in seconds, at most `cap` calls at once."""
    cluster = Cluster(kafka.bootstrap, TopicNames(unique("delivery") + "."))
    provision.apply(cluster)
    with Simulator("eschoolplus") as simulator, tempfile.TemporaryDirectory() as folder:
        simulator.seed(_seed(cap))
        simulator.fault(TENANT, kind="latency", seconds=latency)
        config = replace(district(simulator.base(TENANT), concurrency=cap), tenant=TENANT)
        kafka.produce(cluster.topics.config, [Record(encode(config), tenant_key(TENANT))])
        kafka.produce(cluster.topics.desired(Sis.ESCHOOLPLUS), _records(items))
        os.environ.update({"TEST_SIS_KEY": "OneRoster_ABC_123", "TEST_SIS_SECRET": "demo-secret"})
        command = [
            sys.executable,
            "-m",
            "adapters.worker",
            "--sis",
            "eschoolplus",
            "--directory-minutes",
            "0",
        ]
        worker = Worker(command, cluster, "", "", Path(folder))
        fewest = items * CALLS_PER_ITEM
        try:
            # reading the commit log while it is written would slow the simulator
            await_true(lambda: simulator.counters(TENANT)["total"] >= fewest, 300, str(worker.log))
            await_true(lambda: len(simulator.commits()) >= items * (1 + SCORES), 30, str(worker.log))
            cpu = worker.cpu()
        finally:
            worker.stop()
        times = [datetime.fromisoformat(commit["at"]).timestamp() for commit in simulator.commits()]
        counters = simulator.counters(TENANT)
    kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))
    return Burst(
        items=items,
        seconds=max(times) - min(times) + latency,
        least=fewest * latency / cap,
        calls=counters["total"],
        fewest=fewest,
        cpu=cpu,
        most_at_once=counters["max_concurrent"],
    )


def _seed(cap: int) -> dict[str, Any]:
    seed: dict[str, Any] = json.loads(_SEED.read_text())
    students = [f"stu-{number}" for number in range(SCORES)]
    seed["classes"] = [
        seed["classes"][0] | {"sourcedId": f"class-{number}", "students": students}
        for number in range(SECTIONS)
    ]
    seed["limits"] |= {"max_concurrent": cap}
    return seed


def _records(items: int) -> Iterator[Record]:
    partition = partition_for(tenant_key(TENANT), topic("sis.eschoolplus").partitions)
    given = tuple(Score(student=f"stu-{number}", points=float(number % 11)) for number in range(SCORES))
    for number in range(items):
        item: DesiredItem = desired(
            f"item-{number}",
            section=f"sec-{number % SECTIONS}",
            sis_section=f"class-{number % SECTIONS}",
            scores=given,
        )
        yield Record(encode(item), item_key(item.tenant, item.section, item.item), partition=partition)
