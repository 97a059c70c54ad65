"""Gradebooks, assignments, scores and terms as Aeries sends them [D:AER-GB] [D:AER-SCH].

Dates are ``yyyy-MM-dd`` [D:AER-GB]; with the switch ``read_dates = "midnight"`` they are date-times, and an empty
date is year 0001 as some versions send it [D:AER-BUILD].
"""

from datetime import date

from tests.simulators.aeries.store import Store, assignment_number, number_correct_possible
from tests.simulators.world import Category, District, Json, LineItem, Result, SchoolClass

NO_DATE = "0001-01-01T00:00:00"
EXCUSED = ("NA", "TX")


def shown_date(district: District, day: object) -> str | None:
    """A date as this version sends it."""
    if district.switches.read_dates == "day":
        return None if day is None else str(day)
    return NO_DATE if day is None else f"{day}T00:00:00"


def gradebook_days(district: District, section: SchoolClass) -> tuple[date | None, date | None]:
    """First and last day of a gradebook: those of the school's terms."""
    terms = [one for one in district.sessions.values() if one.school_id in (None, section.school_id)]
    if not terms:
        return None, None
    return min(one.first_day for one in terms), max(one.last_day for one in terms)


def gradebook(store: Store, section: SchoolClass) -> Json:
    """A gradebook."""
    district = store.district
    start, end = gradebook_days(district, section)
    number = store.number("gradebook", section.sourced_id)
    teacher = next(iter(store.teachers(section)), None)
    settings = section.gradebook
    limits = settings.get("minMax")
    least, most = limits if isinstance(limits, list) else (None, None)
    return {
        "GradebookNumber": number,
        "Name": section.title,
        "Period": 1,
        "SchoolCode": store.number("school", section.school_id),
        "StartDate": shown_date(district, start),
        "EndDate": shown_date(district, end),
        "TeacherNumber": store.number("teacher", teacher) if teacher else 0,
        "TeacherName": "",
        "Comment": "",
        "LinkedGroup": settings.get("linkedGroup", 0),
        "AssignmentCategories": [_category(store, one, number) for one in store.categories(section)],
        "Sections": [
            {
                "SchoolCode": store.number("school", one.school_id),
                "SectionNumber": store.number("section", one.sourced_id),
            }
            for one in store.sections(section)
        ],
        "Settings": {
            "DoingWeight": settings.get("weights", False),
            "DoingMinMaxAssignmentValues": limits is not None,
            "MinAssignmentValue": least,
            "MaxAssignmentValue": most,
            "DoingRubric": settings.get("rubric", False),
            "FormativePercentage": 0,
            "SummativePercentage": 100,
        },
        "Terms": [
            {
                "Code": code,
                "Name": one.title,
                "StartDate": shown_date(district, one.first_day),
                "EndDate": shown_date(district, one.last_day),
            }
            for code, one in store.coded_sessions(section.school_id)
        ],
    }


def assignment(store: Store, item: LineItem) -> Json:
    """An assignment."""
    native, number = item.native or {}, store.number("gradebook", item.class_id)
    category = store.district.categories.get(item.category_id)
    return {
        "GradebookNumber": number,
        "AssignmentNumber": assignment_number(item),
        "UniqueID": item.sourced_id,
        "ExternalID": item.external_id,
        "Description": item.title,
        "AssignmentCategoryCode": store.code(item.category_id),
        "AssignmentCategory": None if category is None else _category(store, category, number),
        "DateAssigned": shown_date(store.district, item.assign_date),
        "DateDue": shown_date(store.district, item.due_date),
        "DueTime": None,
        "NumberCorrectPossible": number_correct_possible(item),
        "PointsPossible": item.result_value_max,
        "GradingCompleted": native.get("GradingCompleted", False),
        "Comment": item.description or "",
        "FormativeSummativeIndicator": native.get("FormativeSummativeIndicator", "S"),
        "RubricAssignment": native.get("RubricAssignment", False),
        "InputScoresByStandard": False,
        "NarrativeGradeSetID": None,
        "ScoresVisibleToParents": True,
        "VisibleToParents": True,
        "AllowStudentDropBox": False,
        "Standards": [],
    }


def score(store: Store, item: LineItem, student: str, found: Result | None) -> Json:
    """A student's cell, also an empty one; IsMissing is derived [D:AER-GB]."""
    mark, value = _mark(found), found.score if found else None
    possible, points = number_correct_possible(item), item.result_value_max or 0
    completed = (item.native or {}).get("GradingCompleted") is True
    excused = mark in EXCUSED
    done = (found.native or {}).get("DateCompleted") if found else None
    counted = None if excused else value
    return {
        "GradebookNumber": store.number("gradebook", item.class_id),
        "AssignmentNumber": assignment_number(item),
        "StudentID": store.number("student", student),
        "Mark": mark,
        "NumberCorrect": counted,
        "NumberCorrectPossible": possible,
        "PercentCorrect": None if counted is None or not possible else round(counted / possible * 100, 2),
        "PointsEarned": None if counted is None or not possible else round(counted / possible * points, 4),
        "PointsPossible": points,
        "DateCompleted": shown_date(store.district, done),
        "IsMissing": not mark and completed,
        "IsRuleReplacingScore": False,
        "RuleNumberApplied": 0,
        "RuleReplacedScore": None,
        "StandardScores": [],
    }


def _mark(found: Result | None) -> str | None:
    if found is None:
        return None
    if found.score_status == "exempt":
        return found.text_score if found.text_score in EXCUSED else "NA"
    if found.text_score is not None:
        return found.text_score
    return None if found.score is None else f"{found.score:g}"


def _category(store: Store, found: Category, number: int) -> Json:
    return {
        "GradebookNumber": number,
        "Code": store.code(found.sourced_id),
        "Description": found.title,
        "Color": "",
        "PercentageOfGrade": found.weight or 0,
    }
