"""The delivery worker as a process, on a real broker, against the simulated eSchoolPLUS."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.outcomes import ENDED, TRY
from adapters.worker import needed
from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.desired import DesiredItem
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from schemas.keys import item_key, partition_for, place_key, tenant_key
from schemas.ledger import LedgerEntry
from schemas.ready_file import at_work
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


@pytest.fixture
def street(kafka: Kafka, prefix: str, tmp_path: Path) -> Iterator[Street]:
    cluster = Cluster(kafka.bootstrap, TopicNames(f"{prefix}."))
    names = needed([Sis.ESCHOOLPLUS])
    for name in names:
        row = topic(name)
        kafka.create(cluster.topics.of(name), partitions=row.partitions, configs=row.settings)
    with Simulator("eschoolplus") as simulator:
        simulator.seed(SEED)
        made = Street(kafka, cluster, simulator, tmp_path)
        made.configure()
        yield made
        made.clean_up()
    kafka.delete(*(cluster.topics.of(name) for name in names))


def test_a_decision_arrives_in_the_sis_and_its_offset_moves(street: Street) -> None:
    item = desired(scores=scores(stu_1=5.0, stu_2=7.5))
    worker = street.worker()
    street.put(item)
    (result,) = street.ended(item)
    assert (result.outcome, result.step) == (Outcome.SUCCESSFUL, TRY + ENDED)
    assert result.receipt is not None and (result.receipt.action, result.receipt.calls) == ("created", 2)
    (line_item,) = street.simulator.state("abc")["lineItems"].values()
    assert line_item["title"] == "Title of item-1"
    street.until(lambda: street.committed() == 1)
    worker.terminate()
    assert worker.wait(10) == 0


def test_a_worker_says_that_it_is_ready_when_it_delivers_and_its_dead_predecessor_does_not(
    street: Street,
) -> None:
    path = street.folder / "ready"
    first = street.worker(GRADEBOOK_SYNC_READY_FILE=str(path))
    street.until(lambda: at_work(path, first.pid))
    first.kill()
    first.wait(10)
    second = street.worker(GRADEBOOK_SYNC_READY_FILE=str(path))
    street.until(lambda: at_work(path, second.pid), seconds=60)
    item = desired()
    street.put(item)
    street.ended(item, seconds=4)  # a session lasts six: who says ready must not be waiting for it
    second.terminate()
    assert second.wait(10) == 0
    assert not path.exists()


def test_what_the_sis_tells_reaches_the_configuration_and_stays_when_it_tells_nothing(street: Street) -> None:
    item = desired()
    street.worker("--directory-minutes", "0.02", "--directory-gap-minutes", "0.02")
    street.put(item)
    street.ended(item)
    known = DistrictRecords()
    key = place_key("abc", "class-1", None)

    def told() -> bool:
        for record in street.kafka.read(street.topics.config):
            known.take(record.key, record.value)
        return key in known.told("abc")

    street.until(told)
    config = known.get("abc")
    assert config is not None
    assert {"cat-hw", "cat-test"} <= {row.id for row in config.categories if row.sis_section == "class-1"}
    count = len(street.kafka.read(street.topics.config))
    before = street.calls("categories")
    street.until(lambda: street.calls("categories") >= before + 2)
    assert len(street.kafka.read(street.topics.config)) == count, (
        "read again, and nothing new: nothing written"
    )
    assert (known.told("abc")[key].sis, known.told("abc")[key].base_url) == (
        config.sis.kind,
        config.sis.base_url,
    )


def many(count: int, tenant: str = "abc") -> list[DesiredItem]:
    return [
        desired(f"item-{n}", tenant=tenant, scores=scores(stu_1=1.0 + n, stu_2=2.0)) for n in range(count)
    ]


def test_killed_while_it_works_and_started_again_every_item_is_there_once(street: Street) -> None:
    """The simulator's own commit log is the judge: one line item per item, and nothing unfinished passed."""
    items = many(60)
    street.simulator.fault("abc", kind="latency", seconds=0.05)
    street.simulator.fault("abc", kind="drop_reply", probability=0.1)
    worker = street.worker()
    street.put(*items)
    for _ in range(3):
        seen = len(street.simulator.commits())
        street.until(lambda seen=seen: len(street.simulator.commits()) > seen + 15)  # type: ignore[misc]
        worker.kill()
        worker.wait(10)
        committed = street.committed()  # first this, then the results: they can only have grown
        written = [decode(SyncResult, r.value) for r in street.kafka.read(street.topics.results)]
        finished = {result.item for result in written if result.outcome in ENDS}
        ahead = [item.item for item in items[:committed] if item.item not in finished]
        assert ahead == [], "the committed offset passed work without a result"
        worker = street.worker()
    results = street.ended(*items, seconds=60)
    assert {r.outcome for r in results} == {Outcome.SUCCESSFUL}
    state = street.simulator.state("abc")
    titles = Counter(line_item["title"] for line_item in state["lineItems"].values())
    assert titles == {f"Title of item-{n}": 1 for n in range(60)}
    assert len(state["results"]) == 120
    created = Counter(
        c["sourcedId"] for c in street.simulator.commits() if c["kind"] == "lineItem" and c["created"]
    )
    assert set(created.values()) == {1}
    street.until(lambda: street.committed() == 60)


