"""Scores: many in one batch, all or nothing [D3:PSD] measured, or one.

The order of refusals [I]: a body that cannot be read 400; an assignment section deleted 500 [D3:PSD] measured,
an assignmentid in its place 403 [D3:PSD] measured; a section the user does not teach 403; a locked reporting term
409; values 409; then students without an association, each named in ``errors`` of one 409 [D3:PSD] measured.
``Student.id [n]`` holds the studentsdcid [I].

Values: the text entered is what counts. ``REAL_SCORE`` is numeric except on grade scales; ``SCORE_CODE`` must be
one of the district's ``marks`` [I]. On a PERCENT assignment the text is the percent, and the points follow from
it [I]. More than the maximum is extra credit [D3:PSD] measured. An empty text without points clears the cell [I].
A field left out keeps what the row has; switch ``omitted_score_fields = "clear"`` empties it instead [I]. The key
of the comment was seen by nobody; here it is ``_assignmentscorecomment {commentvalue}`` [I].
"""

import math
from dataclasses import dataclass, replace

from tests.simulators.call import Reply
from tests.simulators.checks import FieldError
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.powerschool import bodies, rules
from tests.simulators.powerschool.access import XteVisit, acting_teacher, check_teaches
from tests.simulators.world import Json, LineItem, Result

Ids = tuple[str, ...]
#: Flags kept in a field of the world; the two others live in ``native``.
_FLAG_FIELDS = {"islate": "late", "ismissing": "missing", "isincomplete": "incomplete"}
_NATIVE_FLAGS = {"iscollected": "collected", "isabsent": "absent"}


def put_scores(visit: XteVisit, _ids: Ids) -> Reply:
    """PUT /ws/xte/score."""
    teacher = acting_teacher(visit)
    return _put(visit, teacher, bodies.scores(visit.body()))


def put_score(visit: XteVisit, _ids: Ids) -> Reply:
    """PUT /ws/xte/score/assignment: one row, without the list around it [I]."""
    teacher = acting_teacher(visit)
    return _put(visit, teacher, [bodies.score(visit.body())])


def entered_text(result: Result, item: LineItem) -> str | None:
    """What stands in the cell: as it was typed, or the number (the percent of a PERCENT assignment)."""
    if result.entered is not None or result.text_score is not None:
        return result.entered or result.text_score
    percent = (item.native or {}).get("scoretype") == "PERCENT"
    shown = percent_of(result, item) if percent else result.score
    return None if shown is None else f"{shown:g}"


def percent_of(result: Result, item: LineItem) -> float | None:
    """The score of the maximum in percent."""
    if result.score is None or not item.result_value_max:
        return None
    return round(result.score / item.result_value_max * 100, 6)


def _put(visit: XteVisit, teacher: str, given: list[Json]) -> Reply:
    rows = [_Row(one, _section_of(visit, teacher, one), visit.store.student_of(_dcid(one))) for one in given]
    for row in rows:
        rules.check_unlocked(visit, row.item)
    reads = [_read(visit, row) for row in rows]
    offenders = [_offender(row) for row in rows if not visit.store.has(row.item, row.student or "")]
    if offenders:
        raise Refusal(409, "Students are not associated with the assignment", offenders)
    change = visit.change("put")
    for row, read in zip(rows, reads, strict=True):
        change.put_result(_kept(visit, row, read))
    change.write()
    listed = [{key: row.given[key] for key in ("studentsdcid", "_assignmentsection")} for row in rows]
    return json_reply(200, {"assignment_scores": listed})


def _section_of(visit: XteVisit, teacher: str, given: Json) -> LineItem:
    section = given["_assignmentsection"]
    number = int(str(section["assignmentsectionid"])) if isinstance(section, dict) else 0
    found = visit.district.line_items.get(str(number))
    if found is None:
        if visit.store.known_assignment(number):
            raise Refusal(403, f"The user does not teach section of {number} with EDIT rights")
        raise Refusal(500, f"AssignmentSection with id {number} does not exist")
    check_teaches(visit, teacher, found.class_id)
    return found


def _offender(row: "_Row") -> Json:
    student = _dcid(row.given)
    return {
        "field": f"Student.id [{student}] is not associated with the assignment section",
        "params": {"assignment_section_id": int(row.item.sourced_id), "student_dcid": student},
    }


def _read(visit: XteVisit, row: "_Row") -> Json:
    """The fields of the cell that text, kind and points make, checked against the assignment."""
    given, kind = row.given, (row.item.native or {}).get("scoretype")
    if given["scoretype"] != kind:
        raise FieldError("scoretype", "must be that of the assignment")
    entered, points = str(given["actualscoreentered"] or ""), given.get("scorepoints")
    if not entered:
        if points is not None:
            raise FieldError("scorepoints", "must be null where nothing is entered")
        return {"entered": None, "score": None, "text_score": None}
    value = _number(entered)
    if given["actualscorekind"] == "SCORE_CODE":
        if entered not in visit.district.marks:
            raise FieldError("actualscoreentered", "is not a score code of the district")
    elif kind != "GRADESCALE" and value is None:
        raise FieldError("actualscoreentered", "must be a number")
    elif kind == "POINTS" and points is None:
        raise FieldError("scorepoints", "is missing")
    elif kind == "PERCENT" and value is not None:
        points = value / 100 * (row.item.result_value_max or 100)
    return {"entered": entered, "score": points, "text_score": None}


def _kept(visit: XteVisit, row: "_Row", read: Json) -> Result:
    item, given, student = row.item, row.given, str(row.student)
    held = visit.district.cells.get((item.sourced_id, student))
    before = visit.district.results.get(held) if held else None
    named = given.get("assignmentscoreid")
    if named is not None and str(named) != held:
        raise FieldError("assignmentscoreid", "is not the score of this student")
    today = str(visit.district.today())
    empty = Result(held or "", item.sourced_id, student, item.class_id, "partially graded", today)
    clear = visit.district.switches.omitted_score_fields == "clear"
    start = empty if before is None or clear else before
    native = dict(start.native or {}) | {"actualscorekind": given["actualscorekind"]}
    native |= {name: given[key] for key, name in _NATIVE_FLAGS.items() if key in given}
    flags = {name: _word(given[key]) for key, name in _FLAG_FIELDS.items() if key in given}
    exempt = given.get("isexempt", start.score_status == "exempt")
    changes = read | flags | {"native": native, "score_status": "exempt" if exempt else _status(read)}
    if "_assignmentscorecomment" in given:
        comment = given["_assignmentscorecomment"]
        changes["comment"] = comment.get("commentvalue") if isinstance(comment, dict) else None
    if before is not None and {key: getattr(before, key) for key in changes} != changes:
        changes["score_date"] = today
    sourced_id = held or visit.district.allocate("R")
    return replace(start, sourced_id=sourced_id, **changes)  # type: ignore[arg-type]


def _status(read: Json) -> str:
    return "partially graded" if read["score"] is None else "fully graded"


def _word(given: object) -> str:
    return "true" if given else "false"


def _dcid(given: Json) -> int:
    return int(str(given["studentsdcid"]))


def _number(given: str) -> float | None:
    try:
        found = float(given)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


@dataclass(frozen=True, slots=True)
class _Row:
    given: Json
    item: LineItem
    student: str | None
