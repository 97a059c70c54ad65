"""Every metric of docs/metrics.md moves when what it tells of happens."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prometheus_client.metrics import MetricWrapperBase

from schemas.codec import encode
from schemas.gradebook import ItemKind
from schemas.keys import section_key
from schemas.results import Outcome, SyncResult
from schemas.topics import TopicNames
from streams import metrics, observe
from streams.commits import CommitLedger, Ticket
from streams.follow import PartitionProgress, Progress
from streams.lag import Lag
from streams.quarantine import DeadLetterLimit, LimitSettings
from streams.runner import StageRunner
from streams.stage import Batch, TopicPartition, Wiring
from streams.status.stage import StatusStage
from streams.worker import Worker
from tests.support.stages import Outputs, Taken
from tests.unit.streams.intake.scenes import automatic, item
from tests.unit.streams.web.bench import make

TP = TopicPartition("gradebook.changes", 0)
NEVER = -1.0


def told(name: str) -> list[float]:
    """The values of a metric now; of a histogram the counts."""
    stem = name.removesuffix("_total")
    return [
        sample.value
        for family in metrics.REGISTRY.collect()
        if family.name == stem
        for sample in family.samples
        if sample.name in (name, f"{name}_count")
    ]


@pytest.fixture
def _from_nothing() -> None:
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            if metric._labelnames:
                metric.clear()
            elif hasattr(metric, "set"):
                metric.set(NEVER)


def intake_works() -> None:
    scene = automatic()
    scene.tell(item())
    scene.process([Taken(scene.offset, b"demo/s", b"junk")])


def a_row_stands_still() -> None:
    partition = StatusStage(TopicNames(), 1_000, clock=lambda: 0).assign(0)
    queued = SyncResult(
        tenant="d",
        section="s",
        item="i",
        revision=1,
        step=0,
        outcome=Outcome.QUEUED,
        version=1,
        at=0,
        kind=ItemKind.TEST,
        title="Lab",
    )
    out = Outputs()
    partition.process(Batch("sync.results", 0, [Taken(0, section_key("d", "s"), encode(queued))], 0, 1), out)
    partition.tick(60_000, out)


def a_batch_passes_and_is_looked_at() -> None:
    asyncio.run(_batch())


async def _batch() -> None:
    ledger, covered = CommitLedger(), list[Ticket]()
    outbox = SimpleNamespace(
        cover=covered.append,
        appended_to=lambda _: 0,
        outstanding=1,
        oldest_age=lambda: 0.5,
    )
    stage = SimpleNamespace(assign=lambda _: SimpleNamespace(process=lambda *_: None))
    runner = StageRunner(
        Wiring(name="intake", source=TP.topic, targets=(), stage=lambda: cast(Any, stage)),
        outbox=cast(Any, outbox),
        delivery=cast(Any, None),
        ledger=ledger,
        reader=cast(Any, None),
        limit=DeadLetterLimit(None, LimitSettings()),
        stop=cast(Any, None),
        on_room=lambda: None,
    )
    ledger.assign([TP], 1)
    ledger.begin(TP, 0)
    runner.assign([0])
    runner._handle(Batch(*TP, [Taken(0, b"k", b"v")], 0, 1))
    _look(runner, ledger)
    runner.acknowledged(covered)
    await asyncio.gather(*runner._tasks)


def _look(runner: StageRunner, ledger: CommitLedger) -> None:
    app = SimpleNamespace(consumer=SimpleNamespace(log_ends={TP: 3}))
    worker = cast(Worker, SimpleNamespace(runners={TP.topic: runner}, ledger=ledger, app=app))
    lag = Lag()
    lag.age(TP, 0, 3, 0.0)  # seen long ago
    observe._count_events(worker, {})
    observe._measure(worker, lag)


def the_page_is_read() -> None:
    behind = Progress(
        topic="sync.status",
        caught_up=True,
        partitions=(PartitionProgress(0, 5, 4, 9),),
        seconds_behind=2.0,
        silent_seconds=0.1,
        records=12,
        unreadable=1,
        problem=None,
    )
    web = make(behind)
    web.show()
    with web.client as client:
        client.get("/metrics")


WORK: tuple[Callable[[], None], ...] = (
    intake_works,
    a_row_stands_still,
    a_batch_passes_and_is_looked_at,
    the_page_is_read,
)


@pytest.mark.usefixtures("_from_nothing")
def test_every_documented_metric_moves() -> None:
    before = {row.name: sum(told(row.name)) for row in metrics.CATALOGUE}
    for work in WORK:
        work()
    still = [
        row.name
        for row in metrics.CATALOGUE
        if sum(told(row.name)) == before[row.name] and not (row.labels and told(row.name))
    ]
    assert still == []
    counters = [row.name for row in metrics.CATALOGUE if row.kind != "gauge"]
    assert [name for name in counters if sum(told(name)) <= before[name]] == []


@pytest.mark.usefixtures("_from_nothing")
def test_results_and_letters_are_counted_as_they_were_written() -> None:
    intake_works()

    def value(metric: Any, *labels: str) -> float:
        return float(metric.labels(*labels)._value.get())

    assert value(metrics.RESULTS, "intake", "QUEUED", "") == 1
    assert value(metrics.ROUTED, "ESCHOOLPLUS") == 1
    assert value(metrics.DEAD_LETTERS, "intake", "BAD_MAGIC") == 1
    a_row_stands_still()
    assert value(metrics.RESULTS, "status", "ERROR", "NO_PROGRESS") == 1


def test_a_record_ages_from_when_it_was_first_seen_and_not_from_the_last_look() -> None:
    lag = Lag()
    assert lag.age(TP, 5, 5, 100.0) == 0.0
    assert lag.age(TP, 5, 8, 101.0) == 0.0
    assert lag.age(TP, 5, 20, 105.0) == 4.0
    assert lag.age(TP, 8, 20, 106.0) == 1.0, "what was seen at 105 is now the oldest"
    assert lag.age(TP, 20, 20, 107.0) == 0.0
    lag.age(TP, 20, 30, 108.0)
    lag.keep(set())
    assert lag.age(TP, 20, 30, 200.0) == 0.0
