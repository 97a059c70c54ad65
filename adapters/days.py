"""Days of a SIS's calendar, as a district's configuration holds them."""

from collections.abc import Mapping
from datetime import date, timedelta

from schemas.district import DayOff


def a_day(text: str) -> str:
    """The date at the start of a date or instant, "" for none."""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return ""


def spans(closed: Mapping[str, str]) -> tuple[DayOff, ...]:
    """Dates with their titles as spans, Saturdays and Sundays left out; neighbours of one title are one span."""
    found: list[DayOff] = []
    for text in sorted(closed):
        day = date.fromisoformat(text)
        if day.weekday() >= 5:
            continue
        before = (day - timedelta(days=1)).isoformat()
        joins = bool(found) and (found[-1].last_day, found[-1].title) == (before, closed[text])
        first = found.pop().first_day if joins else text
        found.append(DayOff(first_day=first, last_day=text, title=closed[text]))
    return tuple(found)
