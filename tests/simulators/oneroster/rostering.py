"""GET operations of the rostering service that passback and a refresh of the directory need."""

from collections.abc import Callable

from tests.simulators.call import Reply
from tests.simulators.oneroster import rendering
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.oneroster.lists import Columns, list_reply, one_reply
from tests.simulators.oneroster.reads import BASE, TITLED, Ids, class_of, unknown
from tests.simulators.world import District, Session

SESSION = Columns(frozenset(TITLED | {"startDate", "endDate", "type", "schoolYear"}), frozenset({"parent"}))
CLASS = Columns(TITLED, frozenset({"course", "school"}), frozenset({"terms"}))
USER = Columns(frozenset(BASE | {"enabledUser", "givenName", "familyName"}), compound=frozenset({"roles"}))
ORG = Columns(frozenset(BASE | {"name", "type", "identifier"}))
ENROLMENT = Columns(frozenset(BASE | {"role"}), frozenset({"user", "class", "school"}))


def get_sessions(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /academicSessions."""
    return _sessions(exchange, lambda _: True)


def get_session(exchange: Exchange, ids: Ids) -> Reply:
    """GET /academicSessions/{id}."""
    return _session(exchange, ids[0], ("term", "gradingPeriod"), "academicSession")


def get_terms(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /terms."""
    return _sessions(exchange, lambda one: one.kind == "term")


def get_term(exchange: Exchange, ids: Ids) -> Reply:
    """GET /terms/{id}."""
    return _session(exchange, ids[0], ("term",), "term")


def get_grading_periods_for_term(exchange: Exchange, ids: Ids) -> Reply:
    """GET /terms/{t}/gradingPeriods."""
    found = exchange.district.sessions.get(ids[0])
    if found is None or found.kind != "term":
        raise unknown("term", ids[0])
    return _sessions(exchange, lambda one: one.kind == "gradingPeriod" and one.parent_id == ids[0])


def get_grading_periods(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /gradingPeriods."""
    return _sessions(exchange, lambda one: one.kind == "gradingPeriod")


def get_grading_period(exchange: Exchange, ids: Ids) -> Reply:
    """GET /gradingPeriods/{id}."""
    return _session(exchange, ids[0], ("gradingPeriod",), "gradingPeriod")


def get_terms_for_school(exchange: Exchange, ids: Ids) -> Reply:
    """GET /schools/{s}/terms."""
    _school(exchange.district, ids[0])
    return _sessions(exchange, lambda one: one.kind == "term" and one.school_id in (None, ids[0]))


def get_schools(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /schools."""
    rendered = [rendering.school(one, exchange.links) for one in exchange.district.schools.values()]
    return list_reply(exchange, "orgs", rendered, ORG)


def get_school(exchange: Exchange, ids: Ids) -> Reply:
    """GET /schools/{id}."""
    _school(exchange.district, ids[0])
    found = exchange.district.schools[ids[0]]
    return one_reply(exchange, "org", rendering.school(found, exchange.links), ORG)


def get_classes(exchange: Exchange, ids: Ids) -> Reply:
    """GET /classes and /schools/{s}/classes."""
    if ids:
        _school(exchange.district, ids[0])
    listed = [one for one in exchange.district.classes.values() if not ids or one.school_id == ids[0]]
    rendered = [rendering.school_class(one, exchange.district, exchange.links) for one in listed]
    return list_reply(exchange, "classes", rendered, CLASS)


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


def get_students(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /students."""
    return _people(exchange, None, "student")


def get_teachers(exchange: Exchange, _ids: Ids) -> Reply:
    """GET /teachers."""
    return _people(exchange, None, "teacher")


def get_enrollments(exchange: Exchange, ids: Ids) -> Reply:
    """GET /enrollments and /schools/{s}/enrollments."""
    district = exchange.district
    if ids:
        _school(district, ids[0])
    placed = [(one, district.classes[one.class_id].school_id) for one in district.enrolments.values()]
    rendered = [
        rendering.enrolment(one, school, exchange.links)
        for one, school in placed
        if not ids or school == ids[0]
    ]
    return list_reply(exchange, "enrollments", rendered, ENROLMENT)


def _school(district: District, school_id: str) -> None:
    if school_id not in district.schools:
        raise unknown("school", school_id)


def _people(exchange: Exchange, class_id: str | None, role: str) -> Reply:
    district = exchange.district
    if class_id is not None:
        class_of(district, class_id)
    # By person: somebody in five classes is still one user.
    found = {
        one.user_id: one
        for one in district.enrolments.values()
        if one.role == role and class_id in (None, one.class_id)
    }
    rendered = [
        rendering.user(one, district.classes[one.class_id].school_id, exchange.links)
        for one in found.values()
    ]
    return list_reply(exchange, "users", rendered, USER)


def _sessions(exchange: Exchange, wanted: Callable[[Session], bool]) -> Reply:
    listed = [one for one in exchange.district.sessions.values() if wanted(one)]
    rendered = [rendering.session(one, exchange.links) for one in listed]
    return list_reply(exchange, "academicSessions", rendered, SESSION)


def _session(exchange: Exchange, sourced_id: str, kinds: tuple[str, ...], called: str) -> Reply:
    found = exchange.district.sessions.get(sourced_id)
    if found is None or found.kind not in kinds:
        raise unknown(called, sourced_id)
    return one_reply(exchange, "academicSession", rendering.session(found, exchange.links), SESSION)
