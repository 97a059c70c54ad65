"""Objects that are only read, and the grade change request.

Of module Gradebook [D3:RQ]: GradebookCategory, SectionCategory, ScoreClarifier, GradebookConfigEntityGroupYear,
TempAssignmentError, ClosedGradingPeriodGradeChange. The fields of Section, StudentSection, Student, GradingPeriod,
AcademicSession and CalendarDay are [I] beyond those the reference names.
"""

from tests.simulators import checks
from tests.simulators.skyward.groups import code_of
from tests.simulators.skyward.qmlativ import assignments, scores, values
from tests.simulators.skyward.qmlativ.rows import Book, GenericError, Kind, Row
from tests.simulators.world import Category, District, Json, SchoolClass, Session

DISTRICT_ID = 1


def _categories(book: Book, lag: float) -> list[Row]:
    return [
        Row(
            None,
            {
                "CategoryID": book.number("category", one.sourced_id),
                "Code": code_of(book.district, one),
                "Description": one.title,
                "DistrictID": DISTRICT_ID,
                "SchoolYearID": _year(book.district),
            },
        )
        for one in book.district.categories.as_of(lag)
    ]


def _section_categories(book: Book, lag: float) -> list[Row]:
    categories = book.district.categories.as_of(lag)
    return [
        Row(section.school_id, _section_category(book, section, one))
        for section in book.district.classes.values()
        for one in categories
        if section.category_ids is None or one.sourced_id in section.category_ids
    ]


def _section_category(book: Book, section: SchoolClass, category: Category) -> Json:
    return {
        "SectionCategoryID": book.number("section category", f"{section.sourced_id} {category.sourced_id}"),
        "SectionID": book.number("section", section.sourced_id),
        "CategoryID": book.number("category", category.sourced_id),
        "SectionGradeBucketID": None,
        "WeightPercent": category.weight,
    }


def _clarifiers(book: Book, _lag: float) -> list[Row]:
    return [
        Row(
            None,
            {
                "ScoreClarifierID": book.number("clarifier", one.code),
                "Code": one.code,
                "Description": one.description,
                "IsMissing": one.missing,
                "NoCount": one.no_count,
                "EntityID": DISTRICT_ID,
                "SchoolYearID": _year(book.district),
            },
        )
        for one in book.district.clarifiers
    ]


def _config(book: Book, _lag: float) -> list[Row]:
    district = book.district
    return [
        Row(
            None,
            {
                "GradebookConfigEntityGroupYearID": 1,
                "SchoolYearID": _year(district),
                "GradingPeriodEditExtensionDays": district.switches.qmlativ_extension_days,
                "AssignmentMaxScore": district.limits.result_value_max,
                "AssignmentMaxWeight": None,
                "AllowTeachersToOverrideDefaultMaxScore": True,
                "NumberOfDaysUntilUnscoredAssignmentsAreMissing": None,
                "ClosedGradingPeriodGradeChangePermissionType": "Request",
                "CapCalculationAt100Percent": False,
            },
        )
    ]


def _errors(book: Book, _lag: float) -> list[Row]:
    return [Row(None, one) for one in book.errors]


def _requests(book: Book, _lag: float) -> list[Row]:
    return [Row(None, one) for one in book.requests]


_REQUEST: dict[str, checks.Check] = {
    "GradingPeriodID": checks.whole,
    "SectionID": checks.whole,
    "Reason": checks.text(),
    "CompletedTime": values.moment,
}
_REQUEST_NEEDS = ("GradingPeriodID", "SectionID", "Reason")


def _file_request(book: Book, given: Json) -> int:
    checked = values.created(given, _REQUEST, _REQUEST_NEEDS)
    numbers = book.district.numbers
    for field, kind in (("GradingPeriodID", "session"), ("SectionID", "section")):
        if numbers.name(kind, checks.whole(field, checked[field])) is None:
            raise GenericError(400, f"{field} {checked[field]} does not exist")
    number = len(book.requests) + 1
    book.requests.append({"ClosedGradingPeriodGradeChangeID": number, "CompletedTime": None, **checked})
    return number


def _change_request(book: Book, number: int, given: Json) -> None:
    if not 0 < number <= len(book.requests):
        raise GenericError(404, f"ClosedGradingPeriodGradeChange {number} does not exist")
    book.requests[number - 1] |= values.written(given, _REQUEST, _REQUEST_NEEDS)


def _sections(book: Book, _lag: float) -> list[Row]:
    return [
        Row(
            one.school_id,
            {
                "SectionID": book.number("section", one.sourced_id),
                "Code": one.sourced_id,
                "Description": one.title,
                "EntityID": book.number("school", one.school_id),
                "SchoolYearID": _year(book.district),
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
        "SchoolYearID": _number_of_year(session.school_year),
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


def _year(district: District) -> int:
    years = [one.school_year for one in district.sessions.values()]
    return _number_of_year(years[0]) if years else 1


def _number_of_year(school_year: str) -> int:
    return int(school_year) if school_year.isdecimal() else 1


KINDS = {
    one.name: one
    for one in (
        assignments.KIND,
        scores.KIND,
        Kind("GradebookCategory", "CategoryID", _categories, "Gradebook"),
        Kind("SectionCategory", "SectionCategoryID", _section_categories, "Gradebook"),
        Kind("ScoreClarifier", "ScoreClarifierID", _clarifiers, "Gradebook"),
        Kind("GradebookConfigEntityGroupYear", "GradebookConfigEntityGroupYearID", _config, "Gradebook"),
        Kind("TempAssignmentError", "TempAssignmentErrorID", _errors, "Gradebook"),
        Kind(
            "ClosedGradingPeriodGradeChange",
            "ClosedGradingPeriodGradeChangeID",
            _requests,
            "Gradebook",
            _file_request,
            _change_request,
        ),
        Kind("Section", "SectionID", _sections),
        Kind("StudentSection", "StudentSectionID", _seats),
        Kind("GradingPeriod", "GradingPeriodID", _periods),
        Kind("AcademicSession", "AcademicSessionID", _academic_sessions),
        Kind("CalendarDay", "CalendarDayID", _days),
    )
}
