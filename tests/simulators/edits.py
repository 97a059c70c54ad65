"""Edits made "in the SIS" by a person at its screen, as a test's hand makes them.

``POST /_sim/districts/{code}/edit`` with one of::

    {"action": "change_line_item", "lineItem": id, "set": {"title", "dueDate", "assignDate", "description",
                                                           "points", "category", "native"}}
    {"action": "delete_line_item", "lineItem": id}
    {"action": "change_score", "lineItem": id, "student": id,
     "set": {"score", "scoreStatus", "scoreDate", "comment", "late", "missing", "incomplete", "textScore",
             "native"}}
                                         makes the cell when it is empty; null empties a field
    {"action": "delete_score", "lineItem": id, "student": id}
    {"action": "drop_student", "class": id, "student": id}
    {"action": "add_student", "class": id, "student": id}
    {"action": "lock_period", "gradingPeriod": id, "locked": true}

``lineItem`` is the ``id`` of the neutral view, ``student``, ``class`` and ``category`` are ids of the seed, in
every system. ``points`` may also be called ``resultValueMax``; the dates are date-times or plain dates;
``native`` is merged into what only this system keeps (see its package).

A person at the screen is bound by none of the API's rules.  Each edit is in the commit log with ``by = sis``.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final, NoReturn

from tests.simulators.commit_log import CommitLog
from tests.simulators.gradebook import Change
from tests.simulators.oneroster import bodies
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.world import DAY_LENGTH, District, Json, LineItem, Result

LINE_ITEM_FIELDS: Final = {
    "title": "title",
    "dueDate": "due_date",
    "assignDate": "assign_date",
    "description": "description",
    "resultValueMax": "result_value_max",
    "points": "result_value_max",
    "category": "category_id",
    "native": "native",
}
RESULT_FIELDS: Final = {
    "score": "score",
    "scoreStatus": "score_status",
    "scoreDate": "score_date",
    "comment": "comment",
    "late": "late",
    "missing": "missing",
    "incomplete": "incomplete",
    "textScore": "text_score",
    "native": "native",
}
#: Names beside those of OneRoster, with the field whose check they share.
_CHECKED_AS: Final = {"points": "resultValueMax", "native": "metadata"}
_DAYS: Final = ("dueDate", "assignDate")
_MOMENTS: Final = ("due_date", "assign_date")


class BadEditError(ValueError):
    """The edit cannot be made; the text says why."""


def make_edit(district: District, log: CommitLog, given: Json) -> None:
    """Make one edit, or BadEditError."""
    act = _ACTIONS.get(str(given.get("action")))
    if act is None:
        _refuse(f"action must be one of {sorted(_ACTIONS)}")
    change = Change(district, log, "sis", "edit")
    act(district, change, given)
    change.write()


def _change_line_item(district: District, change: Change, given: Json) -> None:
    item = _line_item(district, given)
    values = _values(given, LINE_ITEM_FIELDS, bodies.LINE_ITEM, reference="category")
    values |= {name: district.kept_moment(str(values[name])) for name in _MOMENTS if name in values}
    if "native" in values:
        values["native"] = (item.native or {}) | (values["native"] or {})  # type: ignore[operator]
    change.put_line_item(replace(item, **values))  # type: ignore[arg-type]


def _delete_line_item(district: District, change: Change, given: Json) -> None:
    change.delete_line_item(_line_item(district, given).sourced_id)


def _change_score(district: District, change: Change, given: Json) -> None:
    item, student = _line_item(district, given), _id(given, "student")
    kept = district.cells.get((item.sourced_id, student))
    found = district.results.get(kept) if kept else None
    if found is None:
        today = item.due_date[:10]
        name = district.allocate("R")
        found = Result(name, item.sourced_id, student, item.class_id, "fully graded", today)
    values = _values(given, RESULT_FIELDS, bodies.RESULT)
    if "native" in values:
        values["native"] = (found.native or {}) | (values["native"] or {})  # type: ignore[operator]
    if not values.keys().isdisjoint(("score", "text_score")):
        # Typing a new score into the cell replaces the text that stood there.
        values["entered"] = None
    change.put_result(replace(found, **values))  # type: ignore[arg-type]


def _delete_score(district: District, change: Change, given: Json) -> None:
    cell = (_line_item(district, given).sourced_id, _id(given, "student"))
    if cell not in district.cells:
        _refuse(f"no score in {cell}")
    change.delete_result(district.cells[cell])


def _drop_student(district: District, change: Change, given: Json) -> None:
    change.drop(_class(district, given), _id(given, "student"))


def _add_student(district: District, change: Change, given: Json) -> None:
    change.enrol(_class(district, given), _id(given, "student"))


def _lock_period(district: District, change: Change, given: Json) -> None:
    found = district.sessions.get(_id(given, "gradingPeriod"))
    if found is None:
        _refuse(f"no grading period {given['gradingPeriod']}")
    change.put_session(replace(found, locked=given.get("locked", True) is True))


_ACTIONS: Final[dict[str, Callable[[District, Change, Json], None]]] = {
    "change_line_item": _change_line_item,
    "delete_line_item": _delete_line_item,
    "change_score": _change_score,
    "delete_score": _delete_score,
    "drop_student": _drop_student,
    "add_student": _add_student,
    "lock_period": _lock_period,
}


def _values(given: Json, names: dict[str, str], shape: bodies.Shape, reference: str | None = None) -> Json:
    changes = given.get("set")
    if not isinstance(changes, dict) or not changes or changes.keys() - names.keys():
        _refuse(f"set must name some of {sorted(names)}")
    values: Json = {}
    for key, value in changes.items():
        try:
            plain = value is None or key == reference or (key in _DAYS and _is_day(value))
            values[names[key]] = (
                value if plain else shape.checks[_CHECKED_AS.get(str(key), str(key))](key, value)
            )
        except RefusalError as refusal:
            raise BadEditError(refusal.description) from refusal
    return values


def _is_day(value: object) -> bool:
    try:
        return len(str(value)) == DAY_LENGTH and bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _line_item(district: District, given: Json) -> LineItem:
    found = district.line_items.get(_id(given, "lineItem"))
    if found is None:
        _refuse(f"no line item {given['lineItem']}")
    return found


def _class(district: District, given: Json) -> str:
    name = _id(given, "class")
    if name not in district.classes:
        _refuse(f"no class {name}")
    return name


def _id(given: Json, key: str) -> str:
    found = given.get(key)
    if not isinstance(found, str):
        _refuse(f"{key} must be an id")
    return found


def _refuse(why: str) -> NoReturn:
    raise BadEditError(why)
