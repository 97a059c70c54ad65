"""Request bodies of the gradebook service, read strictly.

Refused with 400 ``invaliddata`` and the field's name: unknown fields, wrong types, missing required fields,
a body that is not JSON. Tolerated because real consumers do it (sis-apis 6.6, issue 5 section 3):
``status`` and ``dateLastModified`` left out. A category left out is an OneRoster 1.1 habit [D3:GOOG-CT] and
refused here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NoReturn, TypeVar, cast

from tests.simulators.call import Call
from tests.simulators.oneroster import fields
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.fields import Check
from tests.simulators.world import Category, Json, LineItem, Result

Kept = TypeVar("Kept", LineItem, Result)


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one kind of object and which of them must be there."""

    single: str
    plural: str
    checks: Mapping[str, Check]
    required: tuple[str, ...]


_BASE: dict[str, Check] = {
    "sourcedId": fields.identifier,
    "status": fields.status,
    "dateLastModified": fields.date_time,
    "metadata": fields.free_object,
}

LINE_ITEM = Shape(
    "lineItem",
    "lineItems",
    {
        **_BASE,
        "title": fields.text,
        "description": fields.text,
        "assignDate": fields.date_time,
        "dueDate": fields.date_time,
        "class": fields.reference("class"),
        "school": fields.reference("org"),
        "category": fields.reference("category"),
        "gradingPeriod": fields.reference("academicSession"),
        "academicSession": fields.reference("academicSession"),
        "scoreScale": fields.reference("scoreScale"),
        "resultValueMin": fields.number,
        "resultValueMax": fields.number,
        "learningObjectiveSet": fields.objectives("learningObjectiveIds"),
    },
    ("sourcedId", "title", "assignDate", "dueDate", "class", "school", "category"),
)

RESULT = Shape(
    "result",
    "results",
    {
        **_BASE,
        "lineItem": fields.reference("lineItem"),
        "student": fields.reference("user"),
        "class": fields.reference("class"),
        "scoreScale": fields.reference("scoreScale"),
        "scoreStatus": fields.score_status,
        "score": fields.score,
        "textScore": fields.text,
        "scoreDate": fields.day,
        "comment": fields.text,
        "learningObjectiveSet": fields.objectives("learningObjectiveResults"),
        "inProgress": fields.flag,
        "incomplete": fields.flag,
        "late": fields.flag,
        "missing": fields.flag,
    },
    ("sourcedId", "lineItem", "student", "scoreStatus", "scoreDate"),
)

CATEGORY = Shape(
    "category",
    "categories",
    {**_BASE, "title": fields.text, "weight": fields.number},
    ("sourcedId", "title"),
)


def single(call: Call, shape: Shape) -> Json:
    """The checked object in ``{"lineItem": {...}}``."""
    return checked(shape, _envelope(call, shape.single))


def several(call: Call, shape: Shape) -> list[object]:
    """The objects in ``{"lineItems": [...]}``, not yet checked: one of them may be refused by itself."""
    listed = _envelope(call, shape.plural)
    if not isinstance(listed, list):
        raise RefusalError(400, f"{shape.plural}: must be an array")
    return listed


def checked(shape: Shape, given: object) -> Json:
    """The fields of one object, references reduced to ids."""
    if not isinstance(given, dict):
        raise RefusalError(400, f"{shape.single}: must be an object")
    kept: Json = {}
    for key, value in given.items():
        check = shape.checks.get(key)
        if check is None:
            fields.refuse(key, "is not a known field")
        kept[key] = check(key, value)
    for key in shape.required:
        if key not in kept:
            fields.refuse(key, "is missing")
    return kept


def line_item(given: Json) -> LineItem:
    """A line item of checked fields."""
    return LineItem(
        sourced_id=str(given["sourcedId"]),
        class_id=str(given["class"]),
        school_id=str(given["school"]),
        category_id=str(given["category"]),
        title=str(given["title"]),
        assign_date=str(given["assignDate"]),
        due_date=str(given["dueDate"]),
        description=_text(given, "description"),
        grading_period_id=_text(given, "gradingPeriod"),
        academic_session_id=_text(given, "academicSession"),
        result_value_min=cast("float | None", given.get("resultValueMin")),
        result_value_max=cast("float | None", given.get("resultValueMax")),
        learning_objectives=cast("list[object] | None", given.get("learningObjectiveSet")),
        metadata=cast("Json | None", given.get("metadata")),
    )


def result(given: Json, class_id: str) -> Result:
    """A result of checked fields; its class is that of its line item."""
    return Result(
        sourced_id=str(given["sourcedId"]),
        line_item_id=str(given["lineItem"]),
        student_id=str(given["student"]),
        class_id=class_id,
        score_status=str(given["scoreStatus"]),
        score_date=str(given["scoreDate"]),
        score=cast("float | None", given.get("score")),
        text_score=_text(given, "textScore"),
        comment=_text(given, "comment"),
        in_progress=_text(given, "inProgress"),
        incomplete=_text(given, "incomplete"),
        late=_text(given, "late"),
        missing=_text(given, "missing"),
        learning_objectives=cast("list[object] | None", given.get("learningObjectiveSet")),
        metadata=cast("Json | None", given.get("metadata")),
    )


def category(given: Json) -> Category:
    """A category of checked fields."""
    return Category(
        sourced_id=str(given["sourcedId"]),
        title=str(given["title"]),
        weight=cast("float | None", given.get("weight")),
        metadata=cast("Json | None", given.get("metadata")),
    )


def stamped(thing: Kept, modified: str) -> Kept:
    """The same object with a ``dateLastModified``."""
    return replace(thing, modified=modified)


def _envelope(call: Call, key: str) -> object:
    content_type = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise RefusalError(400, "Content-Type: must be application/json")
    try:
        body = json.loads(call.body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusalError(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict) or key not in body:
        raise RefusalError(400, f"{key}: is missing")
    for other in body.keys() - {key}:
        raise RefusalError(400, f"{other}: is not a known field")
    return body[key]


def _no_constant(word: str) -> NoReturn:
    message = f"{word} is not JSON"
    raise ValueError(message)


def _text(given: Json, key: str) -> str | None:
    found = given.get(key)
    return None if found is None else str(found)
