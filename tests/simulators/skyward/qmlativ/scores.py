"""StudentAssignment: one row for each student and assignment, kept as a result of the world [D3:RQ].

Exempt is NoCount or a clarifier with NoCount, missing is IsMissing or a clarifier with it; late and incomplete are
clarifiers that say so [I].  Scores above MaxScore are extra credit [I].  Grade marks are refused: points only.
"""

from dataclasses import replace

from tests.simulators import checks
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.skyward.qmlativ import values
from tests.simulators.skyward.qmlativ.assignments import empty_cell, item_of
from tests.simulators.skyward.qmlativ.periods import PeriodRules
from tests.simulators.skyward.qmlativ.rows import Book, GenericError, Kind, Row
from tests.simulators.world import Clarifier, Json, LineItem, Result

CHECKS: dict[str, checks.Check] = {
    "AssignmentID": checks.whole,
    "StudentSectionID": checks.whole,
    "SectionID": checks.whole,
    "Score": checks.number,
    "GradeMarkID": checks.whole,
    "ScoreClarifierID": checks.whole,
    "IsMissing": checks.truth,
    "NoCount": checks.truth,
    "IsDropped": checks.truth,
    "IsGraded": checks.truth,
    "Comments": checks.text(),
    "SubmissionStatus": checks.text(),
    "SubmissionTime": values.moment,
    "TimeLastScored": values.moment,
}
REQUIRED = ("AssignmentID", "StudentSectionID")
_KEPT = ("ScoreClarifierID", "IsDropped", "IsGraded", "SubmissionStatus", "SubmissionTime", "TimeLastScored")


def fields_of(book: Book, row: Result) -> Json:
    """A row as it is read."""
    native = row.native or {}
    seat = book.district.enrolments.get((row.class_id, row.student_id))
    return {
        "StudentAssignmentID": book.number("result", row.sourced_id),
        "AssignmentID": book.number("item", row.line_item_id),
        "StudentSectionID": book.number("seat", seat.sourced_id if seat else None),
        "SectionID": book.number("section", row.class_id),
        "Score": row.score,
        "GradeMarkID": None,
        "ScoreClarifierID": native.get("ScoreClarifierID"),
        "IsMissing": row.missing == "true",
        "NoCount": row.score_status == "exempt",
        "IsDropped": native.get("IsDropped", False),
        "IsGraded": native.get("IsGraded", row.score is not None),
        "Comments": row.comment,
        "SubmissionStatus": native.get("SubmissionStatus"),
        "SubmissionTime": native.get("SubmissionTime"),
        "TimeLastScored": native.get("TimeLastScored"),
        "PointsEarned": row.score,
        "ModifiedTime": row.modified,
    }


def rows(book: Book, lag: float) -> list[Row]:
    """Every row of every student."""
    district = book.district
    return [
        Row(district.classes[one.class_id].school_id, fields_of(book, one))
        for one in district.results.as_of(lag)
    ]


def find(book: Book, number: int) -> Row | None:
    """One row."""
    name = book.district.numbers.name("result", number)
    found = book.district.results.get(name) if name else None
    return Row(book.district.classes[found.class_id].school_id, fields_of(book, found)) if found else None


def create(book: Book, given: Json) -> int:
    """PUT: a row for a student who has none."""
    checked = values.created(given, CHECKS, REQUIRED)
    item, student = _place(book, checked)
    district = book.district
    held = district.cells.get((item.sourced_id, student))
    if held is not None and district.switches.qmlativ_second_row == "refuse":
        raise GenericError(400, "StudentAssignment: this student already has a row for the assignment")
    before = district.results.get(held) if held else None
    return _keep(book, item, before or empty_cell(district, item, student), checked, "put")


