"""Run the measures: one JSON object per line, with the sizes, the figure, what it is held against and the ratio."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.kafka.cluster import Cluster as Broker
from tests.bench import click, core, delivery, latency, load, place, restore
from tests.support.kafka import Kafka

Line = dict[str, object]


def measure_core(kafka: Kafka, *, short: bool) -> Iterator[Line]:
    """Ours with one and two workers, 200k and 1M events, beside the bare loop."""
    shape = load.Shape()
    peer = core.bare(kafka, shape, 50_000 if short else 200_000)
    yield _core("core.bare", peer, 1, peer)
    sizes = (200_000,) if short else (200_000, 1_000_000)
    for events in sizes:
        for workers in (1,) if short else (1, 2):
            yield _core("core", core.ours(kafka, shape, events, workers), workers, peer)


def _core(name: str, run: core.Run, workers: int, peer: core.Run) -> Line:
    return {
        "name": name,
        "events": run.events,
        "scores": load.SCORES,
        "workers": workers,
        "events_per_second": round(run.rate),
        "cpu_ms_per_1000": round(run.cpu_ms, 1),
        "rss_mb": round(run.rss),
        "against": "bare confluent-kafka loop, events_per_second",
        "against_figure": round(peer.rate),
        "ratio": round(run.rate / peer.rate, 2),
    }


def measure_latency(kafka: Kafka, *, short: bool) -> Iterator[Line]:
    """2,000 events a second."""
    rate, seconds = 2_000, 8.0 if short else 30.0
    found = latency.measure(kafka, rate, seconds)
    yield {
        "name": "latency",
        "rate": rate,
        "kept_rate": round(found.rate),
        "timed": found.timed,
        "p50_ms": round(found.p50, 1),
        "p99_ms": round(found.p99, 1),
        "max_ms": round(found.worst, 1),
        "against": "p99 60 ms",
        "against_figure": 60,
        "ratio": round(found.p99 / 60, 2),
    }


def measure_restore(kafka: Kafka, *, short: bool) -> Iterator[Line]:
    """200k items."""
    shape = load.Shape(tenants=4) if short else load.Shape()
    for found in restore.measure(kafka, shape):
        yield {
            "name": f"restore.{found.stage}",
            "rows": found.rows,
            "seconds": found.seconds,
            "rows_per_second": round(found.rate),
            "against": "50,000 rows a second",
            "against_figure": 50_000,
            "ratio": round(found.rate / 50_000, 2),
        }


LATENCY, CAP = 0.05, 8


def measure_delivery(kafka: Kafka, *, short: bool) -> Iterator[Line]:
    """New items with 25 scores, 50 ms a call, 8 at once (Campus 5); the peers in the same run."""
    seconds = 4.0 if short else 12.0
    for name, burst in delivery.peers(seconds, LATENCY, CAP):
        yield _delivery(f"{name}.{delivery.PEERS.name}", burst)
    for door in place.DOORS:
        yield _delivery(door.name, delivery.measure(kafka, door, seconds, LATENCY, CAP))


def _delivery(name: str, found: delivery.Burst) -> Line:
    return {
        "name": f"delivery.{name}",
        "items": found.items,
        "scores": delivery.SCORES,
        "seconds": round(found.seconds, 2),
        "against": "fewest calls x 50 ms / calls at once, seconds",
        "against_figure": round(found.least, 2),
        "ratio": round(found.seconds / found.least, 3),
        "calls": found.calls,
        "calls_ratio": round(found.calls / found.fewest, 3),
        "most_at_once": found.most_at_once,
        "cpu_ms_per_call": round(found.cpu / found.calls * 1000, 2),
        "threads": found.threads,
    }


def measure_click(kafka: Kafka, *, short: bool) -> Iterator[Line]:
    """20 items, 30 students, 50 ms a call; there is no shorter form."""
    for found in click.measure(kafka):
        yield {
            "name": f"click.{found.door}",
            "items": click.ITEMS,
            "students": click.STUDENTS,
            "seconds": round(found.seconds, 3),
            "against": "fewest calls x 50 ms / calls at once, seconds",
            "against_figure": round(found.least, 3),
            "ratio": round(found.seconds / found.least, 2),
            "calls": found.calls,
            "calls_ratio": round(found.calls / found.fewest, 3),
        }


MEASURES: dict[str, Callable[..., Iterator[Line]]] = {
    "core": measure_core,
    "latency": measure_latency,
    "restore": measure_restore,
    "delivery": measure_delivery,
    "click": measure_click,
}


def main() -> int:
    """Run what was named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], help="measures to run; all by default")
    parser.add_argument("--short", action="store_true", help="smaller sizes, for a quick look")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker.at(Path(folder) / "kafka", heap_mib=1024)
        broker.start()
        try:
            for name in chosen.names or MEASURES:
                for line in MEASURES[name](Kafka(broker.bootstrap), short=chosen.short):
                    print(json.dumps(line | {"cores": os.cpu_count()}), flush=True)
        finally:
            broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
