"""Sections, people, periods and days: read only, under any module, fields [I] beyond those the reference names."""

from tests.simulators.skyward.qmlativ.rows import Book, Kind, Row
from tests.simulators.skyward.qmlativ.years import DISTRICT_ID, number_of_year, year_of
from tests.simulators.world import Json, Session


def _sections(book: Book, _lag: float) -> list[Row]:
    return [
        Row(
            one.school_id,
            {
                "SectionID": book.number("section", one.sourced_id),
                "Code": one.sourced_id,
                "Description": one.title,
                "EntityID": book.number("school", one.school_id),
                "SchoolYearID": year_of(book.district),
            },
        )
        for one in book.district.classes.values()
    ]


def _seats(book: Book, _lag: float) -> list[Row]:
    district = book.district
    return [
        Row(
            district.classes[one.class_id].school_id,
            {
                "StudentSectionID": book.number("seat", one.sourced_id),
                "StudentID": book.number("student", one.user_id),
                "SectionID": book.number("section", one.class_id),
            },
        )
        for one in district.enrolments.values()
        if one.role == "student"
    ]


def _periods(book: Book, _lag: float) -> list[Row]:
    return [
        Row(one.school_id, _period(book, one) | {"Code": one.title, "Description": one.title})
        for one in book.district.sessions.values()
        if one.kind == "gradingPeriod"
    ]


def _academic_sessions(book: Book, _lag: float) -> list[Row]:
    return [
        Row(
            one.school_id,
            _period(book, one)
            | {
                "AcademicSessionID": book.number("session", one.sourced_id),
                "SessionType": one.kind,
                "GradingPeriodID": _id_of_period(book, one),
                "SectionLengthID": None,
                "Title": one.title,
            },
        )
        for one in book.district.sessions.values()
    ]


def _id_of_period(book: Book, session: Session) -> int | None:
    return book.number("session", session.sourced_id) if session.kind == "gradingPeriod" else None


def _period(book: Book, session: Session) -> Json:
    return {
        "GradingPeriodID": book.number("session", session.sourced_id),
        "StartDate": f"{session.first_day}T00:00:00",
        "EndDate": f"{session.last_day}T00:00:00",
        "EntityID": book.number("school", session.school_id) or DISTRICT_ID,
        "SchoolYearID": number_of_year(session.school_year),
    }


def _days(book: Book, _lag: float) -> list[Row]:
    return [
        Row(
            one.school_id,
            {
                "CalendarDayID": book.number("day", f"{one.day} {one.school_id}"),
                "Date": f"{one.day}T00:00:00",
                "IsSchoolDay": False,
                "Description": one.title,
                "EntityID": book.number("school", one.school_id) or DISTRICT_ID,
            },
        )
        for one in book.district.holidays
    ]


KINDS = (
    Kind("Section", "SectionID", _sections),
    Kind("StudentSection", "StudentSectionID", _seats),
    Kind("GradingPeriod", "GradingPeriodID", _periods),
    Kind("AcademicSession", "AcademicSessionID", _academic_sessions),
    Kind("CalendarDay", "CalendarDayID", _days),
)