def update(book: Book, number: int, given: Json) -> None:
    """POST: the fields given replace those that are there."""
    row = _row(book, number)
    ids = {key: value for key, value in fields_of(book, row).items() if key.endswith("ID")}
    for key in ("StudentAssignmentID", "AssignmentID", "StudentSectionID", "SectionID"):
        if given.get(key, ids[key]) != ids[key]:
            raise GenericError(400, f"{key}: a row cannot move")
    rest = {key: value for key, value in given.items() if key != "StudentAssignmentID"}
    checked = values.written(rest, CHECKS, REQUIRED)
    item, _ = _place(book, ids)
    _keep(book, item, row, checked, "post")


def delete(book: Book, number: int, _ignore_warnings: bool) -> None:
    """DELETE: the cell is empty again."""
    row = _row(book, number)
    _judge(book, item_of(book, book.district.numbers.of("item", row.line_item_id)), row)
    change = book.change("delete")
    change.delete_result(row.sourced_id)
    change.write()


def _row(book: Book, number: int) -> Result:
    name = book.district.numbers.name("result", number)
    found = book.district.results.get(name) if name else None
    if found is None:
        raise GenericError(404, f"StudentAssignment {number} does not exist")
    return found


def _place(book: Book, given: Json) -> tuple[LineItem, str]:
    """The assignment and the student; a student who was dropped has no seat any more."""
    item = item_of(book, checks.whole("AssignmentID", given["AssignmentID"]))
    wanted = book.district.numbers.name("seat", _seat_number(given)) or ""
    student = wanted.removeprefix(f"E-{item.class_id}-")
    if student == wanted or not book.district.enrolled(item.class_id, student):
        raise GenericError(400, f"StudentSectionID {given['StudentSectionID']} is not in the section")
    section = book.number("section", item.class_id)
    if given.get("SectionID", section) != section:
        raise GenericError(400, "SectionID: is not that of the assignment")
    return item, student


def _seat_number(given: Json) -> int:
    if given["StudentSectionID"] is None:
        raise GenericError(400, "StudentSectionID: the student is no longer in the section")
    return checks.whole("StudentSectionID", given["StudentSectionID"])


def _keep(book: Book, item: LineItem, before: Result, given: Json, verb: str) -> int:
    row = _changed(book, before, given)
    _judge(book, item, row)
    change = book.change(verb)
    kept = change.put_result(row)
    change.write()
    return book.district.numbers.of("result", kept)


def _changed(book: Book, before: Result, given: Json) -> Result:
    if given.get("GradeMarkID") is not None:
        raise GenericError(400, "GradeMarkID: points only")
    held = before.native or {}
    native = held | {key: given[key] for key in _KEPT if key in given}
    old, new = (_clarifier(book, one.get("ScoreClarifierID")) for one in (held, native))
    # What a clarifier that is gone had said is gone with it.
    missing = given.get("IsMissing", before.missing == "true" and not (old and old.missing))
    exempt = given.get("NoCount", before.score_status == "exempt" and not (old and old.no_count))
    said = new.description.casefold() if new else ""
    score = given.get("Score", before.score)
    counted = "fully graded" if score is not None else "partially graded"
    comment = given.get("Comments", before.comment)
    native["collected"] = str(native.get("SubmissionStatus") or "").casefold() == "submitted"
    return replace(
        before,
        score=None if score is None else float(str(score)),
        comment=None if comment is None else str(comment),
        missing="true" if missing or (new and new.missing) else None,
        score_status="exempt" if exempt or (new and new.no_count) else counted,
        late="true" if "late" in said.split() else None,
        incomplete="true" if "incomplete" in said.split() else None,
        native={key: value for key, value in native.items() if value is not None},
    )


def _clarifier(book: Book, number: object) -> Clarifier | None:
    if number is None:
        return None
    for one in book.district.clarifiers:
        if book.number("clarifier", one.code) == number:
            return one
    raise GenericError(400, f"ScoreClarifierID {number} does not exist")


def _judge(book: Book, item: LineItem, row: Result) -> None:
    try:
        PeriodRules(book).check_result(book.district, item, row)
    except RefusalError as refusal:
        raise GenericError(400, refusal.description.replace("dueDate", "DueDate")) from refusal


KIND = Kind("StudentAssignment", "StudentAssignmentID", rows, "Gradebook", create, update, delete, find)
