"""How many calls a SIS takes at once, where that depends on the hour."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, tzinfo

from adapters.errors import Misconfigured, Retry
from adapters.http import Reply, Request, Transport

#: Seconds a call waits for its turn before its item is put back.
PATIENCE = 60.0


class Hours:
    """Local hours of some weekdays, "07:00-16:00"; "none" is never.

    `days` are ISO weekdays. Misconfigured when the text is neither.
    """

    def __init__(self, text: str, days: frozenset[int], zone: tzinfo) -> None:
        self._days = frozenset() if text == "none" else days
        self._zone = zone
        first, _, last = ("00:00-00:00" if text == "none" else text).partition("-")
        try:
            self._first, self._last = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
        except ValueError:
            raise Misconfigured("SIS_NOT_SUPPORTED", {"option": "peak_hours"}) from None

    def hold(self, at: datetime) -> bool:
        """Whether the instant lies in them."""
        here = at.astimezone(self._zone)
        return here.isoweekday() in self._days and self._first <= here.time() < self._last


class Gate:
    """Lets `width()` callers through at once; asked anew whenever one leaves."""

    def __init__(self, width: Callable[[], int], patience: float = PATIENCE) -> None:
        self.width = width
        self._patience = patience
        self._inside = 0
        self._left = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it. Retry when none comes; nothing was sent then."""
        with self._left:
            if not self._left.wait_for(lambda: self._inside < self.width(), self._patience):
                raise Retry("SIS_BUSY", breaks=False)
            self._inside += 1
        try:
            yield
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()


class GatedTransport(Transport):
    """A transport whose calls, signing in among them, go through a gate."""

    gate: Gate

    def exchange(self, request: Request, *, seconds: float | None = None) -> Reply:
        """As Transport; the wait for a turn is not part of the call's seconds."""
        with self.gate.turn():
            return super().exchange(request, seconds=seconds)
