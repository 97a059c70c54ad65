"""The gradebook of any system in one shape, so that an oracle need not know the system's own JSON.

``GET /_sim/districts/{code}/gradebook``::

    {"system": "powerschool", "district": "abc",
     "items": [{"id", "ids", "section", "sectionKey", "title", "points", "dueDate", "assignDate", "category",
                "categoryKey", "externalId", "description", "native"}],
     "scores": [{"id", "item", "student", "studentKey", "value", "text", "comment", "flags"}]}

``section``, ``category`` and ``student`` are ids of the seed, the same in every system; the fields in ``Key``
are what this system calls them on the wire, as text. ``id`` is the id of the item in the edits, the commit log
and ``state``, one item for each section; ``ids`` holds all ids the API has for it. ``points`` and ``value``
are numbers or null, the days plain dates on the district's wall, ``externalId`` the client's own id or marker
or null, ``text`` a letter mark or what else stands in the cell. ``flags`` is a sorted list out of excused,
missing, late, incomplete, inProgress, collected, absent. ``native`` is what only this system keeps.

``GET /_sim/districts/{code}/directory``::

    {"system", "district", "base", "timezone",
     "schools":  [{"id", "key", "keys", "title"}],
     "sessions": [{"id", "key", "keys", "title", "kind", "firstDay", "lastDay", "school", "locked"}],
     "holidays": [{"date", "title", "school"}],
     "categories": [{"id", "key", "keys", "title", "active"}],
     "sections": [{"id", "key", "keys", "title", "school", "categories": [{"id", "key", "keys"}],
                   "students": [{"id", "key", "keys"}], "teachers": [{"id", "key", "keys"}]}]}

``key`` is the id on the wire, ``keys`` all of them by the system's own names, ``base`` the path a client's
base address has after the host.
"""

from typing import Protocol

from tests.simulators.world import District, Json, LineItem, Result, SchoolClass

_FLAGS = ("missing", "late", "incomplete")


class Naming(Protocol):
    """What a system calls the things of the seed on the wire."""

    def keys(self, kind: str, name: str, section: str | None = None) -> dict[str, str]:
        """Its ids by their field names, the main one first.

        ``kind`` is school, session, category, section, student or teacher; ``section`` is given where the id
        may depend on it.
        """

    def item_ids(self, item: LineItem) -> dict[str, str]:
        """Every id the API has for an assignment."""

    def external_id(self, item: LineItem) -> str | None:
        """The client's own id or marker."""


class SeedNames:
    """Systems that take the seed's ids, and let the client choose those of assignments (OneRoster)."""

    def keys(self, kind: str, name: str, section: str | None = None) -> dict[str, str]:
        """The id as it is."""
        return {"sourcedId": name}

    def item_ids(self, item: LineItem) -> dict[str, str]:
        """Its one id."""
        return {"sourcedId": item.sourced_id}

    def external_id(self, item: LineItem) -> str | None:
        """The id itself, since the client chose it."""
        return item.sourced_id


def gradebook(district: District, naming: Naming) -> Json:
    """Items and scores."""
    return {
        "items": [_item(district, naming, one) for one in district.line_items.of()],
        "scores": [_score(naming, one) for one in district.results.of()],
    }


def directory(district: District, naming: Naming) -> Json:
    """Who and what there is, with the ids on the wire."""
    return {
        "timezone": str(district.timezone),
        "schools": [
            _named(naming, "school", one.sourced_id) | {"title": one.title}
            for one in district.schools.values()
        ],
        "sessions": [
            _named(naming, "session", one.sourced_id)
            | {
                "title": one.title,
                "kind": one.kind,
                "firstDay": str(one.first_day),
                "lastDay": str(one.last_day),
                "school": one.school_id,
                "locked": one.locked,
            }
            for one in district.sessions.values()
        ],
        "holidays": [
            {"date": str(one.day), "title": one.title, "school": one.school_id} for one in district.holidays
        ],
        "categories": [
            _named(naming, "category", one.sourced_id) | {"title": one.title, "active": one.active}
            for one in district.categories.of()
        ],
        "sections": [_section(district, naming, one) for one in district.classes.values()],
    }


def flags_of(result: Result) -> list[str]:
    """The flags of a score by their neutral names, sorted."""
    found = {name for name in _FLAGS if getattr(result, name) == "true"}
    # OneRoster 1.1 has no flags: the status alone says missing and handed in (sis-apis 8.1). Where 1.2's own
    # boolean says "false" beside it, the cell is empty and not missing.
    by_status = {"exempt": "excused", "submitted": "collected"}
    by_status |= {"not submitted": "missing"} if result.missing != "false" else {}
    found |= {by_status[result.score_status]} if result.score_status in by_status else set()
    found |= {"inProgress"} if result.in_progress == "true" else set()
    native = result.native or {}
    found |= {name for name in ("collected", "absent") if native.get(name) is True}
    return sorted(found)


def _item(district: District, naming: Naming, item: LineItem) -> Json:
    return {
        "id": item.sourced_id,
        "ids": naming.item_ids(item),
        "section": item.class_id,
        "sectionKey": _key(naming.keys("section", item.class_id)),
        "title": item.title,
        "points": item.result_value_max,
        "dueDate": str(district.local_day(item.due_date)),
        "assignDate": str(district.local_day(item.assign_date)),
        "category": item.category_id,
        "categoryKey": _key(naming.keys("category", item.category_id, item.class_id)),
        "externalId": naming.external_id(item),
        "description": item.description,
        "native": item.native or {},
    }


def _score(naming: Naming, result: Result) -> Json:
    return {
        "id": result.sourced_id,
        "item": result.line_item_id,
        "student": result.student_id,
        "studentKey": _key(naming.keys("student", result.student_id, result.class_id)),
        "value": result.score,
        "text": result.text_score or result.entered,
        "comment": result.comment,
        "flags": flags_of(result),
    }


def _section(district: District, naming: Naming, section: SchoolClass) -> Json:
    name = section.sourced_id
    allowed = section.category_ids
    people: dict[str, list[object]] = {"student": [], "teacher": []}
    for one in district.enrolments.values():
        if one.class_id == name:
            people[one.role].append(_named(naming, one.role, one.user_id, name))
    categories = [
        _named(naming, "category", one.sourced_id, name)
        for one in district.categories.of()
        if allowed is None or one.sourced_id in allowed
    ]
    return _named(naming, "section", name) | {
        "title": section.title,
        "school": section.school_id,
        "categories": categories,
        "students": people["student"],
        "teachers": people["teacher"],
    }


def _named(naming: Naming, kind: str, name: str, section: str | None = None) -> Json:
    keys = naming.keys(kind, name, section)
    return {"id": name, "key": _key(keys), "keys": keys}


def _key(keys: dict[str, str]) -> str:
    return next(iter(keys.values()))
