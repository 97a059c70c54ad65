"""What a running worker shows of itself: its runners, ledger and outboxes, read into the metrics once a second."""

import asyncio
import time
from typing import Any

from schemas.ready_file import ReadyFile
from streams import metrics
from streams.lag import Lag
from streams.worker import Worker

_INTERVAL_SECONDS = 1.0


async def observe(worker: Worker) -> None:
    """Keep the metrics of a worker current, until cancelled."""
    counted: dict[str, int] = {}
    lag, ready = Lag(), ReadyFile.from_env()
    await worker.ready.wait()
    while True:
        await asyncio.sleep(_INTERVAL_SECONDS)
        _count_events(worker, counted)
        _measure(worker, lag)
        ready.tell(ready=not any(runner.restoring for runner in worker.runners.values()))


def _count_events(worker: Worker, counted: dict[str, int]) -> None:
    for runner in worker.runners.values():
        metrics.EVENTS_CONSUMED.labels(stage=runner.name).inc(runner.events - counted.get(runner.name, 0))
        counted[runner.name] = runner.events


def _measure(worker: Worker, lag: Lag) -> None:
    progress = worker.ledger.progress()
    lag.keep(set(progress))
    now = time.monotonic()
    consumer: Any = worker.app.consumer  # ours, which Faust's type does not say
    ends = consumer.log_ends
    for source, runner in worker.runners.items():
        metrics.OUTSTANDING_EPOCHS.labels(stage=runner.name).set(runner.outbox.outstanding)
        metrics.COMMIT_AGE.labels(stage=runner.name).set(runner.outbox.oldest_age())
        mine = {tp: finished for tp, (finished, _) in progress.items() if tp.topic == source}
        behind = sum(max(0, ends.get(tp, finished) - finished) for tp, finished in mine.items())
        oldest = max((lag.age(tp, at, ends.get(tp, at), now) for tp, at in mine.items()), default=0.0)
        metrics.LAG_RECORDS.labels(stage=runner.name, topic=source).set(behind)
        metrics.LAG_SECONDS.labels(stage=runner.name, topic=source).set(oldest)
