"""Hours of a day by a district's clocks: when nothing is sent, and when little is."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """From `first` until `last`, every day; over midnight when `last` is the earlier."""

    first: time
    last: time

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """`22:00-05:00`. ValueError otherwise, or when the span has no length."""
        found = _SPAN.fullmatch(text)
        if found is None or found[1] + found[2] == found[3] + found[4]:
            raise ValueError(text)
        return cls(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))

    def left(self, zone: ZoneInfo, at: float) -> float:
        """Seconds until the span ends, 0 outside it. `at` in seconds since the epoch.

        The night the clocks change is an hour longer or shorter; an end they skip is as long after the jump.
        """
        here = datetime.fromtimestamp(at, zone)
        clock = here.time()
        over_midnight = self.last < self.first
        inside = (
            (clock >= self.first or clock < self.last) if over_midnight else self.first <= clock < self.last
        )
        if not inside:
            return 0.0
        tomorrow = over_midnight and clock >= self.first
        day = here.date() + timedelta(days=1 if tomorrow else 0)
        end = datetime.combine(day, self.last, zone).astimezone(UTC).timestamp()
        return max(end - at, 1.0)

    def __str__(self) -> str:
        return f"{self.first:%H:%M}-{self.last:%H:%M}"
