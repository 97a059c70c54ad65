"""One thread that ends calls at their time, whatever they wait for.

A socket's timeout starts anew with every byte, so a peer that sends one byte a second is never late for it. Here
a call has one deadline for everything, connect to last byte of the body, and at that time its socket is shut
down under it.
"""

import socket
import threading
import time
from contextlib import suppress


class Call:
    """A call under way. `expired` says that the deadline, and not the peer, ended it."""

    __slots__ = ("deadline", "expired", "guard", "orphaned")

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.expired = False
        #: A second handle on the connection's socket, as soon as there is one.
        self.guard: socket.socket | None = None
        #: The connection is closed, and the handle is ours to close.
        self.orphaned = False

    def remaining(self) -> float:
        """Seconds left; never 0, which sockets take for "do not block"."""
        return max(self.deadline - time.monotonic(), 0.001)

    def cut(self) -> None:
        """Shut the connection down; whoever waits on it sees its end."""
        if self.guard is not None:
            with suppress(OSError):  # it may be closed already
                self.guard.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close the handle if the connection left it behind."""
        if self.orphaned and self.guard is not None:
            self.guard.close()


class Deadlines:
    """Watches calls. Its thread sleeps until the earliest deadline there was, so a call that ends in time costs it
    nothing.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: set[Call] = set()
        self._wake_at = float("inf")
        self._thread: threading.Thread | None = None

    def start(self, seconds: float) -> Call:
        """A call with that much time from now."""
        call = Call(time.monotonic() + seconds)
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._calls.add(call)
            if call.deadline < self._wake_at:
                self._wake_at = call.deadline
                self._changed.notify()
        return call

    def end(self, call: Call) -> None:
        """The call is over; from here on nothing is cut."""
        with self._changed:
            self._calls.discard(call)

    def _run(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                late = [call for call in self._calls if call.deadline <= now]
                for call in late:
                    self._calls.discard(call)
                    call.expired = True
                    # under the lock: end() returns only when nothing of this call will be cut any more
                    call.cut()
                self._wake_at = min((call.deadline for call in self._calls), default=float("inf"))
                self._changed.wait(None if self._wake_at == float("inf") else max(self._wake_at - now, 0))
