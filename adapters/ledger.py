"""What we know the SIS has: restored before the first call, written with every attempt.

One record per item on a compacted topic. Of two the one with the higher (generation, sequence) is the truth; a
worker's generation is one above every one it found, so what a paused predecessor writes late loses on reading.
"""

import threading
from collections.abc import Iterable
from dataclasses import replace

from schemas.codec import Refused, decode, encode
from schemas.desired import DesiredItem
from schemas.keys import item_key, section_key
from schemas.ledger import LedgerEntry


class PartitionLedger:
    """The entries of one partition, kept as bytes: most are never looked at again."""

    def __init__(self, at_least: int = 0) -> None:
        self._lock = threading.Lock()
        self._bytes: dict[bytes, bytes] = {}
        self._order: dict[bytes, tuple[int, int]] = {}
        self._highest = at_least - 1
        self._overshadowed: set[bytes] = set()
        self.unreadable = 0

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def generation(self) -> int:
        """Of everything written through this object."""
        return self._highest + 1

    def restore(self, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        """Merge records of the topic, in any order. Only before the first `next`."""
        for key, value in records:
            if key is None or value is None:
                self._forget(key)
                continue
            try:
                entry = decode(LedgerEntry, value)
            except Refused:
                self.unreadable += 1
                continue
            order = (entry.generation, entry.sequence)
            self._highest = max(self._highest, entry.generation)
            if order >= self._order.get(key, (-1, -1)):
                self._order[key] = order
                self._bytes[key] = value
                self._overshadowed.discard(key)
            else:
                self._overshadowed.add(key)

    def _forget(self, key: bytes | None) -> None:
        if key is not None:
            self._bytes.pop(key, None)
            self._order.pop(key, None)

    def get(self, key: bytes) -> LedgerEntry | None:
        """The item's entry."""
        with self._lock:
            value = self._bytes.get(key)
        return None if value is None else decode(LedgerEntry, value)

    def overshadowed(self) -> list[tuple[bytes, bytes]]:
        """Entries that stand on the topic before older ones: compaction would keep those."""
        return [(key, self._bytes[key]) for key in self._overshadowed if key in self._bytes]

    def repaired(self, key: bytes, value: bytes) -> bytes | None:
        """What must be written again, since a stranger's older entry now stands over ours; None when all is well."""
        try:
            found = decode(LedgerEntry, value)
        except Refused:
            return None
        if found.generation >= self.generation:
            return None  # our own; nobody else has this generation
        with self._lock:
            return self._bytes.get(key)

    def others(self, desired: DesiredItem) -> list[LedgerEntry]:
        """The entries of the other items of an item's section. A look through all keys: only look-ups ask."""
        own = item_key(desired.tenant, desired.section, desired.item)
        prefix = section_key(desired.tenant, desired.section) + b"/"
        with self._lock:
            found = [v for k, v in self._bytes.items() if k.startswith(prefix) and k != own]
        return [decode(LedgerEntry, value) for value in found]

    def next(self, key: bytes, entry: LedgerEntry) -> bytes:
        """The entry as it goes to the topic, numbered; from now on it is what `get` gives."""
        with self._lock:
            generation, sequence = self._order.get(key, (self.generation, -1))
            if generation < self.generation:
                sequence = -1
            order = (self.generation, sequence + 1)
            value = encode(replace(entry, generation=order[0], sequence=order[1]))
            self._order[key] = order
            self._bytes[key] = value
        return value