def test_a_restart_makes_no_call_for_what_was_delivered(street: Street) -> None:
    items = many(10)
    worker = street.worker()
    street.put(*items)
    street.ended(*items)
    worker.kill()  # before or after its commit: both must be harmless
    worker.wait(10)
    street.simulator.reset_counters("abc")
    again = [replace(item, revision=item.revision + 1_000_000) for item in items]
    street.worker()
    street.put(*again)
    results = street.ended(*again)
    assert {r.receipt.action for r in results if r.receipt} == {"unchanged"}
    assert street.simulator.counters("abc")["total"] == 0


def test_a_newer_decision_passes_over_the_waiting_one(street: Street) -> None:
    street.simulator.fault("abc", kind="status", status=503, count=2)
    old, new = desired(title="Old"), desired(title="New")
    street.worker()
    street.put(old, new)
    results = street.ended(old, new)
    assert [r.outcome for r in results] == [Outcome.SUPERSEDED, Outcome.SUCCESSFUL]
    (line_item,) = street.simulator.state("abc")["lineItems"].values()
    assert line_item["title"] == "New"


def test_two_workers_share_the_partitions_and_one_takes_over(street: Street) -> None:
    """Each district has one owner at a time; when a worker dies the other goes on with its districts."""
    tenants = [f"d{n}" for n in range(6)]
    for tenant in tenants:
        street.simulator.seed(SEED | {"code": tenant})
        street.configure(tenant, tenant, auth="oauth2", key_ref="env:ID", secret_ref="env:SECRET")
    secrets = {"ID": "demo-client", "SECRET": "demo-client-secret"}
    first, second = street.worker(**secrets), street.worker(**secrets)
    street.until(lambda: sum('"assigned"' in p.read_text() for p in street.folder.glob("*.log")) == 2, 40)
    items = [item for tenant in tenants for item in many(3, tenant)]
    street.put(*items)
    assert {r.outcome for r in street.ended(*items)} == {Outcome.SUCCESSFUL}
    first.kill()
    more = [desired("later", tenant=tenant, scores=scores(stu_1=1.0)) for tenant in tenants]
    street.put(*more)
    assert {r.outcome for r in street.ended(*more)} == {Outcome.SUCCESSFUL}
    for tenant in tenants:
        assert len(street.simulator.state(tenant)["lineItems"]) == 4
    second.terminate()
    assert second.wait(10) == 0


def test_a_paused_worker_that_wakes_neither_acts_nor_wins(street: Street) -> None:
    """Stopped beyond its session with calls under way; its successor's ledger stands, and it ends by itself.

    What waited in its producer may still land, and is older in order.
    """
    street.simulator.fault("abc", kind="latency", seconds=0.3)
    items = many(40)
    zombie = street.worker()
    street.put(*items)
    street.until(lambda: len(street.simulator.commits()) > 6)
    zombie.send_signal(signal.SIGSTOP)
    street.worker()
    street.ended(*items, seconds=60)
    street.until(lambda: street.committed() == len(items))
    ledger, commits = street.ledger(), len(street.simulator.commits())
    zombie.send_signal(signal.SIGCONT)
    assert zombie.wait(20) == 70
    assert street.ledger() == ledger
    assert len(street.simulator.commits()) == commits


@pytest.mark.parametrize("owned", [True, False], ids=["while it is owned", "while nobody owns it"])
def test_a_strangers_older_entry_is_written_over(street: Street, owned: bool) -> None:
    """What compaction would keep is the last written: that must be the owner's."""
    item = desired(scores=scores(stu_1=5.0))
    worker = street.worker()
    street.put(item)
    street.ended(item)
    street.until(lambda: street.committed() == 1)
    (known,) = street.ledger().values()
    topic_name = street.topics.ledger(Sis.ESCHOOLPLUS)
    partition = partition_for(tenant_key("abc"), topic("sis.eschoolplus").partitions)
    stale = replace(known, generation=known.generation - 1, remote={}, sent_item=None)
    late = Record(encode(stale), item_key("abc", item.section, item.item), partition=partition)
    if owned:
        street.kafka.produce(topic_name, [late])
    else:
        worker.terminate()
        assert worker.wait(10) == 0
        street.kafka.produce(topic_name, [late])
        street.worker()

    def last() -> LedgerEntry:
        return decode(LedgerEntry, street.kafka.read(topic_name)[-1].value)

    street.until(lambda: last() == known)


