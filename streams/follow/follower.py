"""Keeping up with a topic without a group.

A follower is assigned its partitions, so it waits for no rebalance and no other process. It starts at the
beginning, has caught up when it has passed the end offsets it saw first, and outlives the broker: a lost
connection is opened anew from the positions it has reached.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError

from schemas.cluster import Cluster
from schemas.codec import Refused
from streams.exits import describe
from streams.follow.client import ANSWER_MS, POLL_MS, POSITION_MS, TopicAbsent, new_consumer, partitions_of
from streams.follow.client import starts as starts_of
from streams.follow.positions import PROBE_SECONDS, Positions, Progress

log = structlog.get_logger("streams.follow")

OnRecord = Callable[[bytes | None, bytes | None], object]
#: Partition, offset, key, value.
OnPlaced = Callable[[int, int, bytes | None, bytes | None], object]

#: A client that hears nothing for so long is thrown away for a new one.
GIVE_UP_SECONDS = 10.0
RETRY_SECONDS = 0.5


class Follower:
    """Hands every record of a topic to `on_record(key, value)`, or to `on_placed` for one who must know where it
    stands, in one thread of its own, from the first on.

    `share=(i, n)` takes only the partitions p with p % n == i. A record that `on_record` refuses, in whatever
    way, is counted and passed by: setting it aside is the writing stage's business.
    """

    def __init__(
        self,
        cluster: Cluster,
        topic: str,
        on_record: OnRecord | None = None,
        *,
        on_placed: OnPlaced | None = None,
        share: tuple[int, int] = (0, 1),
        since_ms: int | None = None,
    ) -> None:
        self.topic = topic
        self._cluster = cluster
        self._on_record = on_record
        self._on_placed = on_placed
        self._share = share
        self._since_ms = since_ms
        self._positions = Positions()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._caught_up = threading.Event()
        self._records = self._unreadable = 0
        self._problem: str | None = "not started"
        self._thread = threading.Thread(target=self._run, name=f"follow {topic}", daemon=True)

    def start(self) -> None:
        """Begin to read; returns at once, whether there is a broker or not."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Ask the thread to end and wait for it; True when it has."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def wait_caught_up(self, timeout: float) -> bool:
        """Wait for the first catch-up; False when it did not come in time."""
        return self._caught_up.wait(timeout)

    def progress(self) -> Progress:
        """Where it is now. Never waits for Kafka."""
        with self._lock:
            return Progress(
                topic=self.topic,
                caught_up=self._positions.caught_up,
                partitions=self._positions.partitions(),
                seconds_behind=self._positions.seconds_behind(),
                silent_seconds=self._positions.silent_seconds(),
                records=self._records,
                unreadable=self._unreadable,
                problem=self._problem,
            )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with closing(new_consumer(self._cluster)) as consumer:
                    self._session(consumer)
            except TopicAbsent as absent:
                self._troubled(str(absent))
            except (KafkaError, OSError) as error:
                self._troubled(f"no broker at {self._cluster.bootstrap} ({type(error).__name__})")
            except Exception as error:  # noqa: BLE001 - a fault of the client must not leave a deaf follower
                log.warning("follower_fault", topic=self.topic, **describe(error))
                self._troubled(f"fault: {type(error).__name__}")
        with self._lock:
            self._problem = "stopped"

    def _troubled(self, problem: str) -> None:
        with self._lock:
            changed, self._problem = problem != self._problem, problem
        if changed:
            log.info("follower_waits", topic=self.topic, reason=problem)
        self._stop.wait(RETRY_SECONDS)

    def _session(self, consumer: Any) -> None:
        mine = self._mine(consumer)
        consumer.assign(mine)
        self._seek(consumer, mine)
        heard = self._probe(consumer, mine)
        while not self._stop.is_set():
            for tp, records in consumer.poll(timeout_ms=POLL_MS).items():
                self._take(tp.partition, records)
            if time.monotonic() - heard < PROBE_SECONDS:
                continue
            try:
                heard = self._probe(consumer, mine)
            except (KafkaError, OSError):
                if time.monotonic() - heard > GIVE_UP_SECONDS:
                    raise
            if self._mine(consumer) != mine:
                return  # partitions were added: a new session takes them up

    def _mine(self, consumer: Any) -> list[TopicPartition]:
        index, of = self._share
        return [tp for tp in partitions_of(consumer, self.topic) if tp.partition % of == index]

    def _seek(self, consumer: Any, mine: list[TopicPartition]) -> None:
        fresh = [tp for tp in mine if tp.partition not in self._positions.at]
        starts = starts_of(consumer, fresh, self._since_ms)
        for tp in mine:
            at = self._positions.at.get(tp.partition, starts.get(tp, 0))
            consumer.seek(tp, at)
            with self._lock:
                self._positions.at[tp.partition] = at

    def _probe(self, consumer: Any, mine: list[TopicPartition]) -> float:
        """Ask for the ends and note where we are; returns when it was asked."""
        asked_at = time.monotonic()
        ends = consumer.end_offsets(mine, timeout_ms=ANSWER_MS)
        # control records and compacted stretches move the position without a record
        reached = {tp.partition: consumer.position(tp, timeout_ms=POSITION_MS) for tp in mine}
        with self._lock:
            for partition, position in reached.items():
                if position is not None:
                    self._positions.reached(partition, position)
            self._positions.ends({tp.partition: end for tp, end in ends.items()}, asked_at)
            self._problem = None
        self._announce()
        return asked_at

    def _take(self, partition: int, records: list[Any]) -> None:
        unreadable = 0
        for record in records:
            try:
                self._hand_on(partition, record)
            except Refused as refused:
                unreadable += 1
                log.warning("record_unreadable", topic=self.topic, partition=partition, code=refused.code)
            except Exception as error:  # noqa: BLE001 - one record must not end the follower
                unreadable += 1
                log.warning("record_fault", topic=self.topic, partition=partition, **describe(error))
        with self._lock:
            self._records += len(records)
            self._unreadable += unreadable
            self._positions.reached(partition, records[-1].offset + 1)
        self._announce()

    def _hand_on(self, partition: int, record: Any) -> None:
        if self._on_placed is not None:
            self._on_placed(partition, record.offset, record.key, record.value)
        if self._on_record is not None:
            self._on_record(record.key, record.value)

    def _announce(self) -> None:
        if self._positions.caught_up and not self._caught_up.is_set():
            self._caught_up.set()
            log.info("follower_caught_up", topic=self.topic, records=self._records)
