"""Every object there is, and those of module Gradebook that are only read [D3:RQ]."""

from tests.simulators.skyward.groups import code_of
from tests.simulators.skyward.qmlativ import assignments, directory, grade_changes, scores
from tests.simulators.skyward.qmlativ.rows import Book, Kind, Row
from tests.simulators.skyward.qmlativ.years import DISTRICT_ID, year_of
from tests.simulators.world import Category, Json, SchoolClass


def _categories(book: Book, lag: float) -> list[Row]:
    return [
        Row(
            None,
            {
                "CategoryID": book.number("category", one.sourced_id),
                "Code": code_of(book.district, one),
                "Description": one.title,
                "DistrictID": DISTRICT_ID,
                "SchoolYearID": year_of(book.district),
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
                "SchoolYearID": year_of(book.district),
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
                "SchoolYearID": year_of(district),
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
        grade_changes.KIND,
        *directory.KINDS,
    )
}
