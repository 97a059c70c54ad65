"""A worker process for the runtime's tests: small stages, and switches that take single guards away.

    python -m tests.integration.runtime_subject '{"group": ..., "bootstrap": ..., "source": ..., ...}'

It prints one JSON line per milestone ("restored", "first_event"), so a test awaits instead of sleeping.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer

from streams import commits, delivery, exits, quarantine, worker
from streams.stage import Batch, Output, Record, TopicPartition
from streams.tuning import Tuning


@dataclass(frozen=True, slots=True)
class Options:
    """What a test asks of the process."""

    group: str
    bootstrap: str
    source: str
    target: str
    changelog: str | None = None
    dead_letters: str | None = None
    second_source: str | None = None
    sabotage: str | None = None
    missing: str | None = None
    swallow_after: int | None = None
    tuning: dict[str, Any] = field(default_factory=dict)


def say(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


class Echo:
    """Sends every record on to the same partition of the target, with the offset it came from."""

    def __init__(self, options: Options, partition: int) -> None:
        self.options = options
        self.partition = partition
        self.counts: dict[bytes, int] = {}
        self.started = False

    def restore(self, records: Sequence[Record]) -> None:
        for record in records:
            assert record.key is not None and record.value is not None
            self.counts[record.key] = int(record.value)

    def process(self, batch: Batch, out: Output) -> None:
        if not self.started:
            self.started = True
            say(
                "first_event",
                partition=self.partition,
                rows=len(self.counts),
                total=sum(self.counts.values()),
            )
        for record in batch.records:
            self._one(batch, record, out)
        for key in {record.key for record in batch.records if record.key}:
            if self.options.changelog is not None:
                out.append(self.options.changelog, self.partition, key, b"%d" % self.counts[key])

    def _one(self, batch: Batch, record: Record, out: Output) -> None:
        if record.value == b"raise":
            raise ValueError(f"cannot read {record.value!r}")
        if record.value == b"huge":
            out.append(self.options.target, batch.partition, None, b"x" * 2_000_000)
        if record.value == b"bad" and self.options.dead_letters is not None:
            key, value, headers = quarantine.dead_letter(record, batch.topic, batch.partition, "echo", "BAD")
            out.append(self.options.dead_letters, 0, key, value, headers)
            return
        if record.key is not None:
            self.counts[record.key] = self.counts.get(record.key, 0) + 1
        origin = [("offset", b"%d" % record.offset)]
        out.append(self.options.target, batch.partition, record.key, record.value, origin)

    def overwritten(self, records: Sequence[Record], out: Output) -> None:
        say("overwritten", keys=[(record.key or b"").decode() for record in records])
        for key in {record.key for record in records if record.key}:
            out.append(str(self.options.changelog), self.partition, key, b"%d" % self.counts.get(key, 0))


class Stage:
    def __init__(self, options: Options) -> None:
        self.options = options

    def assign(self, partition: int) -> Echo:
        return Echo(self.options, partition)


def sabotage(name: str | None) -> None:
    """Take one guard away: the test that passes with it must then fail."""
    if name == "no-await":

        async def at_once(self: Any, departure: Any, deliveries: Any) -> None:
            departure.on_acknowledged()

        delivery.Delivery._await_acknowledgement = at_once  # type: ignore[method-assign]
    if name == "inexact":

        def everything_read(self: commits.CommitLedger) -> dict[TopicPartition, int]:
            return self.positions()

        commits.CommitLedger.committable = everything_read  # type: ignore[method-assign]
    if name == "deaf":

        def never(self: Any, active: Any) -> set[TopicPartition]:
            return set()

        worker.Worker.wanted = never  # type: ignore[method-assign]
    if name == "no-gate":
        from streams.runner import StageRunner

        async def skip(self: Any, changelog: str, reader: Any) -> None:
            for partition in list(self._restoring):
                self._restored(TopicPartition(changelog, partition), None)

        StageRunner._restore = skip  # type: ignore[method-assign]


def swallow(after: int) -> None:
    """Let the producer accept every later batch and never send it, as one does that dies with a full buffer."""
    send_batch = AIOKafkaProducer.send_batch
    sent = 0

    async def sometimes(self: Any, batch: Any, topic: str, *, partition: int) -> Any:
        nonlocal sent
        sent += 1
        if sent <= after:
            return await send_batch(self, batch, topic, partition=partition)
        say("swallowed")
        return asyncio.get_running_loop().create_future()

    AIOKafkaProducer.send_batch = sometimes


def main(options: Options) -> int:
    logging.basicConfig(level=logging.INFO)
    sabotage(options.sabotage)
    if options.swallow_after is not None:
        swallow(options.swallow_after)

    async def preflight() -> None:
        if options.missing is not None:
            raise exits.ConfigurationRefused(f"there is no topic {options.missing}")

    def announce(host: worker.Worker) -> None:
        async def restored() -> None:
            await host.ready.wait()
            say("ready")

        host.announcing = asyncio.create_task(restored())  # type: ignore[attr-defined]

    sources = [options.source, *([options.second_source] if options.second_source else [])]
    rows = [
        worker.Wiring(
            name=f"echo-{number}",
            source=source,
            targets=[options.target],
            stage=lambda: Stage(options),
            changelog=options.changelog if number == 0 else None,
            dead_letters=options.dead_letters,
        )
        for number, source in enumerate(sources)
    ]
    settings = worker.WorkerSettings(
        group=options.group, bootstrap=options.bootstrap, tuning=Tuning(**options.tuning)
    )
    return worker.run_worker(rows, settings, preflight, on_start=announce)


if __name__ == "__main__":
    sys.exit(main(Options(**json.loads(sys.argv[1]))))
