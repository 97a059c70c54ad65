"""Partitions that change hands, with and without warning: every item once, and the newest ledger stands."""

import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.worker import needed
from schemas.cluster import Cluster
from schemas.codec import decode, encode
from schemas.gradebook import Sis
from schemas.keys import item_key, partition_for, tenant_key
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, SyncResult
from schemas.topics import TopicNames, topic
from tests.simulators.client import Simulator
from tests.support.delivery import ENDS, SEED, Street, many
from tests.support.kafka import Kafka, Record
from tests.unit.adapters.desk import desired, scores


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
