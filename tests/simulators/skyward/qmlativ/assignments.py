"""Assignment: fields of the reference, kept as a line item of the world [D3:RQ].

Required: SectionID, CategoryID, Name, DueDate, MaxScore [I].
"""

from collections.abc import Callable
from dataclasses import replace

from tests.simulators import checks
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.skyward.qmlativ import values
from tests.simulators.skyward.qmlativ.periods import PeriodRules, open_on, periods_of
from tests.simulators.skyward.qmlativ.rows import Book, GenericError, Kind, Row
from tests.simulators.world import District, Json, LineItem, Result

CHECKS: dict[str, checks.Check] = {
    "SectionID": checks.whole,
    "CategoryID": checks.whole,
    "Name": checks.text(),
    "Description": checks.text(),
    "Instructions": checks.text(),
    "AssignedDate": values.day,
    "DueDate": values.day,
    "StartTime": checks.text(),
    "EndTime": checks.text(),
    "MaxScore": checks.number,
    "Weight": checks.number,
    "IsDeleted": checks.truth,
    "ScoreDisplayType": checks.text(),
    "AssignmentSyncKey": checks.text(),
    "AcademicStandardID": checks.whole,
    "SubjectID": checks.whole,
    "UseGradeMarkScoring": checks.truth,
}
#: User ids of the API's own account and of whoever works at the screen.
_VENDOR, _TEACHER = 1, 2
REQUIRED = ("SectionID", "CategoryID", "Name", "DueDate", "MaxScore")
#: Fields that the world has no place for, kept as they came.
_KEPT = (
    "Instructions",
    "StartTime",
    "EndTime",
    "Weight",
    "ScoreDisplayType",
    "AcademicStandardID",
    "SubjectID",
    "UseGradeMarkScoring",
)
_NATIVE_NAME = {
    "title": "Name",
    "resultValueMax": "MaxScore",
    "category": "CategoryID",
    "dueDate": "DueDate",
}


def fields_of(book: Book, item: LineItem) -> Json:
    """An assignment as it is read."""
    district, native = book.district, item.native or {}
    scored = [one for one in district.results.of(item.sourced_id) if one.score is not None]
    is_open = any(open_on(district, one) for one in periods_of(district, item))
    return {
        "AssignmentID": book.number("item", item.sourced_id),
        "SectionID": book.number("section", item.class_id),
        "CategoryID": book.number("category", item.category_id),
        "Name": item.title,
        "Description": item.description,
        "AssignedDate": f"{district.local_day(item.assign_date)}T00:00:00",
        "DueDate": f"{district.local_day(item.due_date)}T00:00:00",
        "MaxScore": item.result_value_max,
        "AssignmentSyncKey": item.external_id,
        "IsDeleted": False,
        **{key: native.get(key) for key in _KEPT},
        "CreatedTime": native.get("CreatedTime", item.modified),
        "ModifiedTime": item.modified,
        "UserIDCreatedBy": native.get("UserIDCreatedBy", _TEACHER),
        "UserIDModifiedBy": _VENDOR if item.modified_by == "vendor" else _TEACHER,
        "CanDelete": "Assignment.delete" not in district.denied,
        "IsActiveOrUnlocked": is_open,
        "DueDateInCurrentOpenExtendedGradingPeriod": is_open,
        "ScoredStudentAssignmentCount": len(scored),
        "IsSynced": item.external_id is not None,
    }


def rows(book: Book, lag: float) -> list[Row]:
    """Every assignment."""
    return [Row(one.school_id, fields_of(book, one)) for one in book.district.line_items.as_of(lag)]


def item_of(book: Book, number: int) -> LineItem:
    """The assignment of that id, or 404."""
    name = book.district.numbers.name("item", number)
    found = book.district.line_items.get(name) if name else None
    if found is None:
        raise GenericError(404, f"Assignment {number} does not exist")
    return found


def find(book: Book, number: int) -> Row | None:
    """One assignment."""
    name = book.district.numbers.name("item", number)
    found = book.district.line_items.get(name) if name else None
    return Row(found.school_id, fields_of(book, found)) if found else None


