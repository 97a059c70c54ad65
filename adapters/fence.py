"""Whether this process may still act for its partitions.

A process that was paused longer than its session lasts has lost its partitions, and wakes without knowing it: the
group's news come seconds later. The clock knows at once. So a beat that comes too late breaks the fence for good; no
call is made and nothing is written after it, and the process ends, to start anew.
"""

import threading
import time
from collections.abc import Callable

#: Seconds between beats.
BEAT = 0.25


class PausedTooLong(Exception):
    """The process stood still longer than its session."""


class Fence:
    """`session` in seconds. `clock` goes on while the process is paused."""

    def __init__(
        self,
        session: float,
        on_broken: Callable[[BaseException], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._on_broken = on_broken
        self._clock = clock
        self._last = clock()
        self._broken = False

    def start(self) -> None:
        """Beat in a thread of its own."""
        self._last = self._clock()
        threading.Thread(target=self._run, name="fence", daemon=True).start()

    def holds(self) -> bool:
        """Asked before every call and every write."""
        return not self._broken and self._clock() - self._last < self._session

    def beat(self) -> None:
        """Still awake."""
        now = self._clock()
        if now - self._last >= self._session:
            if not self._broken:
                self._broken = True
                self._on_broken(PausedTooLong())
            return
        self._last = now

    def _run(self) -> None:
        while not self._broken:
            self.beat()
            time.sleep(BEAT)
