"""Grading periods and days without school, as every gradebook reckons them."""

from datetime import date

from tests.simulators.world import District, Holiday, Session


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
