"""Objects as OneRoster 1.2 sends them: references with href, sourcedId and type [D:LONG].

People have no names here: ``givenName`` is the role and ``familyName`` the id, since the standard requires
both.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from tests.simulators.gradebook import line_item_content, result_content
from tests.simulators.world import (
    Category,
    District,
    Enrolment,
    Json,
    LineItem,
    Result,
    School,
    SchoolClass,
    Session,
)

_PLACES = {
    "class": ("rostering", "classes", "class"),
    "school": ("rostering", "schools", "org"),
    "category": ("gradebook", "categories", "category"),
    "gradingPeriod": ("rostering", "gradingPeriods", "academicSession"),
    "academicSession": ("rostering", "academicSessions", "academicSession"),
    "lineItem": ("gradebook", "lineItems", "lineItem"),
    "student": ("rostering", "users", "user"),
    "teacher": ("rostering", "users", "user"),
    "course": ("rostering", "courses", "course"),
}

#: What other doors of a system keep, and OneRoster has no field for.
_UNSEEN = {"externalId", "entered", "native"}


@dataclass(frozen=True, slots=True)
class Links:
    """Where the two services of a district answer, for ``href``."""

    gradebook: str
    rostering: str

    def name(self, _kind: str, sourced_id: str) -> str:
        """What a thing is called on the wire."""
        return sourced_id

    def shaped(self, _kind: str, body: Json) -> Json:
        """A finished object, for a dialect to have the last word."""
        return body

    def to(self, kind: str, sourced_id: str) -> Json:
        """A reference."""
        service, folder, name = _PLACES[kind]
        base = self.gradebook if service == "gradebook" else self.rostering
        called = self.name(kind, sourced_id)
        return {
            "href": f"{base}/{folder}/{quote(called, safe='')}",
            "sourcedId": called,
            "type": name,
        }


def line_item(item: LineItem, links: Links) -> Json:
    """A lineItem."""
    return links.shaped("lineItem", _object(item.sourced_id, line_item_content(item), links))


def result(found: Result, links: Links) -> Json:
    """A result; an empty score is left out."""
    content = result_content(found)
    if content["score"] is None:
        del content["score"]
    return links.shaped("result", _object(found.sourced_id, content, links))


def category(found: Category, links: Links) -> Json:
    """A category."""
    body = _base(found.sourced_id, found.modified) | {"title": found.title}
    if found.weight is not None:
        body["weight"] = found.weight
    if found.metadata is not None:
        body["metadata"] = found.metadata
    return links.shaped("category", body)


def session(found: Session, links: Links) -> Json:
    """An academicSession; ``endDate`` is the day after the last [D:1ED12]."""
    body = _base(found.sourced_id, found.modified) | {
        "title": found.title,
        "startDate": found.first_day.isoformat(),
        "endDate": (found.last_day + timedelta(days=1)).isoformat(),
        "type": found.kind,
        "schoolYear": found.school_year,
    }
    if found.parent_id is not None:
        body["parent"] = links.to("academicSession", found.parent_id)
    return body


def school(found: School, _links: Links) -> Json:
    """An org of type school."""
    return {
        "sourcedId": found.sourced_id,
        "status": "active",
        "dateLastModified": found.modified,
        "name": found.title,
        "type": "school",
        "identifier": found.sourced_id,
    }


def school_class(found: SchoolClass, district: District, links: Links) -> Json:
    """A class; its course id is made up from its own, since courses are not simulated."""
    terms = [
        one
        for one in district.sessions.values()
        if one.kind == "term" and one.school_id in (None, found.school_id)
    ]
    return _base(found.sourced_id, found.modified) | {
        "title": found.title,
        "course": links.to("course", f"course-{found.sourced_id}"),
        "school": links.to("school", found.school_id),
        "terms": [links.to("academicSession", one.sourced_id) for one in terms],
    }


def user(found: Enrolment, school_id: str, links: Links) -> Json:
    """A person by id and role."""
    role = {"roleType": "primary", "role": found.role, "org": links.to("school", school_id)}
    body = _base(links.name(found.role, found.user_id), found.modified) | {
        "enabledUser": "true",
        "givenName": found.role,
        "familyName": found.user_id,
        "roles": [role],
    }
    return links.shaped("user", body)


def enrolment(found: Enrolment, school_id: str, links: Links) -> Json:
    """An enrollment."""
    return _base(found.sourced_id, found.modified) | {
        "user": links.to(found.role, found.user_id),
        "class": links.to("class", found.class_id),
        "school": links.to("school", school_id),
        "role": found.role,
    }


def _base(sourced_id: str, modified: str) -> Json:
    return {"sourcedId": sourced_id, "status": "active", "dateLastModified": modified}


def _object(sourced_id: str, content: Json, links: Links) -> Json:
    body: Json = {"sourcedId": sourced_id, "status": "active"}
    for key, value in content.items():
        if key in _UNSEEN:
            continue
        body[key] = links.to(key, value) if key in _PLACES and isinstance(value, str) else value
    return body
