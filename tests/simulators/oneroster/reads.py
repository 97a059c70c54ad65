"""GET operations of the gradebook service."""

from tests.simulators.call import Reply
from tests.simulators.oneroster import rendering
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.lists import Columns, list_reply, one_reply
from tests.simulators.world import Category, District, LineItem, Result, SchoolClass

Ids = tuple[str, ...]

BASE = {"sourcedId", "status", "dateLastModified"}
TITLED = frozenset(BASE | {"title"})
LINE_ITEM = Columns(
    frozenset(TITLED | {"description", "assignDate", "dueDate", "resultValueMin", "resultValueMax"}),
    frozenset({"class", "school", "category", "gradingPeriod", "academicSession", "scoreScale"}),
    frozenset({"metadata", "learningObjectiveSet"}),
)
RESULT = Columns(
    frozenset(
        BASE
        | {"scoreStatus", "score", "textScore", "scoreDate", "comment"}
        | {"inProgress", "incomplete", "late", "missing"}
    ),
    frozenset({"lineItem", "student", "class", "scoreScale"}),
    frozenset({"metadata", "learningObjectiveSet"}),
)
CATEGORY = Columns(frozenset(TITLED | {"weight"}), compound=frozenset({"metadata"}))


def unknown(kind: str, sourced_id: str) -> RefusalError:
    """The refusal for something that is not there."""
    return RefusalError(404, f"Unknown Object: {kind} {sourced_id}")


def class_of(district: District, class_id: str) -> SchoolClass:
    """The class, or 404."""
    found = district.classes.get(class_id)
    if found is None:
        raise unknown("class", class_id)
    return found


def line_item_of(district: District, sourced_id: str) -> LineItem:
    """The line item, or 404."""
    found = district.line_items.get(sourced_id)
    if found is None:
        raise unknown("lineItem", sourced_id)
    return found


def result_of(district: District, sourced_id: str) -> Result:
    """The result under its own or another name, or 404."""
    found = district.results.get(district.result_aliases.get(sourced_id, sourced_id))
    if found is None:
        raise unknown("result", sourced_id)
    return found


def categories_of(district: District, class_id: str) -> frozenset[str] | None:
    """The categories a class may use; None means all."""
    return class_of(district, class_id).category_ids


def get_line_item(exchange: Exchange, ids: Ids) -> Reply:
    """GET /lineItems/{id}."""
    found = line_item_of(exchange.district, ids[0])
    return one_reply(exchange, "lineItem", rendering.line_item(found, exchange.links), LINE_ITEM)


def get_result(exchange: Exchange, ids: Ids) -> Reply:
    """GET /results/{id}."""
    found = result_of(exchange.district, ids[0])
    return one_reply(exchange, "result", rendering.result(found, exchange.links), RESULT)


def get_category(exchange: Exchange, ids: Ids) -> Reply:
    """GET /categories/{id}."""
    found = exchange.district.categories.get(ids[0])
    if found is None:
        raise unknown("category", ids[0])
    return one_reply(exchange, "category", rendering.category(found, exchange.links), CATEGORY)


def get_line_items(exchange: Exchange, ids: Ids) -> Reply:
    """GET /lineItems and /classes/{c}/lineItems."""
    owner = class_of(exchange.district, ids[0]).sourced_id if ids else None
    listed = exchange.district.line_items.as_of(exchange.plan.lag, owner)
    rendered = [rendering.line_item(item, exchange.links) for item in listed]
    return list_reply(exchange, "lineItems", rendered, LINE_ITEM)


def get_results(exchange: Exchange, ids: Ids) -> Reply:
    """GET /results and /classes/{c}/results."""
    district, lag = exchange.district, exchange.plan.lag
    if not ids:
        return _results(exchange, district.results.as_of(lag))
    owner = class_of(district, ids[0]).sourced_id
    if lag:
        return _results(exchange, [one for one in district.results.as_of(lag) if one.class_id == owner])
    items = district.line_items.of(owner)
    return _results(exchange, [one for item in items for one in district.results.of(item.sourced_id)])


def get_line_item_results(exchange: Exchange, ids: Ids) -> Reply:
    """GET /classes/{c}/lineItems/{l}/results."""
    class_of(exchange.district, ids[0])
    item = line_item_of(exchange.district, ids[1])
    if item.class_id != ids[0]:
        raise unknown("lineItem", ids[1])
    return _results(exchange, exchange.district.results.as_of(exchange.plan.lag, ids[1]))


def get_student_results(exchange: Exchange, ids: Ids) -> Reply:
    """GET /classes/{c}/students/{s}/results."""
    class_of(exchange.district, ids[0])
    cell = (ids[0], exchange.dialect.student(ids[1]))
    if not exchange.district.enrolled(*cell):
        raise unknown("student", ids[1])
    listed = exchange.district.results.as_of(exchange.plan.lag)
    return _results(exchange, [one for one in listed if (one.class_id, one.student_id) == cell])


def get_categories(exchange: Exchange, ids: Ids) -> Reply:
    """GET /categories and /classes/{c}/categories."""
    allowed = categories_of(exchange.district, ids[0]) if ids else None
    listed = exchange.district.categories.as_of(exchange.plan.lag)
    shown: list[Category] = [one for one in listed if allowed is None or one.sourced_id in allowed]
    rendered = [rendering.category(one, exchange.links) for one in shown]
    return list_reply(exchange, "categories", rendered, CATEGORY)


def _results(exchange: Exchange, listed: list[Result]) -> Reply:
    rendered = [rendering.result(found, exchange.links) for found in listed]
    return list_reply(exchange, "results", rendered, RESULT)
