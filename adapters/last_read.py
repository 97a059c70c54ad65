"""What this thread read of an item a moment ago, for the write that follows in the same attempt.

Some systems replace the whole object in a PUT, so what is not ours in it must be read and sent back. The protocol's
reading has just brought it; reading it twice would be a call too many. An attempt runs in one thread from its first
step to its last, and one reading is kept per thread: nothing grows, and nobody takes another's.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

#: Seconds after which a reading no longer stands for what is there.
FRESH = 10.0


class LastRead:
    """One reading per thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._here = threading.local()

    def keep(self, remote: str, found: dict[str, Any]) -> None:
        """Just read."""
        self._here.kept = (remote, found, self._clock() + FRESH)

    def of(self, remote: str) -> dict[str, Any] | None:
        """The reading of that item, None when there is none fresh enough."""
        kept = getattr(self._here, "kept", None)
        if kept is None or kept[0] != remote or self._clock() > kept[2]:
            return None
        found: dict[str, Any] = kept[1]
        return found

    def forget(self) -> None:
        """Just written: what was read is no longer there."""
        self._here.kept = None
