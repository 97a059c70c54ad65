"""How far a follower is: positions against end offsets, and time since it was last known to have everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: How often the ends are asked for, which is also what proves that the broker is there.
PROBE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PartitionProgress:
    """`target` is the end offset seen first, `end` the newest one known."""

    partition: int
    position: int
    target: int
    end: int

    @property
    def behind(self) -> int:
        """Offsets up to the end not passed yet; compaction may have emptied some of them."""
        return max(0, self.end - self.position)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a follower is. `seconds_behind` is how long ago it was last known to have everything: 0 while it
    has, None before it ever had. `silent_seconds`: since the broker last answered; None before it ever did.
    """

    topic: str
    caught_up: bool
    partitions: tuple[PartitionProgress, ...]
    seconds_behind: float | None
    silent_seconds: float | None
    records: int
    unreadable: int
    problem: str | None

    @property
    def behind(self) -> int:
        """Offsets not passed yet, over all partitions."""
        return sum(one.behind for one in self.partitions)


class Positions:
    """The arithmetic of a follower: positions against ends. Used under the follower's lock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.at: dict[int, int] = {}
        self._targets: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        self._asked_at = 0.0
        self._whole_at: float | None = None
        self._answered_at: float | None = None
        self.caught_up = False

    def ends(self, ends: Mapping[int, int], asked_at: float) -> None:
        """End offsets as the broker told them; `asked_at` is when they were asked for."""
        for partition, end in ends.items():
            self._targets.setdefault(partition, end)
        self._ends.update(ends)
        self._asked_at = asked_at
        self._answered_at = self._clock()
        self._judge()

    def reached(self, partition: int, position: int) -> None:
        """Everything before `position` has been handed on."""
        self.at[partition] = position
        self._judge()

    def seconds_behind(self) -> float | None:
        """0 while the last answer found nothing missing and is fresh; else the time since the last that did."""
        if self._whole_at is None:
            return None
        age = self._clock() - self._whole_at
        return 0.0 if age < 3 * PROBE_SECONDS and self._passed(self._ends) else age

    def silent_seconds(self) -> float | None:
        return None if self._answered_at is None else self._clock() - self._answered_at

    def partitions(self) -> tuple[PartitionProgress, ...]:
        return tuple(
            PartitionProgress(partition, self.at.get(partition, 0), self._targets[partition], end)
            for partition, end in sorted(self._ends.items())
        )

    def _passed(self, ends: Mapping[int, int]) -> bool:
        return bool(ends) and all(self.at.get(partition, 0) >= end for partition, end in ends.items())

    def _judge(self) -> None:
        self.caught_up = self.caught_up or self._passed(self._targets)
        if self._passed(self._ends):
            # whoever has passed the ends of a moment has everything up to that moment
            self._whole_at = self._asked_at
