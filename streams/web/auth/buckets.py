"""Rate limits: a token bucket per person. Pure arithmetic on the time it is given."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

#: Buckets kept; a full one says nothing and is the first to go.
KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` on average, `burst` at once."""

    per_second: float
    burst: float


@dataclass(slots=True)
class Buckets:
    """One bucket per name, all of one rate."""

    rate: Rate
    _left: OrderedDict[Hashable, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, name: Hashable, now: float) -> float:
        """Take one; 0 when there was one, else the seconds until there is."""
        left, at = self._left.pop(name, (self.rate.burst, now))
        left = min(self.rate.burst, left + max(0.0, now - at) * self.rate.per_second)
        wait = 0.0 if left >= 1.0 else (1.0 - left) / self.rate.per_second
        self._left[name] = (left - 1.0 if wait == 0.0 else left, now)
        while len(self._left) > KEPT:
            self._left.popitem(last=False)
        return wait
