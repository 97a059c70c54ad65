"""Calls on assignments; there is no delete [D:AER-GB] by absence.

A create goes to every linked gradebook unless CreateInLinkedGradebooksToo is false, and the reply has a row for
each; a category code that is bad or missing is no error, the first category of the gradebook is taken. An update
without Comment erases it, without GradingCompleted un-completes grading, and goes to the linked copies unless
UpdateLinkedGradebooksToo is false [D:AER-GB].

Choices [I]: an update leaves alone what else it does not name; a bad category code in it is 400; the due date must
lie in the gradebook's time and not in a closed marking period, 400 (sis-apis 8.2); points left out of a create
are 0. Linked copies are those of one create.
"""

from dataclasses import replace
from uuid import uuid4

from tests.simulators.aeries import bodies, rendering
from tests.simulators.aeries.store import Store
from tests.simulators.calendar import locked
from tests.simulators.call import Reply
from tests.simulators.checks import FieldError
from tests.simulators.own_api import Refusal, Visit, json_reply
from tests.simulators.world import Json, LineItem, SchoolClass

AeriesVisit = Visit[Store]
Ids = tuple[str, ...]


def list_assignments(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /gradebooks/{n}/assignments."""
    listed = visit.district.line_items.as_of(visit.plan.lag, gradebook_of(visit, ids[0]).sourced_id)
    return json_reply(200, [rendering.assignment(visit.store, one) for one in listed])


def read(visit: AeriesVisit, ids: Ids) -> Reply:
    """GET /gradebooks/{n}/assignments/{AssignmentNumber} or /gradebooks/Assignments/{UniqueID}."""
    return json_reply(200, rendering.assignment(visit.store, item_of(visit, ids)))


def create(visit: AeriesVisit, ids: Ids) -> Reply:
    """POST /gradebooks/{n}/Assignments."""
    section = gradebook_of(visit, ids[0])
    given = bodies.assignment(visit.body())
    if "Description" not in given:
        raise FieldError("Description", "is required")
    linked = visit.store.linked(section) if given.get("CreateInLinkedGradebooksToo", True) else []
    link = str(uuid4())
    made = [_new(visit, one, given, link) for one in (section, *linked)]
    change = visit.change("post")
    for item in made:
        change.put_line_item(item)
    change.write()
    return json_reply(201, [_created(visit, one) for one in made])


def update(visit: AeriesVisit, ids: Ids) -> Reply:
    """PUT by number or by UniqueID."""
    item = item_of(visit, ids)
    given = bodies.assignment(visit.body())
    if "PointsPossible" not in given:
        raise FieldError("PointsPossible", "is required")
    copies = _copies(visit, item) if given.get("UpdateLinkedGradebooksToo", True) else []
    check_open(visit, item)
    changed = [_changed(visit, one, given) for one in (item, *copies)]
    change = visit.change("put")
    for one in changed:
        change.put_line_item(one)
    change.write()
    return json_reply(200, [rendering.assignment(visit.store, one) for one in changed])


def gradebook_of(visit: AeriesVisit, number: str) -> SchoolClass:
    """The class of a gradebook, or 404."""
    found = visit.store.gradebook(number)
    if found is None:
        raise Refusal(404, f"Gradebook {number} was not found")
    return found


def item_of(visit: AeriesVisit, ids: Ids) -> LineItem:
    """An assignment by gradebook and number, or by UniqueID alone; or 404."""
    if len(ids) > 1:
        found = visit.store.item(gradebook_of(visit, ids[0]), ids[1])
    else:
        found = visit.district.line_items.get(ids[0].lower())
    if found is None:
        raise Refusal(404, f"Assignment {ids[-1]} was not found")
    return found


def check_open(visit: AeriesVisit, item: LineItem) -> None:
    """400 where the due date is outside the gradebook's time or in a closed marking period [I]."""
    day = visit.district.local_day(item.due_date)
    start, end = rendering.gradebook_days(visit.district, visit.district.classes[item.class_id])
    if start and end and not start <= day <= end:
        raise FieldError("DateDue", "is outside the dates of the gradebook")
    if locked(visit.district, item):
        raise FieldError("DateDue", "is in a marking period that is closed")


def _new(visit: AeriesVisit, section: SchoolClass, given: Json, link: str) -> LineItem:
    categories = visit.store.categories(section)
    if not categories:
        raise Refusal(400, "The gradebook has no categories")
    category = visit.store.category(section, given.get("AssignmentCategoryCode")) or categories[0]
    today = str(visit.district.today())
    due, assigned = given.get("DateDue"), given.get("DateAssigned")
    item = LineItem(
        sourced_id=visit.district.allocate("L"),
        class_id=section.sourced_id,
        school_id=section.school_id,
        category_id=category.sourced_id,
        title=str(given["Description"]),
        assign_date=str(assigned or due or today),
        due_date=str(due or assigned or today),
        description=_comment(given),
        external_id=_external(given),
        native={
            "AssignmentNumber": visit.store.next_number(section.sourced_id),
            "GradingCompleted": False,
            "FormativeSummativeIndicator": _indicator(given.get("FormativeSummativeIndicator")),
            "link": link,
        },
    )
    item = _with_points(section, item, given)
    check_open(visit, item)
    return item


def _changed(visit: AeriesVisit, item: LineItem, given: Json) -> LineItem:
    section = visit.district.classes[item.class_id]
    category_id = item.category_id
    if "AssignmentCategoryCode" in given:
        category = visit.store.category(section, given["AssignmentCategoryCode"])
        if category is None:
            raise FieldError("AssignmentCategoryCode", "is not a category of the gradebook")
        category_id = category.sourced_id
    native: Json = dict(item.native or {}) | {"GradingCompleted": given.get("GradingCompleted", False)}
    if "FormativeSummativeIndicator" in given:
        native["FormativeSummativeIndicator"] = _indicator(given["FormativeSummativeIndicator"])
    changed = replace(
        item,
        category_id=category_id,
        title=str(given.get("Description", item.title)),
        assign_date=str(given.get("DateAssigned", item.assign_date)),
        due_date=str(given.get("DateDue", item.due_date)),
        description=_comment(given),
        external_id=_external(given) or item.external_id,
        native=native,
    )
    changed = _with_points(section, changed, given)
    check_open(visit, changed)
    return changed


def _with_points(section: SchoolClass, item: LineItem, given: Json) -> LineItem:
    rubric = given.get("RubricAssignment") is True and section.gradebook.get("rubric") is True
    points = 0.0 if rubric else float(str(given.get("PointsPossible", 0)))
    correct = 0.0 if rubric else float(str(given.get("NumberCorrectPossible") or points))
    native = dict(item.native or {}) | {"RubricAssignment": rubric, "NumberCorrectPossible": correct}
    return replace(item, result_value_max=points, native=native)


def _copies(visit: AeriesVisit, item: LineItem) -> list[LineItem]:
    link = (item.native or {}).get("link")
    found = (
        one
        for section in visit.store.linked(visit.district.classes[item.class_id])
        for one in visit.district.line_items.of(section.sourced_id)
    )
    return [one for one in found if link is not None and (one.native or {}).get("link") == link]


def _created(visit: AeriesVisit, item: LineItem) -> Json:
    row = rendering.assignment(visit.store, item)
    if visit.plan.no_ids:
        row = {key: value for key, value in row.items() if key not in ("AssignmentNumber", "UniqueID")}
    return row


def _comment(given: Json) -> str | None:
    return str(given["Comment"]) if str(given.get("Comment", "")).strip() else None


def _external(given: Json) -> str | None:
    found = given.get("ExternalID")
    return None if found is None else str(found)


def _indicator(given: object) -> str:
    return str(given) if given in ("F", "S") else "S"
