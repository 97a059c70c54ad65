"""Sees what others still write to a ledger that is ours, and writes our own entry again over it.

A worker that was paused may hold entries its producer has yet to send; they land after its successor's, and compaction
keeps the last written. Every entry names its writer's generation, so the owner knows a stranger's when it reads one.
"""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from kafka import TopicPartition

from adapters.reading import groupless
from schemas.cluster import Cluster


class Owner(Protocol):
    """Whose ledger a partition is."""

    def seen(self, key: bytes | None, value: bytes | None) -> None:
        """A record that stands on the ledger now."""


class Watch:
    """One thread for all ledger partitions of a process. `on_fault` is called when it ends by an error."""

    def __init__(self, cluster: Cluster, on_fault: Callable[[BaseException], None]) -> None:
        self._cluster = cluster
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._owners: dict[TopicPartition, tuple[Owner, int]] = {}
        self._changed = threading.Event()
        self._stop = threading.Event()

    def start(self) -> None:
        """Watch in a thread of its own."""
        threading.Thread(target=self._run, name="watch", daemon=True).start()

    def own(self, ledger: TopicPartition, owner: Owner, start: int) -> None:
        """From offset `start` on."""
        with self._lock:
            self._owners[ledger] = (owner, start)
        self._changed.set()

    def lose(self, ledger: TopicPartition) -> None:
        """It is another worker's."""
        with self._lock:
            self._owners.pop(ledger, None)
        self._changed.set()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._changed.set()

    def _run(self) -> None:
        try:
            consumer = groupless(self._cluster)
            watched: dict[TopicPartition, Owner] = {}
            while not self._stop.is_set():
                if not watched or self._changed.is_set():
                    self._changed.wait()
                    self._changed.clear()
                    watched = self._assign(consumer, watched)
                    continue
                for tp, records in consumer.poll(timeout_ms=500).items():
                    for record in records:
                        watched[tp].seen(record.key, record.value)
            consumer.close()
        except BaseException as error:  # noqa: BLE001 - a ledger nobody watches must not go unnoticed
            self._on_fault(error)

    def _assign(self, consumer: Any, before: dict[TopicPartition, Owner]) -> dict[TopicPartition, Owner]:
        with self._lock:
            owners = dict(self._owners)
        positions = {tp: consumer.position(tp) for tp in before if tp in owners}
        consumer.assign(sorted(owners))
        for tp, (owner, start) in owners.items():
            consumer.seek(tp, positions[tp] if before.get(tp) is owner else start)
        return {tp: owner for tp, (owner, _) in owners.items()}
