"""delivery: a burst of new items into each system by one worker, against the least time and the fewest calls.

Beside it, into Aeries (whose sign-in is a header), what a script would do: one call after the other, and a thread
pool. They keep no ledger and no intents, check no category, and tell nobody.
"""

import math
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import local
from typing import Any

import requests

from schemas import provision
from schemas.cluster import Cluster
from schemas.codec import encode
from schemas.keys import item_key, partition_for, tenant_key
from schemas.topics import TopicNames, topic
from tests.bench.core import Worker, await_true
from tests.bench.isolation import Most, threads
from tests.bench.place import DOORS, Place, opened, scored
from tests.contract.doors import Door
from tests.simulators.aeries.system import HEADER
from tests.support.kafka import Kafka, Record, unique
from tests.unit.adapters.desk import desired

TENANT = "bench"
SECTIONS = 40
SCORES = 25
#: The door of the peers.
PEERS = next(door for door in DOORS if door.name == "aeries")


@dataclass(frozen=True, slots=True)
class Burst:
    """Seconds from the first call sent to the last commit, the least possible, calls made and the fewest, CPU seconds
    of the worker, the most calls at once, the most threads it had.
    """

    items: int
    seconds: float
    least: float
    calls: int
    fewest: int
    cpu: float
    most_at_once: int
    threads: int


def measure(kafka: Kafka, door: Door, seconds: float, latency: float, cap: int) -> Burst:
    """Deliver so many new items that `seconds` is the least they can take; at most `cap` calls at once."""
    with opened(door, TENANT, SECTIONS, SCORES, latency=latency, cap=cap) as place:
        items = _items(place, seconds)
        cluster = Cluster(kafka.bootstrap, TopicNames(unique("delivery") + "."))
        provision.apply(cluster)
        kafka.produce(cluster.topics.config, [Record(encode(place.config), tenant_key(TENANT))])
        kafka.produce(cluster.topics.desired(door.kind), _records(place, items))
        try:
            return _deliver(cluster, place, items)
        finally:
            kafka.delete(*(name for name in kafka.topics() if name.startswith(cluster.topics.prefix)))


def _deliver(cluster: Cluster, place: Place, items: int) -> Burst:
    fewest = place.fewest(items, SCORES)
    system = place.door.kind.lower()
    command = [sys.executable, "-m", "adapters.worker", "--sis", system, "--directory-minutes", "0"]
    with tempfile.TemporaryDirectory() as folder:
        worker = Worker(command, cluster, "", "", Path(folder))
        most = Most(lambda: threads(worker.process.pid))
        try:
            # reading the commit log while it is written would slow the simulator
            await_true(lambda: place.counted() >= fewest, 300, str(worker.log))
            await_true(lambda: len(place.simulator.commits()) >= items * (1 + SCORES), 60, str(worker.log))
            cpu = worker.cpu()
        finally:
            worker.stop()
            had = most.stop()
    return _burst(place, items, fewest, cpu, had)


def peers(seconds: float, latency: float, cap: int) -> Iterator[tuple[str, Burst]]:
    """The loop and the pool, each with a district of its own; the loop's burst is `cap` times smaller."""
    for name, workers in (("loop", 1), ("pool", cap)):
        with opened(PEERS, TENANT, SECTIONS, SCORES, latency=latency, cap=workers) as place:
            items = _items(place, seconds)
            before = time.process_time()
            most = Most(lambda: threads("self"))
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(_Script(place).deliver, range(items)))
            cpu = time.process_time() - before
            yield name, _burst(place, items, items * place.chain(SCORES), cpu, most.stop())


class _Script:
    """A new item: POST the assignment, POST its scores."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._mine = local()
        self._base = place.config.sis.base_url + "/api/v5"

    def deliver(self, number: int) -> None:
        section = self._place.sections[number % SECTIONS]
        made = self._post(
            f"/gradebooks/{section.sis_section}/Assignments",
            {
                "Description": f"Item {number}",
                "AssignmentCategoryCode": section.sis_category,
                "DateDue": "2026-11-20",
                "PointsPossible": 10,
                "ExternalID": f"item-{number}",
                "CreateInLinkedGradebooksToo": False,
            },
        )
        rows = [
            {"StudentID": int(seat.sis_student or 0), "NumberCorrect": score.points}
            for seat, score in zip(section.roster, scored(SCORES), strict=True)
        ]
        self._post(f"/gradebooks/assignments/{made[0]['UniqueID']}/Scores", rows)

    def _post(self, path: str, body: object) -> Any:
        if not hasattr(self._mine, "session"):
            self._mine.session = requests.Session()
            self._mine.session.trust_env = False
            self._mine.session.headers[HEADER] = self._place.door.secrets[1]
        answer = self._mine.session.post(self._base + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


def _items(place: Place, seconds: float) -> int:
    """As many for each of the calls at once: an item's calls go one after the other."""
    return math.ceil(seconds / place.latency / place.chain(SCORES)) * place.cap


def _burst(place: Place, items: int, fewest: int, cpu: float, had: int) -> Burst:
    times = [datetime.fromisoformat(commit["at"]).timestamp() for commit in place.simulator.commits()]
    # the call that is committed first began a latency earlier, after what the first item of all needs to ask
    before = place.latency * (2 if fewest > items * place.chain(SCORES) else 1)
    return Burst(
        items=items,
        seconds=max(times) - min(times) + before,
        least=place.least(fewest),
        calls=place.counted(),
        fewest=fewest,
        cpu=cpu,
        most_at_once=place.most_at_once(),
        threads=had,
    )


def _records(place: Place, items: int) -> Iterator[Record]:
    kind = place.door.kind
    partition = partition_for(tenant_key(TENANT), topic(f"sis.{kind.lower()}").partitions)
    given = scored(SCORES)
    for number in range(items):
        section = place.sections[number % SECTIONS]
        item = desired(
            f"item-{number}",
            tenant=TENANT,
            section=f"sec-{number % SECTIONS}",
            sis_section=section.sis_section,
            sis_category=section.sis_category,
            students=section.roster,
            scores=given,
        )
        yield Record(encode(item), item_key(item.tenant, item.section, item.item), partition=partition)
