"""The school's year: periods, days off, and the days on which something can be due."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

TIME_ZONE = "America/Chicago"


@dataclass(frozen=True, slots=True)
class Period:
    """A marking period; both days are inside it."""

    id: str
    title: str
    first: date
    last: date
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Off:
    """Days without school."""

    first: date
    last: date
    title: str

    def days(self) -> Iterator[date]:
        """Each of them."""
        return days(self.first, self.last)


PERIODS = (
    Period("mp-0", "Summer bridge", date(2025, 8, 11), date(2025, 8, 22), locked=True),
    Period("mp-1", "Quarter 1", date(2025, 9, 2), date(2025, 11, 7)),
    Period("mp-2", "Quarter 2", date(2025, 11, 10), date(2026, 1, 23)),
    Period("mp-3", "Quarter 3", date(2026, 1, 26), date(2026, 4, 2)),
    Period("mp-4", "Quarter 4", date(2026, 4, 6), date(2026, 6, 12)),
)
DAYS_OFF = (
    Off(date(2025, 11, 11), date(2025, 11, 11), "Veterans Day"),
    Off(date(2025, 11, 27), date(2025, 11, 28), "Thanksgiving break"),
    Off(date(2025, 12, 22), date(2026, 1, 2), "Winter break"),
    Off(date(2026, 1, 19), date(2026, 1, 19), "Martin Luther King Jr. Day"),
    Off(date(2026, 2, 16), date(2026, 2, 16), "Presidents' Day"),
    Off(date(2026, 3, 16), date(2026, 3, 20), "Spring break"),
    Off(date(2026, 5, 25), date(2026, 5, 25), "Memorial Day"),
)
#: Monday to Friday, as ISO counts.
SCHOOL_DAYS = (1, 2, 3, 4, 5)


def days(first: date, last: date) -> Iterator[date]:
    """Every day of a span."""
    for count in range((last - first).days + 1):
        yield first + timedelta(days=count)


def due_dates(count: int) -> list[date]:
    """`count` days of the first semester on which there is school, evenly spread."""
    off = {day for span in DAYS_OFF for day in span.days()}
    open_days = [
        day
        for day in days(date(2025, 9, 8), date(2026, 1, 16))
        if day.isoweekday() in SCHOOL_DAYS and day not in off
    ]
    return [open_days[place * (len(open_days) - 1) // max(count - 1, 1)] for place in range(count)]


def instant(local: str) -> int:
    """Milliseconds since 1970 of a local date and time of the district."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(TIME_ZONE))
    return int(moment.timestamp() * 1000)
