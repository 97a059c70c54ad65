"""A worker process: its stages in one Faust app, from the preflight to the exit code.

    preflight -> producer -> Faust app (one agent per stage) -> until a signal, a crash or a stall
    SIGTERM: stop fetching -> epochs in flight acknowledged -> commit -> leave the group -> exit 0

The app starts without mode's Worker: no web server, no console, no port; the signals are handled here.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn, cast

import structlog
from aiokafka import AIOKafkaProducer
from faust.types import TP

from streams.allocation import tune_allocation
from streams.assembly import WorkerSettings, new_app, new_producer
from streams.batching import BatchConsumer, RawSchema
from streams.commits import CommitLedger, Ticket
from streams.delivery import Delivery
from streams.exits import (
    EXIT_CONFIGURATION,
    EXIT_FAULT,
    ConfigurationRefused,
    describe,
    end_process,
    stop_process,
)
from streams.freeze import watch_for_freezes
from streams.outbox import Outbox
from streams.quarantine import DeadLetterLimit
from streams.restore import Reader
from streams.runner import StageRunner
from streams.stage import TopicPartition, Wiring
from streams.stall import watch_for_stalls

log = structlog.get_logger("streams.runtime")

__all__ = ["Wiring", "Worker", "WorkerSettings", "run_worker"]

Preflight = Callable[[], Awaitable[None]]

#: A stop that takes longer ends all the same: the outputs are acknowledged and committed by then.
_LEAVE_TIMEOUT = 3.0


class Worker:
    """The host of the consumer and the stages. Its attributes are what metrics are read from."""

    def __init__(self, wirings: Sequence[Wiring], settings: WorkerSettings, preflight: Preflight) -> None:
        self.wirings = wirings
        self.settings = settings
        self.tuning = settings.tuning
        self.client: Mapping[str, Any] = {
            "bootstrap_servers": settings.bootstrap,
            "client_id": settings.group,
            **settings.security,
        }
        self.ledger = CommitLedger()
        self.runners: dict[str, StageRunner] = {}  # by source topic
        self.foreign_writes = 0
        self.ready = asyncio.Event()  # the first assignment is restored
        self._preflight = preflight
        self._stopping = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # ------------------------------------------------------------------ life

    async def run(self) -> int:
        """Run until told to stop; returns the exit code, unless the process has ended before."""
        try:
            if not await self._preflighted():
                return 0
        except ConfigurationRefused as exc:
            log.critical("configuration_refused", exit_code=EXIT_CONFIGURATION, **describe(exc))
            return EXIT_CONFIGURATION
        producer = new_producer(self.client, self.tuning)
        await producer.start()
        delivery = Delivery(producer, self.tuning, stop_process, self._foreign_write)
        delivery.start()
        watch_for_freezes(self.tuning.session_timeout, stop_process)
        self.app = new_app(self.settings, self)
        await self._wire(producer, delivery)
        starting = asyncio.create_task(self.app.start())
        self._tasks = [
            asyncio.create_task(watch_for_stalls(self, stop_process)),
            *(asyncio.create_task(r.tick_every(self.tuning.tick_interval)) for r in self.runners.values()),
        ]
        for task in (starting, *self._tasks):
            task.add_done_callback(self._fault_of)
        await self._until_stopped()
        return 0 if await self._leave(starting, producer, delivery) else EXIT_FAULT

    def stop(self) -> None:
        """Ask for a clean stop; SIGTERM and SIGINT call it."""
        self._stopping.set()

    async def _preflighted(self) -> bool:
        """Run the preflight, unless asked to stop meanwhile."""
        checking = asyncio.ensure_future(self._preflight())
        asked = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([checking, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not checking.done():
            checking.cancel()
            return False
        checking.result()
        return True

    async def _until_stopped(self) -> None:
        crashed = asyncio.create_task(self.app.wait_until_stopped())
        asked = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([crashed, asked], return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            reason = self.app.crash_reason
            stop_process(EXIT_FAULT, "app_stopped", **(describe(reason) if reason is not None else {}))
        crashed.cancel()

    async def _leave(self, starting: asyncio.Task[Any], producer: Any, delivery: Delivery) -> bool:
        began = time.monotonic()
        for task in self._tasks:
            task.cancel()
        settled = await self.on_revoked()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.tuning.settle_timeout):
                await cast(BatchConsumer, self.app.consumer).commit_all()
        # Waited for and not cancelled: mode swallows a cancellation, and would hold us longer.
        tidying = asyncio.create_task(self._tidy(producer, delivery))
        await asyncio.wait([tidying], timeout=_LEAVE_TIMEOUT)
        if not tidying.done():
            log.warning("stopped_untidily", seconds=_LEAVE_TIMEOUT)
        starting.cancel()
        log.info("stopped", seconds=round(time.monotonic() - began, 2))
        return settled and not self.ledger.committable()

    async def _tidy(self, producer: Any, delivery: Delivery) -> None:
        await self.app.stop()  # leaves the group
        await delivery.close()
        await producer.stop()

    def _fault_of(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (exc := task.exception()) is not None and not self._stopping.is_set():
            stop_process(EXIT_FAULT, "worker_fault", **describe(exc))

    # ------------------------------------------------------------------ making

    async def _wire(self, producer: AIOKafkaProducer, delivery: Delivery) -> None:
        for row in self.wirings:
            targets = {*row.targets, *filter(None, (row.changelog, row.dead_letters))}
            partitions = {topic: len(await producer.partitions_for(topic)) for topic in sorted(targets)}
            topic = self.app.topic(row.source, key_type=bytes, value_type=bytes, schema=RawSchema())
            outbox = Outbox(
                producer, delivery, self.tuning, partitions, partial(self._acknowledged, row.source)
            )
            self.runners[row.source] = runner = StageRunner(
                row,
                outbox=outbox,
                delivery=delivery,
                ledger=self.ledger,
                reader=partial(Reader, self.client),
                limit=DeadLetterLimit(row.dead_letters, self.settings.dead_letter_limit),
                stop=stop_process,
                on_room=self._change,
            )
            name = f"{self.settings.group}.{row.name}"
            agent = self.app.agent(topic, name=name, concurrency=1)(runner.agent)
            runner.listen(agent.channel.queue.qsize)

    def _acknowledged(self, source: str, inputs: list[Ticket]) -> None:
        self.runners[source].acknowledged(inputs)

    def _foreign_write(self, topic: str, partition: int, first: int, last: int) -> None:
        self.foreign_writes += 1
        for runner in self.runners.values():
            if runner.changelog == topic:
                runner.foreign_write(topic, partition, first, last)

    def membership(self) -> int:
        """The group generation this process is a member of; below 1 it is none."""
        return cast(BatchConsumer, self.app.consumer).membership()

    # ------------------------------------------------------------------ what the consumer asks

    def wanted(self, active: Collection[TP]) -> set[TopicPartition]:
        return {
            TopicPartition(*tp)
            for tp in active
            if (runner := self.runners.get(tp.topic)) is not None and runner.has_room(tp.partition)
        }

    async def until_wanted(self) -> None:
        self._changed.clear()
        try:
            async with asyncio.timeout(0.2):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _change(self) -> None:
        self._changed.set()
        if not self.ready.is_set() and all(not runner.restoring for runner in self.runners.values()):
            self.ready.set()

    async def on_revoked(self) -> bool:
        timeout = self.tuning.settle_timeout
        settled = await asyncio.gather(*(runner.release(timeout) for runner in self.runners.values()))
        return all(settled)

    def on_assigned(self, tps: set[TopicPartition], generation: int) -> None:
        log.info("assigned", generation=generation, partitions=len(tps))
        for source, runner in self.runners.items():
            runner.assign([tp.partition for tp in tps if tp.topic == source])
        self._change()

    async def guard(self, work: Awaitable[object], name: str) -> None:
        """aiokafka logs and forgets what a rebalance callback raises; half a rebalance must not live on."""
        try:
            await work
        except Exception as exc:  # noqa: BLE001  # this is the guard
            stop_process(EXIT_FAULT, "rebalance_fault", step=name, **describe(exc))


def run_worker(
    wirings: Sequence[Wiring],
    settings: WorkerSettings,
    preflight: Preflight,
    *,
    on_start: Callable[[Worker], None] | None = None,
) -> NoReturn:
    """Run a worker in this process until a signal, and end the process with its exit code."""
    for name in ("faust", "mode", "aiokafka", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)

    async def main() -> NoReturn:
        worker = Worker(wirings, settings, preflight)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        if on_start is not None:
            on_start(worker)
        tune_allocation()
        try:
            code = await worker.run()
        except Exception as exc:  # noqa: BLE001  # the broker is not there, most of the time
            stop_process(EXIT_FAULT, "start_fault", **describe(exc))
        # From here, since asyncio would wait for Faust's thread and tasks, which may wait for the broker.
        end_process(code)

    asyncio.run(main())
    raise AssertionError("unreachable")
