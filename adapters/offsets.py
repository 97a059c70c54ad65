"""Which offset of a partition may be committed: the oldest decision that is not finished.

A hint only (the ledger makes a second reading harmless), but one that never passes unfinished work.
"""

import heapq
import threading


class Offsets:
    """One partition's. Read by the consumer's thread, finished by the producer's."""

    def __init__(self, position: int) -> None:
        self._lock = threading.Lock()
        self._position = position
        self._open: set[int] = set()
        self._heap: list[int] = []

    def read(self, offset: int, *, finished: bool = False) -> None:
        """A record was read; offsets only go up."""
        with self._lock:
            self._position = offset + 1
            if not finished:
                self._open.add(offset)
                heapq.heappush(self._heap, offset)

    def finish(self, offset: int) -> None:
        """Its decision ended, and the broker has what that left."""
        with self._lock:
            self._open.discard(offset)

    @property
    def committable(self) -> int:
        """Where a successor must begin."""
        with self._lock:
            while self._heap and self._heap[0] not in self._open:
                heapq.heappop(self._heap)
            return self._heap[0] if self._heap else self._position

    @property
    def unfinished(self) -> int:
        """Records read and not finished."""
        with self._lock:
            return len(self._open)
