"""Where on sync.results the attempts at each item stand, and reading them back when somebody asks.

Only places are kept, eight bytes a result: the offset, and sixteen bits of the item's name to tell the items of a
section apart. What they say is read from the broker, so a receipt lasts as long as the topic.
"""

from __future__ import annotations

import threading
import time
import zlib
from array import array
from collections.abc import Sequence
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError

from schemas import codec, keys
from schemas.cluster import Cluster
from schemas.codec import Refused
from schemas.results import SyncResult
from streams.attempts import attempts
from streams.follow.client import new_consumer

#: Results remembered of a section; then the older half is forgotten.
PLACES_KEPT = 20_000
#: Newest results of an item that are read back.
READ_AT_MOST = 60
READ_SECONDS = 5.0
POLL_MS = 100
_NAME_BITS = 16


class Unanswered(Exception):
    """The broker did not give the records in time."""


class AttemptPlaces:
    """Section key -> partition, and the places of its results. One thread adds while others read."""

    def __init__(self) -> None:
        self._places: dict[bytes, tuple[int, array[int]]] = {}

    def apply(self, partition: int, offset: int, key: bytes | None, value: bytes | None) -> None:
        """Take in a record of sync.results. Refused when it is unreadable, or stands under another key."""
        tenant, section, item = codec.leading(SyncResult, value, 3)
        if key != keys.section_key(tenant, section):
            raise Refused("WRONG_KEY")
        if not item:  # a teacher opened the log
            return
        known = self._places.get(key)
        if known is None or known[0] != partition:
            known = self._places[key] = (partition, array("Q"))
        known[1].append(offset << _NAME_BITS | _name(item))
        if len(known[1]) > PLACES_KEPT:
            self._places[key] = (partition, known[1][PLACES_KEPT // 2 :])

    def of(self, tenant: str, section: str, item: str) -> tuple[int, list[int]] | None:
        """Partition and newest offsets, ascending; a few may be another item's. None: nothing was ever tried."""
        known = self._places.get(keys.section_key(tenant, section))
        if known is None:
            return None
        partition, places = known
        name = _name(item)
        offsets = [place >> _NAME_BITS for place in places if place & (1 << _NAME_BITS) - 1 == name]
        return partition, offsets[-READ_AT_MOST:]


def _name(item: str) -> int:
    return zlib.crc32(item.encode()) & (1 << _NAME_BITS) - 1


class ResultsReader:
    """Reads single records of sync.results. One consumer, used by one at a time."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._consumer: Any = None
        self._lock = threading.Lock()

    def read(self, partition: int, offsets: Sequence[int]) -> list[bytes | None]:
        """The values at those offsets, in order; what retention took is left out. Unanswered."""
        with self._lock:
            try:
                if self._consumer is None:
                    self._consumer = new_consumer(self._cluster)
                return self._read(TopicPartition(self._cluster.topics.results, partition), offsets)
            except (KafkaError, OSError):
                self._close()
            except Unanswered:
                self._close()
                raise
        raise Unanswered

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._close()

    def _read(self, tp: TopicPartition, offsets: Sequence[int]) -> list[bytes | None]:
        deadline = time.monotonic() + READ_SECONDS
        self._consumer.assign([tp])
        first: int = self._consumer.beginning_offsets([tp], timeout_ms=2_000)[tp]
        left = sorted(offset for offset in offsets if offset >= first)
        found: dict[int, bytes | None] = {}
        while left:
            self._consumer.seek(tp, left[0])
            reached = -1
            while reached < left[0]:
                if time.monotonic() > deadline:
                    raise Unanswered
                for record in self._consumer.poll(timeout_ms=POLL_MS).get(tp, ()):
                    found[record.offset] = record.value
                    reached = record.offset
            left = [offset for offset in left if offset > reached]
        return [found[offset] for offset in offsets if offset in found]

    def _close(self) -> None:
        if self._consumer is not None:
            self._consumer.close(timeout_ms=1_000)
            self._consumer = None


class Attempts:
    """What was tried with an item."""

    def __init__(self, places: AttemptPlaces, reader: ResultsReader) -> None:
        self.places, self._reader = places, reader

    def of(self, tenant: str, section: str, item: str) -> list[SyncResult]:
        """The newest attempts, oldest first, each once. Blocks; Unanswered."""
        found = self.places.of(tenant, section, item)
        values = [] if found is None else self._reader.read(*found)
        return attempts(values, tenant, section, item)

    def close(self) -> None:
        self._reader.close()
