"""Who called what, how many at once, and the caps above which a district answers 429.

Figures are the simulator's own: eSchoolPLUS publishes no rate limit [I].
"""

import time
from collections import Counter, deque
from collections.abc import Callable

from tests.simulators.world import Limits


class Traffic:
    """Calls of one district."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._inside = 0
        self._admitted: deque[float] = deque()
        self.most_at_once = 0
        self.over_cap = 0
        self.over_rate = 0
        self.calls: Counter[tuple[str, str]] = Counter()
        self.statuses: Counter[int] = Counter()

    def enter(self, method: str, template: str, limits: Limits) -> bool:
        """Count a call; False when a cap refuses it.  Each ``enter`` needs one ``leave``."""
        self.calls[method, template] += 1
        self._inside += 1
        self.most_at_once = max(self.most_at_once, self._inside)
        if limits.max_concurrent is not None and self._inside > limits.max_concurrent:
            self.over_cap += 1
            return False
        if limits.requests_per_second is not None and not self._within(limits.requests_per_second):
            self.over_rate += 1
            return False
        return True

    def leave(self, status: int) -> None:
        """Count the end of a call; status 499 says that nothing was answered."""
        self._inside -= 1
        self.statuses[status] += 1

    def report(self) -> dict[str, object]:
        """The counters as JSON."""
        return {
            "calls": [
                {"method": method, "template": template, "count": count}
                for (method, template), count in sorted(self.calls.items())
            ],
            "total": self.calls.total(),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "max_concurrent": self.most_at_once,
            "refused_by_cap": self.over_cap,
            "refused_by_rate": self.over_rate,
        }

    def _within(self, per_second: int) -> bool:
        now = self._clock()
        while self._admitted and self._admitted[0] <= now - 1.0:
            self._admitted.popleft()
        if len(self._admitted) >= per_second:
            return False
        self._admitted.append(now)
        return True
