"""GET operations of the gradebook service and the rostering reads that passback needs."""

from tests.simulators.call import Reply
from tests.simulators.oneroster import rendering
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.lists import Columns, list_reply, one_reply
from tests.simulators.world import Category, District, LineItem, Result, SchoolClass, Session

Ids = tuple[str, ...]

_BASE = {"sourcedId", "status", "dateLastModified"}
_TITLED = frozenset(_BASE | {"title"})
LINE_ITEM = Columns(
    frozenset(_TITLED | {"description", "assignDate", "dueDate", "resultValueMin", "resultValueMax"}),
    frozenset({"class", "school", "category", "gradingPeriod", "academicSession", "scoreScale"}),
    frozenset({"metadata", "learningObjectiveSet"}),
)
RESULT = Columns(
    frozenset(
        _BASE
        | {"scoreStatus", "score", "textScore", "scoreDate", "comment"}
        | {"inProgress", "incomplete", "late", "missing"}
    ),
    frozenset({"lineItem", "student", "class", "scoreScale"}),
    frozenset({"metadata", "learningObjectiveSet"}),
)
CATEGORY = Columns(frozenset(_TITLED | {"weight"}), compound=frozenset({"metadata"}))
SESSION = Columns(frozenset(_TITLED | {"startDate", "endDate", "type", "schoolYear"}), frozenset({"parent"}))
CLASS = Columns(_TITLED, frozenset({"course", "school"}), frozenset({"terms"}))
USER = Columns(frozenset(_BASE | {"enabledUser", "givenName", "familyName"}), compound=frozenset({"roles"}))
ENROLMENT = Columns(frozenset(_BASE | {"role"}), frozenset({"user", "class", "school"}))


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


def get_grading_periods(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /gradingPeriods."""
    return _sessions(
        exchange, [one for one in exchange.district.sessions.values() if one.kind == "gradingPeriod"]
    )


def get_grading_period(exchange: Exchange, ids: Ids) -> Reply:
    """GET /gradingPeriods/{id}."""
    found = exchange.district.sessions.get(ids[0])
    if found is None or found.kind != "gradingPeriod":
        raise unknown("gradingPeriod", ids[0])
    return one_reply(exchange, "academicSession", rendering.session(found, exchange.links), SESSION)


def get_terms_for_school(exchange: Exchange, ids: Ids) -> Reply:
    """GET /schools/{s}/terms."""
    _school(exchange.district, ids[0])
    sessions = exchange.district.sessions.values()
    return _sessions(
        exchange, [one for one in sessions if one.kind == "term" and one.school_id in (None, ids[0])]
    )


def get_class(exchange: Exchange, ids: Ids) -> Reply:
    """GET /classes/{id}."""
    found = class_of(exchange.district, ids[0])
    return one_reply(
        exchange, "class", rendering.school_class(found, exchange.district, exchange.links), CLASS
    )


def get_students_for_class(exchange: Exchange, ids: Ids) -> Reply:
    """GET /classes/{c}/students."""
    return _people(exchange, ids[0], "student")


def get_teachers_for_class(exchange: Exchange, ids: Ids) -> Reply:
    """GET /classes/{c}/teachers."""
    return _people(exchange, ids[0], "teacher")


def get_enrollments_for_school(exchange: Exchange, ids: Ids) -> Reply:
    """GET /schools/{s}/enrollments."""
    _school(exchange.district, ids[0])
    district = exchange.district
    inside = [
        one for one in district.enrolments.values() if district.classes[one.class_id].school_id == ids[0]
    ]
    rendered = [rendering.enrolment(one, ids[0], exchange.links) for one in inside]
    return list_reply(exchange, "enrollments", rendered, ENROLMENT)


def _school(district: District, school_id: str) -> None:
    if school_id not in district.schools:
        raise unknown("school", school_id)


def _people(exchange: Exchange, class_id: str, role: str) -> Reply:
    found = class_of(exchange.district, class_id)
    inside = [
        one for one in exchange.district.enrolments.values() if (one.class_id, one.role) == (class_id, role)
    ]
    rendered = [rendering.user(one, found.school_id, exchange.links) for one in inside]
    return list_reply(exchange, "users", rendered, USER)


def _results(exchange: Exchange, listed: list[Result]) -> Reply:
    rendered = [rendering.result(found, exchange.links) for found in listed]
    return list_reply(exchange, "results", rendered, RESULT)


def _sessions(exchange: Exchange, listed: list[Session]) -> Reply:
    rendered = [rendering.session(one, exchange.links) for one in listed]
    return list_reply(exchange, "academicSessions", rendered, SESSION)
