"""The stall watch: a worker that went deaf exits, so that its supervisor restarts it (P10).

Faust consumers can stop fetching, or never fetch a partition again, without an error. The watch asks the
broker for the log ends over a connection of its own and compares them with what was finished here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as KafkaTopicPartition
from aiokafka.errors import KafkaError

from streams.commits import CommitLedger
from streams.delivery import Stop
from streams.exits import EXIT_STALLED
from streams.runner import StageRunner
from streams.stage import TopicPartition
from streams.tuning import Tuning


class Watched(Protocol):
    """What is watched (streams.worker.Worker)."""

    tuning: Tuning
    client: Mapping[str, Any]
    ledger: CommitLedger
    runners: dict[str, StageRunner]

    def membership(self) -> int: ...


@dataclass(slots=True)
class _Seen:
    finished: int
    since: float


class StallWatch:
    """Judges samples; the clock is given, so that a test needs no waiting."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._seen: dict[TopicPartition, _Seen] = {}
        self._member_at = time.monotonic()

    def member(self, generation: int, now: float) -> str | None:
        """A reason to stop if this process has been no member of its group for too long."""
        if generation > 0:
            self._member_at = now
        return "no_membership" if now - self._member_at > self._timeout else None

    def behind(
        self, finished: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int], now: float
    ) -> TopicPartition | None:
        """A partition that has work and has finished nothing for too long."""
        for tp in [tp for tp in self._seen if tp not in finished]:
            del self._seen[tp]
        for tp, offset in finished.items():
            seen = self._seen.get(tp)
            if seen is None or seen.finished != offset or ends.get(tp, 0) <= offset:
                self._seen[tp] = _Seen(offset, now)
            elif now - seen.since > self._timeout:
                return tp
        return None


async def watch_for_stalls(host: Watched, stop: Stop) -> None:
    """Sample and judge for as long as the worker runs."""
    watch = StallWatch(host.tuning.stall_timeout)
    consumer = AIOKafkaConsumer(**host.client, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        while True:
            await asyncio.sleep(host.tuning.stall_check_interval)
            await _check(host, watch, consumer, stop)
    finally:
        await consumer.stop()


async def _check(host: Watched, watch: StallWatch, consumer: Any, stop: Stop) -> None:
    now = time.monotonic()
    timeout = host.tuning.stall_timeout
    reason = watch.member(host.membership(), now)
    if reason is not None:
        stop(EXIT_STALLED, reason, seconds=timeout)
    for runner in host.runners.values():
        if runner.reader is not None and now - runner.reader.progressed_at > timeout:
            stop(EXIT_STALLED, "restore_stalled", stage=runner.name, partitions=runner.restoring)
    finished = {tp: position for tp, (position, _) in host.ledger.progress().items()}
    try:
        # Bounded: while the broker is away the delivery deadline judges, not this watch.
        known = [KafkaTopicPartition(*tp) for tp in finished]
        ends = await asyncio.wait_for(consumer.end_offsets(known), timeout) if known else {}
    except (KafkaError, TimeoutError):
        return
    stalled = watch.behind(finished, ends, now)
    if stalled is not None:
        stop(EXIT_STALLED, "no_progress", topic=stalled.topic, partition=stalled.partition, seconds=timeout)
