"""PUT, POST and DELETE operations of the gradebook service.

PUT is an upsert by the vendor's id and answers 201 without a body even for an update [D:1ED12].

Bulk POST, and how single refusals are told [I] (the reply of the standard has room for accepted objects
only):

* a body that is malformed anywhere (unknown field, wrong type, field missing) is refused whole, 400, and nothing
  is committed;
* ``bulk_refusal = per_item`` (as sis-apis 8.2 has it for eSchoolPLUS): the good ones are committed and the reply
  is 201 with a ``sourcedIdPairs`` entry for each of them, in the order given; a refused one has no pair.  When
  every one is refused the reply is 422 and ``imsx_CodeMinor`` names each: field name = its sourcedId, field value
  = the minor code; ``imsx_description`` holds ``sourcedId: reason`` joined by ``; ``;
* ``bulk_refusal = all_or_nothing``: one refusal makes that same 422 for the whole, naming only the offenders.

Ids of a bulk POST are allocated by the SIS (``allocate_ids = vendor`` keeps the supplied ones). A line item
posted twice is there twice: POST is no upsert [I]. A score posted twice stays one cell under its first id
[I].
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from tests.simulators.call import Reply
from tests.simulators.oneroster import bodies
from tests.simulators.oneroster.bodies import Shape
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.reads import Ids, class_of, line_item_of, result_of, unknown
from tests.simulators.world import District, Json, LineItem, Result

Pair = tuple[str, str]
Thing = TypeVar("Thing", LineItem, Result)


def put_line_item(exchange: Exchange, ids: Ids) -> Reply:
    """PUT /lineItems/{id}."""
    district, dialect = exchange.district, exchange.dialect
    given = _named(bodies.single(exchange.call, dialect.line_item_shape), ids[0])
    item = bodies.line_item(dialect.line_item(district, given))
    if district.deleted_by.get(ids[0]) == "sis" and district.switches.put_after_sis_delete == "refuse":
        raise unknown("lineItem", ids[0])
    _check_line_item(exchange, item)
    _check_same_class(district, item)
    change = exchange.change("put")
    change.put_line_item(item)
    change.write()
    return Reply(201)


def delete_line_item(exchange: Exchange, ids: Ids) -> Reply:
    """DELETE /lineItems/{id}; its results go with it [I]."""
    exchange.rules.check_delete(exchange.district, line_item_of(exchange.district, ids[0]))
    change = exchange.change("delete")
    change.delete_line_item(ids[0])
    change.write()
    return Reply(204)


def put_result(exchange: Exchange, ids: Ids) -> Reply:
    """PUT /results/{id}; a deleted line item is 404."""
    given = _named(bodies.single(exchange.call, exchange.dialect.result_shape), ids[0])
    item = line_item_of(exchange.district, str(given["lineItem"]))
    found = _checked_result(exchange, item, given)
    if found is None:
        return Reply(201)
    _check_same_cell(exchange.district, found)
    change = exchange.change("put")
    change.put_result(found)
    change.write()
    return Reply(201)


def delete_result(exchange: Exchange, ids: Ids) -> Reply:
    """DELETE /results/{id}."""
    found = result_of(exchange.district, ids[0])
    exchange.rules.check_delete(exchange.district, line_item_of(exchange.district, found.line_item_id))
    change = exchange.change("delete")
    change.delete_result(found.sourced_id)
    change.write()
    return Reply(204)


def put_category(exchange: Exchange, ids: Ids) -> Reply:
    """PUT /categories/{id}; classes with a list of their own do not get it."""
    category = bodies.category(_named(bodies.single(exchange.call, bodies.CATEGORY), ids[0]))
    if not category.title.strip():
        raise RefusalError(422, "title: must not be blank")
    change = exchange.change("put")
    change.put_category(category)
    change.write()
    return Reply(201)


def delete_category(exchange: Exchange, ids: Ids) -> Reply:
    """DELETE /categories/{id}; one in use stays, 422 deletefailure [I]."""
    if ids[0] not in exchange.district.categories:
        raise unknown("category", ids[0])
    if any(item.category_id == ids[0] for item in exchange.district.line_items.of()):
        raise RefusalError(422, f"category {ids[0]} is in use", "deletefailure")
    change = exchange.change("delete")
    change.delete_category(ids[0])
    change.write()
    return Reply(204)


def post_line_items_for_class(exchange: Exchange, ids: Ids) -> Reply:
    """POST /classes/{c}/lineItems."""
    class_of(exchange.district, ids[0])

    def accept(given: Json) -> LineItem:
        if given["class"] != ids[0]:
            raise RefusalError(422, f"class: must be {ids[0]} as in the address")
        return _checked_line_item(exchange, given)

    return _post_line_items(exchange, accept)


def post_line_items_for_school(exchange: Exchange, ids: Ids) -> Reply:
    """POST /schools/{s}/lineItems."""
    if ids[0] not in exchange.district.schools:
        raise unknown("school", ids[0])

    def accept(given: Json) -> LineItem:
        if given["school"] != ids[0]:
            raise RefusalError(422, f"school: must be {ids[0]} as in the address")
        return _checked_line_item(exchange, given)

    return _post_line_items(exchange, accept)


def post_results_for_line_item(exchange: Exchange, ids: Ids) -> Reply:
    """POST /lineItems/{l}/results."""
    item = line_item_of(exchange.district, ids[0])
    given = _within_bulk_limit(exchange, bodies.several(exchange.call, bodies.RESULT))
    vendor_ids = exchange.district.switches.allocate_ids == "vendor"
    students: set[str] = set()

    def accept(one: Json) -> Result | None:
        if one["lineItem"] != item.sourced_id:
            raise RefusalError(422, f"lineItem: must be {item.sourced_id} as in the address")
        if one["student"] in students:
            raise RefusalError(422, f"student: {one['student']} is given twice")
        found = _checked_result(exchange, item, one)
        if found is None:
            return None
        if vendor_ids:
            _check_same_cell(exchange.district, found)
        students.add(found.student_id)
        return found

    accepted = _accepted(exchange, given, exchange.dialect.result_shape, accept)
    change = exchange.change("post")
    pairs: list[Pair] = []
    for found in accepted:
        supplied = found.sourced_id
        named = found if vendor_ids else replace(found, sourced_id=_cell_id(exchange.district, found))
        pairs.append((supplied, change.put_result(named)))
    change.write()
    return _pairs_reply(exchange, pairs)


def _post_line_items(exchange: Exchange, accept: Callable[[Json], LineItem]) -> Reply:
    given = _within_bulk_limit(exchange, bodies.several(exchange.call, bodies.LINE_ITEM))
    accepted = _accepted(exchange, given, exchange.dialect.line_item_shape, accept)
    vendor_ids = exchange.district.switches.allocate_ids == "vendor"
    change = exchange.change("post")
    pairs: list[Pair] = []
    for item in accepted:
        kept = item.sourced_id if vendor_ids else exchange.district.allocate("L")
        change.put_line_item(replace(item, sourced_id=kept))
        pairs.append((item.sourced_id, kept))
    change.write()
    return _pairs_reply(exchange, pairs)


def _cell_id(district: District, found: Result) -> str:
    return district.cells.get((found.line_item_id, found.student_id)) or district.allocate("R")


def _accepted(
    exchange: Exchange, given: list[object], shape: Shape, accept: Callable[[Json], Thing | None]
) -> list[Thing]:
    accepted: list[Thing] = []
    refused: list[tuple[str, RefusalError]] = []
    for one in given:
        try:
            found = accept(bodies.checked(shape, one))
            accepted += [] if found is None else [found]
        except RefusalError as refusal:
            if refusal.status == 400:
                raise
            refused.append((_supplied(one), refusal))
    whole = exchange.district.switches.bulk_refusal == "all_or_nothing"
    if refused and (whole or not accepted):
        description = "; ".join(f"{name}: {refusal.description}" for name, refusal in refused)
        offenders = tuple((name, refusal.minor) for name, refusal in refused)
        raise RefusalError(422, description, "invaliddata", offenders)
    return accepted


def _supplied(given: object) -> str:
    return str(given.get("sourcedId", "")) if isinstance(given, dict) else ""


def _within_bulk_limit(exchange: Exchange, given: list[object]) -> list[object]:
    most = exchange.district.limits.bulk_max
    if most is not None and len(given) > most:
        raise RefusalError(422, f"at most {most} objects in one request")
    return given


def _pairs_reply(exchange: Exchange, pairs: list[Pair]) -> Reply:
    shown = [] if exchange.plan.no_ids else pairs
    body = {
        "sourcedIdPairs": [
            {"suppliedSourcedId": supplied, "allocatedSourcedId": allocated} for supplied, allocated in shown
        ]
    }
    return Reply(201, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _named(given: Json, sourced_id: str) -> Json:
    if given["sourcedId"] != sourced_id:
        raise RefusalError(400, f"sourcedId: must be {sourced_id} as in the address")
    return given


def _checked_line_item(exchange: Exchange, given: Json) -> LineItem:
    item = bodies.line_item(exchange.dialect.line_item(exchange.district, given))
    _check_line_item(exchange, item)
    if exchange.district.switches.allocate_ids == "vendor":
        _check_same_class(exchange.district, item)
    return item


def _check_line_item(exchange: Exchange, item: LineItem) -> None:
    found = exchange.district.classes.get(item.class_id)
    if found is None:
        raise RefusalError(422, f"class: {item.class_id} does not exist")
    if found.school_id != item.school_id:
        raise RefusalError(422, f"school: class {item.class_id} is not in school {item.school_id}")
    exchange.rules.check_line_item(exchange.district, item)


def _checked_result(exchange: Exchange, item: LineItem, given: Json) -> Result | None:
    if given.get("class", item.class_id) != item.class_id:
        raise RefusalError(422, f"class: line item {item.sourced_id} is in class {item.class_id}")
    dialect, student = exchange.dialect, exchange.dialect.student(str(given["student"]))
    if not exchange.district.enrolled(item.class_id, student):
        raise RefusalError(
            dialect.not_enrolled, f"student: {given['student']} is not enrolled in class {item.class_id}"
        )
    completed = dialect.result(exchange.district, given | {"student": student})
    if completed is None:
        return None
    found = bodies.result(completed, item.class_id)
    exchange.rules.check_result(exchange.district, item, found)
    return found


def _check_same_class(district: District, item: LineItem) -> None:
    before = district.line_items.get(item.sourced_id)
    if before is not None and before.class_id != item.class_id:
        raise RefusalError(422, "class: a line item cannot move to another class")


def _check_same_cell(district: District, found: Result) -> None:
    held = district.results.get(district.result_aliases.get(found.sourced_id, found.sourced_id))
    if held is not None and (held.line_item_id, held.student_id) != (found.line_item_id, found.student_id):
        raise RefusalError(422, "sourcedId: belongs to another student or line item")
