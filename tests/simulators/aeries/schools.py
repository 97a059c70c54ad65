"""Reads about schools: gradebooks of a section or a teacher, terms, marking periods, calendar, system [D:AER-SCH].

Fields of a marking period and of a gradebook's students are [I]. Weekends are ``@`` in the calendar, holidays ``#``.
Calendar of school 0 is the district's: it has the holidays of all schools only.
"""

from datetime import date, timedelta

from tests.simulators.aeries import rendering
from tests.simulators.aeries.assignments import AeriesVisit, Ids, gradebook_of
from tests.simulators.calendar import holiday_on, is_weekend
from tests.simulators.call import Reply
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.world import Json, Session

VERSION = "9.24.10.1"
DISTRICT = "0"


def get_system(visit: AeriesVisit, _ids: Ids) -> Reply:
    """GET /systeminfo, without a certificate: version and time zone [D:AER-BUILD]."""
    return json_reply(200, {"AeriesVersion": VERSION, "LocalTimeZone": str(visit.district.timezone)})


def gradebooks_of_section(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /schools/{SchoolCode}/sections/{SectionNumber}/gradebooks."""
    school = _school(visit, ids[0])
    name = visit.district.numbers.name("section", int(ids[1])) if ids[1].isdecimal() else None
    found = visit.district.classes.get(name or "")
    if found is None or found.school_id != school:
        raise Refusal(404, f"Section {ids[1]} was not found")
    return json_reply(200, [rendering.gradebook(visit.store, visit.store.owner(found))])


def gradebooks_of_teacher(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /staff/{StaffID}/gradebooks."""
    name = visit.district.numbers.name("teacher", int(ids[0])) if ids[0].isdecimal() else None
    if name is None:
        raise Refusal(404, f"Staff {ids[0]} was not found")
    taught = [one for one in visit.district.classes.values() if name in visit.store.teachers(one)]
    owners = {visit.store.owner(one).sourced_id: visit.store.owner(one) for one in taught}
    return json_reply(200, [rendering.gradebook(visit.store, one) for one in owners.values()])


def get_gradebook(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /gradebooks/{GradebookNumber}."""
    return json_reply(200, rendering.gradebook(visit.store, gradebook_of(visit, ids[0])))


def get_students(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /gradebooks/{n}/{Term}/students[/{StudentID}]."""
    section = gradebook_of(visit, ids[0])
    numbers = [visit.store.number("student", one) for one in visit.store.students(section.sourced_id)]
    rows = [{"GradebookNumber": int(ids[0]), "Term": ids[1], "StudentID": one} for one in numbers]
    if len(ids) == 2:
        return json_reply(200, rows)
    found = next((one for one in rows if str(one["StudentID"]) == ids[2]), None)
    if found is None:
        raise Refusal(404, f"StudentID {ids[2]} was not found")
    return json_reply(200, found)


def get_terms(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /schools/{c}/terms: the year, its terms and its marking periods."""
    school = _school(visit, ids[0])
    sessions = _sessions(visit, school)
    rows = []
    if sessions:
        first, last = min(one.first_day for one in sessions), max(one.last_day for one in sessions)
        rows.append(_term(visit, "Y", "Year", (first, last)))
    for code, one in visit.store.coded_sessions(school):
        rows.append(_term(visit, code, one.title, (one.first_day, one.last_day)))
    return json_reply(200, [{"SchoolCode": int(ids[0])} | one for one in rows])


def get_marking_periods(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /schools/{c}/ReportCardMarkingPeriods."""
    periods = [one for one in _sessions(visit, _school(visit, ids[0])) if one.kind == "gradingPeriod"]
    rows = [
        {
            "SchoolCode": int(ids[0]),
            "MarkingPeriod": str(at),
            "Description": one.title,
            "StartDate": rendering.shown_date(visit.district, one.first_day),
            "EndDate": rendering.shown_date(visit.district, one.last_day),
            "IsClosed": one.locked,
        }
        for at, one in enumerate(periods, start=1)
    ]
    return json_reply(200, rows)


def get_calendar(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /schools/{c}/calendar: a row for every day of the year."""
    school = None if ids[0] == DISTRICT else _school(visit, ids[0])
    sessions = _sessions(visit, school)
    rows: list[Json] = []
    if sessions:
        day, last = min(one.first_day for one in sessions), max(one.last_day for one in sessions)
        while day <= last:
            rows.append(_calendar_day(visit, int(ids[0]), day, school))
            day += timedelta(days=1)
    in_session = 0
    for row in rows:
        in_session += not row["HolidayCode"]
        row["CalendarDayNumber"] = in_session if not row["HolidayCode"] else 0
    return json_reply(200, rows)


def _calendar_day(visit: AeriesVisit, number: int, day: date, school: str | None) -> Json:
    holiday = holiday_on(visit.district, day, school or "")
    free = "@" if is_weekend(day) else ""
    return {
        "SchoolCode": number,
        "CalendarDate": rendering.shown_date(visit.district, day),
        "CalendarDayNumber": 0,
        "HolidayCode": "#" if holiday else free,
        "PeriodBlockPattern": "",
        "ABDay": "",
        "TrackHolidays": [],
    }


def _term(visit: AeriesVisit, code: str, title: str, days: tuple[date, date]) -> Json:
    return {
        "TermCode": code,
        "TermDescription": title,
        "StartDate": rendering.shown_date(visit.district, days[0]),
        "EndDate": rendering.shown_date(visit.district, days[1]),
        "FirstHalfEndDate": rendering.shown_date(visit.district, None),
        "SecondHalfStartDate": rendering.shown_date(visit.district, None),
        "TrackTerms": [],
    }


def _sessions(visit: AeriesVisit, school: str | None) -> list[Session]:
    """Those of a school; of the district where None."""
    return [
        one for one in visit.district.sessions.values() if school is None or one.school_id in (None, school)
    ]


def _school(visit: AeriesVisit, number: str) -> str:
    found = visit.district.numbers.name("school", int(number)) if number.isdecimal() else None
    if found is None:
        raise Refusal(404, f"School {number} was not found")
    return found
