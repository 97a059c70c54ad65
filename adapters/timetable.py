"""When a district may be called, and with how many calls at once: its quiet hours and its peak hours.

What a system asks for itself stands in schemas/systems.toml; a district's policies say otherwise. This is the only
place where calls are limited by the hour: an item's calls follow one another, so items at once are calls at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schemas.district import DistrictConfig
from schemas.hours import Hours
from schemas.policies import NONE, PEAK_CONCURRENCY, PEAK_HOURS, QUIET_HOURS
from schemas.systems import system

#: Calls at once for a district that names no number, and in the peak hours of one that names only those.
CONCURRENCY, AT_PEAK = 4, 1
_UTC = ZoneInfo("UTC")
_WORKDAYS = frozenset(range(1, 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """`clock` gives seconds since the epoch. `peak` holds on `days`, ISO weekdays; `most` is the system's own limit."""

    zone: ZoneInfo = _UTC
    quiet: Hours | None = None
    peak: Hours | None = None
    peak_cap: int = AT_PEAK
    days: frozenset[int] = frozenset(range(1, 8))
    most: int | None = None
    clock: Callable[[], float] = time.time

    def wait(self) -> float:
        """Seconds until the quiet hours end, 0 outside them."""
        return self.quiet.left(self.zone, self.clock()) if self.quiet else 0.0

    def cap(self, most: int) -> int:
        """Calls at once just now, of the `most` that the district allows."""
        allowed = most if self.most is None else min(most, self.most)
        return min(allowed, self.peak_cap) if self._peaks(self.clock()) else allowed

    def _peaks(self, now: float) -> bool:
        if self.peak is None or datetime.fromtimestamp(now, self.zone).isoweekday() not in self.days:
            return False
        return self.peak.left(self.zone, now) > 0


def timetable(config: DistrictConfig | None, clock: Callable[[], float] = time.time) -> Timetable:
    """Of a district's policies, which were checked when they were applied, and of its system."""
    if config is None:
        return Timetable(clock=clock)
    policies, own = config.policies, system(config.sis.kind)
    school_days = frozenset(day for school in config.schools for day in school.school_days)
    return Timetable(
        zone=ZoneInfo(config.time_zone),
        quiet=_hours(policies.get(QUIET_HOURS)),
        peak=_hours(policies.get(PEAK_HOURS, own.peak_hours)),
        peak_cap=int(policies.get(PEAK_CONCURRENCY, own.peak_concurrency or AT_PEAK)),
        days=school_days or _WORKDAYS,
        most=own.concurrency,
        clock=clock,
    )


def _hours(text: str | None) -> Hours | None:
    return Hours.parse(text) if text and text != NONE else None
