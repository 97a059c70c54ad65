"""Due dates: which local day an item is due, and whether the school's gradebook is open on that day."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.district import DayOff, MarkingPeriod, School
from streams.rules.policies import DUE_ON_DAY_OFF, chosen
from streams.rules.problem import (
    DISTRICT_UNKNOWN,
    DUE_DATE_INVALID,
    DUE_DATE_MISSING,
    DUE_DATE_OUTSIDE_MARKING_PERIOD,
    Problem,
    shown,
)
from streams.rules.spans import Span, merged, minus

#: Years a due date or a calendar may lie in. Outside it is a typing error, and arithmetic near year 1 overflows.
FIRST_YEAR, LAST_YEAR = 1900, 2199
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# a day to spare on both sides: the local date, not the instant, is held to the years
_FIRST_MS = int((datetime(FIRST_YEAR - 1, 12, 30, tzinfo=UTC) - _EPOCH).total_seconds()) * 1000
_LAST_MS = int((datetime(LAST_YEAR + 1, 1, 3, tzinfo=UTC) - _EPOCH).total_seconds()) * 1000
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def local_due(due: str | int | None, zone: str) -> date | Problem:
    """The local day an item is due.

    `due` is a local date YYYY-MM-DD, which no time zone touches, or an instant in milliseconds since
    1970-01-01T00:00Z, which becomes the day that the clocks of `zone` (an IANA name) show at that instant.
    """
    if due is None:
        return Problem(DUE_DATE_MISSING)
    if isinstance(due, str):
        day = plain_date(due)
        return Problem(DUE_DATE_INVALID, {"due": shown(due)}) if day is None else day
    if isinstance(due, bool) or not _FIRST_MS <= due <= _LAST_MS:
        # str() of an int beyond 4,300 digits raises
        return Problem(DUE_DATE_INVALID, {"due": str(due) if abs(due) < 10**20 else "out of range"})
    clock = time_zone(zone)
    if clock is None:
        # a district whose clocks are unknown cannot say what day it is; its administrator mends that
        return Problem(DISTRICT_UNKNOWN, {"time_zone": shown(zone)})
    day = (_EPOCH + timedelta(milliseconds=due)).astimezone(clock).date()
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return Problem(DUE_DATE_INVALID, {"due": str(due)})
    return day


def plain_date(text: str) -> date | None:
    """The date YYYY-MM-DD names, or None: other forms, days that do not exist, and years out of range."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


@lru_cache(maxsize=1024)
def time_zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, or None."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path or unprintable; a folder such as "America"
        return None


def due_date_problem(day: date, school: School, policies: Mapping[str, str]) -> Problem | None:
    """Why an item may not be due on that day, or None. Builds the calendar: keep a SchoolCalendar to ask often."""
    return SchoolCalendar.of(school, policies).problem(day)


@dataclass(frozen=True, slots=True, eq=False)
class SchoolCalendar:
    """A school's open days, indexed. All days are proleptic ordinals (date.toordinal).

    `free` are disjoint spans in order: inside an open period, off no day off; each begins and ends on a weekday
    of the school. Of periods that overlap, one open period is enough to be open.
    """

    free: tuple[Span, ...]
    starts: tuple[int, ...]
    weekdays: frozenset[int]
    open: tuple[Span, ...]
    locked: tuple[tuple[Span, str], ...]
    days_off: tuple[tuple[Span, str], ...]

    @classmethod
    def of(cls, school: School, policies: Mapping[str, str]) -> "SchoolCalendar":
        """The calendar of a school. Periods and days off that are no real span are left out."""
        weekdays = frozenset(day for day in school.school_days if 1 <= day <= 7)
        opened = merged(
            span for period in school.marking_periods if not period.locked for span in _span(period)
        )
        titled = (
            (span, period.title)
            for period in school.marking_periods
            if period.locked
            for span in _span(period)
        )
        off = () if chosen(policies, DUE_ON_DAY_OFF) == "allow" else school.days_off
        days_off = tuple((span, day.title) for day in off for span in _span(day))
        unbroken = minus(opened, merged(span for span, _ in days_off))
        free = tuple(trimmed for span in unbroken for trimmed in _trimmed(span, weekdays))
        return cls(free, tuple(first for first, _ in free), weekdays, opened, tuple(titled), days_off)

    def problem(self, day: date) -> Problem | None:
        """Why an item may not be due on that day, or None."""
        ordinal = day.toordinal()
        if self.is_valid(ordinal):
            return None
        params = {"due": day.isoformat(), **self._cause(ordinal)}
        nearest = self.nearest(ordinal)
        if nearest is not None:
            params["nearest"] = date.fromordinal(nearest).isoformat()
        return Problem(DUE_DATE_OUTSIDE_MARKING_PERIOD, params)

    def is_valid(self, ordinal: int) -> bool:
        """Whether an item may be due on that day."""
        at = bisect_right(self.starts, ordinal) - 1
        return at >= 0 and ordinal <= self.free[at][1] and _weekday(ordinal) in self.weekdays

    def nearest(self, ordinal: int) -> int | None:
        """The valid day nearest to that day, of two equally near the earlier; None when there is none."""
        at = bisect_right(self.starts, ordinal) - 1
        inside = at >= 0 and ordinal <= self.free[at][1]
        # a span begins and ends on a valid day, so inside it each walk ends within a week
        earlier = self._walk(ordinal, -1) if inside else (self.free[at][1] if at >= 0 else None)
        later = (
            self._walk(ordinal, 1) if inside else (self.starts[at + 1] if at + 1 < len(self.free) else None)
        )
        if earlier is None or later is None:
            return later if earlier is None else earlier
        return earlier if ordinal - earlier <= later - ordinal else later

    def _walk(self, ordinal: int, step: int) -> int:
        while _weekday(ordinal) not in self.weekdays:
            ordinal += step
        return ordinal

    def _cause(self, ordinal: int) -> dict[str, str]:
        if not _holds(self.open, ordinal):
            title = _title(self.locked, ordinal)
            return {"cause": "outside"} if title is None else {"cause": "locked", "period": title}
        title = _title(self.days_off, ordinal)
        return {
            "cause": "day_off",
            "day_off_title": _WEEKDAYS[_weekday(ordinal) - 1] if title is None else title,
        }


def _span(period: MarkingPeriod | DayOff) -> Sequence[Span]:
    """The one span of days, or none when its dates are no dates or the wrong way round."""
    first, last = plain_date(period.first_day), plain_date(period.last_day)
    if first is None or last is None or last < first:
        return ()
    return ((first.toordinal(), last.toordinal()),)


def _trimmed(span: Span, weekdays: frozenset[int]) -> Iterable[Span]:
    first, last = span
    firsts = [day for day in range(first, min(first + 7, last + 1)) if _weekday(day) in weekdays]
    lasts = [day for day in range(last, max(last - 7, first - 1), -1) if _weekday(day) in weekdays]
    return [(firsts[0], lasts[0])] if firsts else []


def _weekday(ordinal: int) -> int:
    return (ordinal - 1) % 7 + 1


def _holds(spans: Iterable[Span], ordinal: int) -> bool:
    return any(first <= ordinal <= last for first, last in spans)


def _title(spans: Iterable[tuple[Span, str]], ordinal: int) -> str | None:
    return next((title for (first, last), title in spans if first <= ordinal <= last), None)
