"""When a district may be called, and with how many calls at once: its quiet hours and its peak hours."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from schemas.district import DistrictConfig
from schemas.hours import Hours

#: Calls at once for a district that names no number, and in the peak hours of one that names only those.
CONCURRENCY, PEAK_CONCURRENCY = 4, 1
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """`clock` gives seconds since the epoch."""

    zone: ZoneInfo = _UTC
    quiet: Hours | None = None
    peak: Hours | None = None
    peak_cap: int = PEAK_CONCURRENCY
    clock: Callable[[], float] = time.time

    def wait(self) -> float:
        """Seconds until the quiet hours end, 0 outside them."""
        return self.quiet.left(self.zone, self.clock()) if self.quiet else 0.0

    def cap(self, most: int) -> int:
        """Calls at once just now."""
        if self.peak is not None and self.peak.left(self.zone, self.clock()) > 0:
            return min(most, self.peak_cap)
        return most


def timetable(config: DistrictConfig | None, clock: Callable[[], float] = time.time) -> Timetable:
    """Of a district's policies, which were checked when they were applied."""
    if config is None:
        return Timetable(clock=clock)
    policies = config.policies
    return Timetable(
        zone=ZoneInfo(config.time_zone),
        quiet=_hours(policies.get("quiet_hours", "")),
        peak=_hours(policies.get("peak_hours", "")),
        peak_cap=int(policies.get("peak_concurrency", PEAK_CONCURRENCY)),
        clock=clock,
    )


def _hours(text: str) -> Hours | None:
    return Hours.parse(text) if text else None
