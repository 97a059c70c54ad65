"""Grading periods and days without school, as every gradebook reckons them."""

from datetime import date

from tests.simulators.world import District, Holiday, LineItem, Session

SATURDAY = 5


def open_periods(district: District, day: date, school_id: str) -> list[Session]:
    """The unlocked grading periods of a school that hold a day."""
    return [
        one
        for one in district.sessions.values()
        if one.kind == "gradingPeriod" and not one.locked and one.holds(day, school_id)
    ]


def holiday_on(district: District, day: date, school_id: str) -> Holiday | None:
    """The day without school that falls on ``day`` at a school."""
    return next(
        (one for one in district.holidays if one.day == day and one.school_id in (None, school_id)), None
    )


def locked(district: District, item: LineItem) -> bool:
    """Whether the due date of an item lies in a grading period that is locked, and in no open one."""
    day = district.local_day(item.due_date)
    closed = any(
        one.kind == "gradingPeriod" and one.locked and one.holds(day, item.school_id)
        for one in district.sessions.values()
    )
    return closed and not open_periods(district, day, item.school_id)


def is_weekend(day: date) -> bool:
    """Whether a day is out of session without being called a holiday."""
    return day.weekday() >= SATURDAY