def test_what_nobody_can_read_is_set_aside_and_the_rest_goes_on(street: Street) -> None:
    good = encode(desired("torn"))
    torn = good[:-2] + b"\xff\xff"  # its head is fine: it is found out when its turn comes
    bad = [b"", b"\x01junk", good[:5] + b"\xff" * 40, b"{}", torn]
    partition = partition_for(tenant_key("abc"), 8)
    street.kafka.produce(
        street.topics.desired(Sis.ESCHOOLPLUS),
        [
            Record(
                value,
                item_key("abc", "lms-section-1", "torn") if value is torn else b"abc/s/i",
                partition=partition,
            )
            for value in bad
        ],
    )
    item = desired()
    street.put(item)
    street.worker()
    assert street.ended(item)[0].outcome is Outcome.SUCCESSFUL
    street.until(lambda: street.committed() == len(bad) + 1)
    letters = street.kafka.read(street.topics.dead_letters)
    assert sorted(letter.value or b"" for letter in letters) == sorted(bad)
    headers = next(dict(letter.headers) for letter in letters if letter.value == b"\x01junk")
    assert headers["__connect.errors.exception.class.name"] == b"BAD_MAGIC"
    assert headers["__connect.errors.stage"] == b"delivery"


def test_a_repaired_district_is_tried_at_once(street: Street) -> None:
    street.configure(secret_ref="env:NOT_THERE")
    item = desired()
    street.worker()
    street.put(item)
    (result,) = street.ended(item)
    assert (result.outcome, result.code) == (Outcome.ERROR, "SIS_SECRET_MISSING")
    assert result.next_try_at is not None
    assert street.committed() == 0
    street.configure()
    found = street.results(lambda rs: any(r.outcome is Outcome.SUCCESSFUL for r in rs))
    assert found[-1].step > result.step


def test_a_wrong_topic_stops_the_start_with_78(street: Street) -> None:
    name = street.topics.ledger(Sis.ESCHOOLPLUS)
    street.kafka.delete(name)
    street.kafka.create(name, partitions=3, configs=topic("sis.eschoolplus.ledger").settings)
    assert street.worker().wait(20) == 78
    assert name in street.logs()


def test_no_log_line_knows_a_student(street: Street) -> None:
    street.simulator.fault("abc", kind="status", status=503, count=2)
    item = desired(title="Zxqv Canary", scores=scores(canary_student=97.25))
    street.worker("--log-level", "DEBUG")
    street.put(item)
    street.ended(item)
    told = street.logs()
    assert '"again"' in told  # the negative control: lines about this item were written
    for secret in ("Zxqv", "canary", "97.25", "demo-secret", "lms-section-1"):
        assert secret not in told


def test_sigterm_ends_cleanly_while_the_sis_hangs(street: Street) -> None:
    street.simulator.fault("abc", kind="hang")
    worker = street.worker()
    street.put(*many(10))
    street.until(lambda: street.simulator.counters("abc")["max_concurrent"] == 4)
    began = time.monotonic()
    worker.terminate()
    assert worker.wait(10) == 0
    assert time.monotonic() - began < 10
    assert street.committed() == 0
    street.simulator.clear_faults("abc")
    street.worker()
    assert {r.outcome for r in street.ended(*many_again(street))} == {Outcome.SUCCESSFUL}


def many_again(street: Street) -> list[DesiredItem]:
    """The decisions that stand on the topic."""
    records = street.kafka.read(street.topics.desired(Sis.ESCHOOLPLUS))
    return [decode(DesiredItem, record.value) for record in records]


def test_metrics_are_served_on_loopback_and_know_nobody(street: Street) -> None:
    port = free_port()
    street.worker("--metrics-port", str(port))
    item = desired(title="Zxqv Canary", scores=scores(stu_1=97.25))
    street.put(item)
    street.ended(item)
    told = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    assert 'gradebook_sync_delivery_results_total{code="",outcome="SUCCESSFUL",sis="ESCHOOLPLUS"} 1.0' in told
    assert 'gradebook_sync_delivery_calls_total{sis="ESCHOOLPLUS"} 2.0' in told
    for secret in ("Zxqv", "97.25", "stu-1"):
        assert secret not in told


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_the_broker_dies_under_way_and_nothing_is_lost_or_doubled(
    new_cluster: Callable[[], Any], tmp_path: Path, prefix: str
) -> None:
    broker = new_cluster()
    kafka = Kafka(broker.bootstrap)
    cluster = Cluster(kafka.bootstrap, TopicNames(f"{prefix}."))
    for name in needed([Sis.ESCHOOLPLUS]):
        row = topic(name)
        kafka.create(cluster.topics.of(name), partitions=row.partitions, configs=row.settings)
    with Simulator("eschoolplus") as simulator:
        simulator.seed(SEED)
        simulator.fault("abc", kind="latency", seconds=0.1)
        street = Street(kafka, cluster, simulator, tmp_path)
        street.configure()
        items = many(40)
        street.worker()
        street.put(*items)
        street.until(lambda: len(simulator.commits()) > 20)
        broker.kill()
        street.until(lambda: len(simulator.state("abc")["lineItems"]) >= 20)
        broker.start()
        if any(process.poll() is not None for process in street.workers):
            street.worker()  # a supervisor's part: it may end with 70, and starts anew
        results = street.ended(*items, seconds=80)
        assert {r.outcome for r in results} == {Outcome.SUCCESSFUL}
        created = Counter(
            c["sourcedId"] for c in simulator.commits() if c["kind"] == "lineItem" and c["created"]
        )
        assert (len(created), set(created.values())) == (40, {1})
        street.clean_up()
