"""A process that stood still for longer than its session has lost its partitions, and does not know it yet.

What waits in its producer is older than what the new owner wrote, and leaves at once when the process wakes. So two
beats are kept: a thread's, and a callback of the main loop, which runs before the sender does. A beat of the thread
that is too old means that the process stood still; a main loop that is only busy does not stop the thread.
"""

from __future__ import annotations

import asyncio
import threading
import time

from streams.delivery import Stop
from streams.exits import EXIT_STALLED

_BEATS = 8


class _Beat:
    def __init__(self, session: float, stop: Stop) -> None:
        self._session = session
        self._stop = stop
        self._seen = time.monotonic()

    def judge(self) -> float:
        """End the process if the last beat is too old."""
        now = time.monotonic()
        if now - self._seen > self._session:
            self._stop(EXIT_STALLED, "stood_still", seconds=round(now - self._seen, 1))
        return now

    def keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._session / _BEATS):
            self._seen = self.judge()


def watch_for_freezes(session: float, stop: Stop) -> None:
    """Begin, in the running loop and in a thread of its own."""
    beat = _Beat(session, stop)
    loop = asyncio.get_running_loop()

    def tick() -> None:
        beat.judge()
        loop.call_later(session / _BEATS, tick)

    threading.Thread(target=beat.keep, name="beat", daemon=True).start()
    tick()
