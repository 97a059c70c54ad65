"""A district's rate of calls: a token bucket that lends.

Each call reserves its moment and is told how long to wait for it, so callers that wait at once are spread and none is
let in twice. Pure but for its own numbers: the clock is the caller's.
"""


class TokenBucket:
    """`rate` calls per second, `burst` at once; None: no limit. One caller at a time (the lane's lock)."""

    def __init__(self, rate: float | None, burst: float = 1.0) -> None:
        self._rate = rate if rate and rate > 0 else None
        self._burst = burst
        self._tokens = burst
        self._at = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until a call may start."""
        self._refill(now)
        if self._rate is None or self._tokens >= 1:
            return 0.0
        return (1 - self._tokens) / self._rate

    def reserve(self, now: float) -> float:
        """Take the next moment; seconds until it comes."""
        seconds = self.wait(now)
        if self._rate is not None:
            self._tokens -= 1
        return seconds

    def _refill(self, now: float) -> None:
        if self._rate is None:
            return
        if self._at != float("-inf"):
            self._tokens = min(self._burst, self._tokens + max(now - self._at, 0) * self._rate)
        self._at = max(now, self._at)
