"""Which score rows an item has, between reading them and writing them.

A row's id is the SIS's, and creating a row is not repeatable. So the ids are those of a reading, or none at all for an
item just created; they are forgotten at the first doubt and soon anyway, since another worker may act later. A row
whose creation had no clear end may still show up: until `lateness` seconds later nobody makes it again.
"""

import threading
import time
from collections.abc import Callable, Mapping

#: Seconds a reading is relied upon.
TRUSTED = 60.0
#: Items remembered.
KEPT = 1000


class Rows:
    """Row ids by SIS student, per item. Used by many threads."""

    def __init__(self, lateness: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lateness = lateness
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, dict[str, str]]] = {}
        self._doubts: dict[tuple[str, str], float] = {}

    def keep(self, item: str, rows: Mapping[str, str]) -> None:
        """The item's rows are these, as of now."""
        with self._lock:
            self._known.pop(item, None)
            self._known[item] = (self._clock(), dict(rows))
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]

    def of(self, item: str) -> Mapping[str, str] | None:
        """The item's rows; None when they must be read."""
        with self._lock:
            at, rows = self._known.get(item, (0.0, {}))
            return dict(rows) if item in self._known and self._clock() - at < TRUSTED else None

    def add(self, item: str, student: str, row: str) -> None:
        """A row was created."""
        with self._lock:
            if item in self._known:
                self._known[item][1][student] = row

    def doubt(self, item: str, student: str) -> None:
        """A creation of this row had no clear end."""
        with self._lock:
            now = self._clock()
            self._doubts = {key: at for key, at in self._doubts.items() if now - at < self._lateness}
            self._doubts[item, student] = now

    def doubtful(self, item: str, student: str) -> bool:
        """Whether the row may still show up by itself."""
        with self._lock:
            at = self._doubts.get((item, student))
            return at is not None and self._clock() - at < self._lateness

    def forget(self, item: str) -> None:
        """Read them anew."""
        with self._lock:
            self._known.pop(item, None)