def create(book: Book, given: Json) -> int:
    """PUT: a new assignment under an id of Skyward's own; the same body twice makes two."""
    checked = values.created(given, CHECKS, REQUIRED)
    district = book.district
    today = district.today().isoformat()
    item = _item(book, {"AssignedDate": today} | {k: v for k, v in checked.items() if v is not None})
    _judge(book, item)
    item = replace(item, sourced_id=district.allocate("L"))
    number = district.numbers.of("item", item.sourced_id)
    change = book.change("put")
    change.put_line_item(item)
    if district.switches.qmlativ_rows == "with_assignment":
        for student in district.members(item.class_id):
            change.put_result(empty_cell(district, item, student))
    change.write()
    return number


def update(book: Book, number: int, given: Json) -> None:
    """POST: the fields given replace those that are there."""
    item = item_of(book, number)
    given = {key: value for key, value in given.items() if (key, value) != ("AssignmentID", number)}
    checked = values.written(given, CHECKS, REQUIRED)
    if checked.pop("IsDeleted", False):
        delete(book, number, ignore_warnings=True)
        return
    before = {key: value for key, value in fields_of(book, item).items() if key in CHECKS}
    if checked.get("SectionID", before["SectionID"]) != before["SectionID"]:
        raise GenericError(400, "SectionID: an assignment cannot move to another section")
    changed = replace(_item(book, before | checked), sourced_id=item.sourced_id, metadata=item.metadata)
    made = {key: (item.native or {}).get(key) for key in ("CreatedTime", "UserIDCreatedBy")}
    kept = {key: value for key, value in made.items() if value is not None}
    changed = replace(changed, native=(changed.native or {}) | kept)
    _judge(book, changed)
    change = book.change("post")
    change.put_line_item(changed)
    change.write()


def delete(book: Book, number: int, ignore_warnings: bool) -> None:
    """DELETE: scores are a warning [I]."""
    item = item_of(book, number)
    scored = any(one.score is not None for one in book.district.results.of(item.sourced_id))
    if scored and not ignore_warnings:
        raise GenericError(400, "Warning: the assignment has scores, send ignoreWarnings=true to delete it")
    _reworded(lambda: PeriodRules(book).check_delete(book.district, item))
    change = book.change("delete")
    change.delete_line_item(item.sourced_id)
    change.write()


def empty_cell(district: District, item: LineItem, student: str) -> Result:
    """A student's row before anything is in it."""
    day = str(district.local_day(item.due_date))
    name = district.allocate("R")
    return Result(name, item.sourced_id, student, item.class_id, "partially graded", day)


def _item(book: Book, given: Json) -> LineItem:
    district = book.district
    section = district.numbers.name("section", checks.whole("SectionID", given["SectionID"]))
    if section is None:
        raise GenericError(400, f"SectionID {given['SectionID']} does not exist")
    category = district.numbers.name("category", checks.whole("CategoryID", given["CategoryID"]))
    stamp = district.stamp()
    kept = {key: given[key] for key in _KEPT if given.get(key) is not None}
    sync_key = given.get("AssignmentSyncKey") if district.switches.qmlativ_sync_key else None
    described = given.get("Description")
    return LineItem(
        sourced_id="",
        class_id=section,
        school_id=district.classes[section].school_id,
        category_id=category or "",
        title=str(given["Name"]),
        assign_date=district.kept_moment(str(given["AssignedDate"])[:10]),
        due_date=district.kept_moment(str(given["DueDate"])[:10]),
        description=None if described is None else str(described),
        result_value_max=checks.number("MaxScore", given["MaxScore"]),
        external_id=None if sync_key is None else str(sync_key),
        native={"CreatedTime": stamp, "UserIDCreatedBy": _VENDOR, **kept},
    )


def _judge(book: Book, item: LineItem) -> None:
    try:
        _reworded(lambda: PeriodRules(book).check_line_item(book.district, item))
    except GenericError as error:
        number = len(book.errors) + 1
        book.errors.append({"TempAssignmentErrorID": number, "ErrorNumber": 1, "ErrorText": error.message})
        raise


def _reworded(check: Callable[[], None]) -> None:
    try:
        check()
    except RefusalError as refusal:
        field, colon, why = refusal.description.partition(": ")
        raise GenericError(400, f"{_NATIVE_NAME.get(field, field)}{colon}{why}") from refusal


KIND = Kind("Assignment", "AssignmentID", rows, "Gradebook", create, update, delete, find)
