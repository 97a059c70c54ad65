"""Events to gradebook.changes, each awaited: what is not acknowledged in time is said to be so, never assumed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.cluster import Cluster
from streams.exits import describe

log = structlog.get_logger("streams.web")

#: A click waits so long for the broker. Longer than a leader's election, shorter than a teacher's patience.
ACK_SECONDS = 8.0
_STOP_SECONDS = 5.0

Keyed = tuple[bytes, bytes]


class Publisher(Protocol):
    """Where commands go."""

    async def publish(self, records: Sequence[Keyed]) -> list[bool]:
        """Send records, in order; which of them the broker has acknowledged. The others may be there all the same."""

    async def close(self) -> None: ...


class KafkaPublisher:
    """One producer, made when it is first needed and again after any fault."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._producer: AIOKafkaProducer | None = None
        self._lock = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    async def publish(self, records: Sequence[Keyed]) -> list[bool]:
        sent: list[asyncio.Future[object]] = []
        try:
            async with asyncio.timeout(ACK_SECONDS):
                producer = await self._ready()
                for key, value in records:
                    sent.append(await producer.send(self._cluster.topics.changes, value=value, key=key))
                await asyncio.wait(sent)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("not_acknowledged", records=len(records), **describe(error))
        acknowledged = [one.done() and not one.cancelled() and one.exception() is None for one in sent]
        acknowledged += [False] * (len(records) - len(sent))
        if not all(acknowledged):
            self._discard()
        return acknowledged

    async def close(self) -> None:
        self._discard()
        while self._ending:
            await asyncio.wait(self._ending)

    async def _ready(self) -> AIOKafkaProducer:
        async with self._lock:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._cluster.bootstrap.split(","),
                    client_id="gradebook-sync-web",
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=0,
                    request_timeout_ms=5_000,
                    retry_backoff_ms=50,
                )
                try:
                    await producer.start()
                except BaseException:
                    self._end(producer)
                    raise
                self._producer = producer
            return self._producer

    def _discard(self) -> None:
        """The next one begins anew: an idempotent producer does not go on after a lost batch."""
        producer, self._producer = self._producer, None
        if producer is not None:
            self._end(producer)

    def _end(self, producer: AIOKafkaProducer) -> None:
        async def stop() -> None:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await producer.stop()

        task = asyncio.get_running_loop().create_task(stop())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
