"""Scores of one assignment: sent as a bare array, and all of them come back [D:AER-GB].

A student who is not in the gradebook refuses the array, 400, and nothing is written (sis-apis 8.2; that it is the
whole array is [I]). A null NumberCorrect clears the cell [I]. Scores outside the gradebook's minimum and maximum,
where it sets them, are 400 [I]; else more than possible is allowed [I]. A mark such as NA cannot be written; a
number replaces it [I].
"""

from dataclasses import replace

from tests.simulators.aeries import bodies, rendering
from tests.simulators.aeries.assignments import AeriesVisit, Ids, check_open, item_of
from tests.simulators.call import Reply
from tests.simulators.checks import FieldError
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.world import Json, LineItem, Result


def post_scores(visit: AeriesVisit, ids: Ids) -> Reply:
    """POST .../assignments/{a}/Scores, by number or by UniqueID."""
    item = item_of(visit, ids)
    given = bodies.scores(visit.body())
    check_open(visit, item)
    students = [_student(visit, item, one) for one in given]
    unknown = [str(one["StudentID"]) for one, name in zip(given, students, strict=True) if name is None]
    if unknown:
        raise Refusal(400, f"StudentID {', '.join(unknown)} not found in this gradebook")
    for one in given:
        _check_range(visit, item, one)
    change = visit.change("post")
    for one, student in zip(given, students, strict=True):
        change.put_result(_kept(visit, item, str(student), one))
    change.write()
    return json_reply(200, _all(visit, item))


def list_scores(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /gradebooks/{n}/assignments/{a}/scores: a row for every student of the gradebook."""
    return json_reply(200, _all(visit, item_of(visit, ids), visit.plan.lag))


def read_score(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /gradebooks/{n}/assignments/{a}/scores/{StudentID}."""
    item = item_of(visit, ids[:2])
    student = _named(visit, ids[2])
    if student is None or not visit.store.has(item.class_id, student):
        raise Refusal(404, f"StudentID {ids[2]} was not found")
    found = visit.district.results.get(visit.district.cells.get((item.sourced_id, student), ""))
    return json_reply(200, rendering.score(visit.store, item, student, found))


def _all(visit: AeriesVisit, item: LineItem, lag: float = 0.0) -> list[Json]:
    held = {one.student_id: one for one in visit.district.results.as_of(lag, item.sourced_id)}
    students = visit.store.students(item.class_id)
    return [rendering.score(visit.store, item, one, held.get(one)) for one in students]


def _student(visit: AeriesVisit, item: LineItem, given: Json) -> str | None:
    name = _named(visit, str(given["StudentID"]))
    return name if name is not None and visit.store.has(item.class_id, name) else None


def _named(visit: AeriesVisit, number: str) -> str | None:
    return visit.district.numbers.name("student", int(number)) if number.isdecimal() else None


def _check_range(visit: AeriesVisit, item: LineItem, given: Json) -> None:
    limits = visit.district.classes[item.class_id].gradebook.get("minMax")
    value = given["NumberCorrect"]
    if value is None or not isinstance(limits, list):
        return
    least, most = (float(str(one)) for one in limits)
    if not least <= float(str(value)) <= most:
        raise FieldError("NumberCorrect", f"must be between {least:g} and {most:g}")


def _kept(visit: AeriesVisit, item: LineItem, student: str, given: Json) -> Result:
    cell = (item.sourced_id, student)
    held = visit.district.cells.get(cell)
    before = visit.district.results.get(held) if held else None
    value = given["NumberCorrect"]
    today = str(visit.district.today())
    if before is None:
        name = visit.district.allocate("R")
        before = Result(name, item.sourced_id, student, item.class_id, "partially graded", today)
    native = dict(before.native or {})
    if "DateCompleted" in given:
        native["DateCompleted"] = given["DateCompleted"]
    return replace(
        before,
        score=None if value is None else float(str(value)),
        text_score=None,
        score_status="partially graded" if value is None else "fully graded",
        native=native or None,
    )
