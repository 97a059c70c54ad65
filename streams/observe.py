"""What a running worker shows of itself: its runners, ledger and outboxes, read into the metrics once a second."""

import asyncio
from typing import Any

from streams import metrics
from streams.worker import Worker

_INTERVAL_SECONDS = 1.0


async def observe(worker: Worker) -> None:
    """Keep the metrics of a worker current, until cancelled."""
    counted: dict[str, int] = {}
    await worker.ready.wait()
    while True:
        await asyncio.sleep(_INTERVAL_SECONDS)
        _count_events(worker, counted)
        _measure(worker)


def _count_events(worker: Worker, counted: dict[str, int]) -> None:
    for runner in worker.runners.values():
        metrics.EVENTS_CONSUMED.labels(stage=runner.name).inc(runner.events - counted.get(runner.name, 0))
        counted[runner.name] = runner.events


def _measure(worker: Worker) -> None:
    progress = worker.ledger.progress()
    consumer: Any = worker.app.consumer  # ours, which Faust's type does not say
    ends = consumer.log_ends
    for source, runner in worker.runners.items():
        metrics.OUTSTANDING_EPOCHS.labels(stage=runner.name).set(runner.outbox.outstanding)
        metrics.COMMIT_AGE.labels(stage=runner.name).set(runner.outbox.oldest_age())
        behind = sum(
            max(0, ends.get(tp, finished) - finished)
            for tp, (finished, _) in progress.items()
            if tp.topic == source
        )
        metrics.LAG_RECORDS.labels(stage=runner.name, topic=source).set(behind)
