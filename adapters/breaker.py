"""A district's circuit breaker. Open, it lets nothing through and so uses up no attempt of any item.

    closed     everything passes; THRESHOLD failures in a row open it
    open       nothing passes for a while that doubles with every failed probe
    half open  one probe; its success closes, its failure opens again

Arithmetic over the caller's clock.
"""

from enum import StrEnum

#: Failures in a row that open it: eight slots of a hanging district find out together.
THRESHOLD = 5
#: Seconds of the first opening, and of the longest.
FIRST, LONGEST = 2.0, 60.0


class State(StrEnum):
    """See the module."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class Breaker:
    """One caller at a time (the lane's lock)."""

    def __init__(self) -> None:
        self.state = State.CLOSED
        self.failures = 0
        self._openings = 0
        self._until = 0.0

    def wait(self, now: float) -> float:
        """Seconds until a call may start; infinite while a probe is out."""
        if self.state is State.CLOSED:
            return 0.0
        if self.state is State.PROBING:
            return float("inf")
        return max(self._until - now, 0.0)

    def started(self) -> None:
        """An item goes."""
        if self.state is State.OPEN:
            self.state = State.PROBING

    def succeeded(self) -> None:
        """The SIS answered, if only to refuse."""
        self.state = State.CLOSED
        self.failures = self._openings = 0

    def failed(self, now: float) -> None:
        """No answer, or a failing one. Calls that were under way when it opened count no more."""
        self.failures += 1
        if self.state is State.PROBING or (self.state is State.CLOSED and self.failures >= THRESHOLD):
            self.state = State.OPEN
            self._until = now + min(FIRST * 2.0 ** min(self._openings, 20), LONGEST)
            self._openings += 1

    def unused(self) -> None:
        """An item ended without a call: a probe is still owed."""
        if self.state is State.PROBING:
            self.state = State.OPEN
