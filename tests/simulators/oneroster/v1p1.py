"""OneRoster 1.1: fewer fields, spaced words in errors, one base for both services [D:LONG] [D:1ED-ERR].

Category and grading period may be left out or null, as Google Classroom does [D3:GOOG-CT]; whether a category is
then missed is for the SIS to say.  There is no bulk POST [D:LONG].
"""

import json

from tests.simulators.call import Reply
from tests.simulators.oneroster import bodies, fields
from tests.simulators.oneroster.bodies import Shape
from tests.simulators.oneroster.dialect import Dialect
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.fields import Check
from tests.simulators.oneroster.rendering import Links
from tests.simulators.world import District, Json

SPACED = {
    "invaliddata": "invalid data",
    "unauthorisedrequest": "unauthorized",
    "unknownobject": "unknown object",
    "deletefailure": "invalid data",
}
_GONE = {
    "lineItem": ("school", "academicSession", "learningObjectiveSet"),
    "result": ("class", "textScore", "late", "missing", "incomplete", "inProgress", "learningObjectiveSet"),
    "category": ("weight",),
    "user": ("roles",),
}


def _without(shape: Shape, gone: tuple[str, ...], required: tuple[str, ...]) -> Shape:
    checks = {key: check for key, check in shape.checks.items() if key not in gone}
    return Shape(shape.single, shape.plural, checks, required)


def _or_null(check: Check) -> Check:
    return lambda field, value: None if value is None else check(field, value)


_LINE_ITEM = _without(
    bodies.LINE_ITEM,
    (*_GONE["lineItem"], "scoreScale"),
    ("sourcedId", "title", "assignDate", "dueDate", "class", "resultValueMin", "resultValueMax"),
)
LINE_ITEM = Shape(
    "lineItem",
    "lineItems",
    {
        **_LINE_ITEM.checks,
        "category": _or_null(fields.reference("category")),
        "gradingPeriod": _or_null(fields.reference("academicSession")),
    },
    _LINE_ITEM.required,
)
_RESULT = _without(
    bodies.RESULT,
    (*_GONE["result"], "scoreScale"),
    ("sourcedId", "lineItem", "student", "score", "scoreStatus", "scoreDate"),
)
RESULT = Shape(
    "result", "results", {**_RESULT.checks, "scoreStatus": fields.score_status_1p1}, _RESULT.required
)


class Links1p1(Links):
    """Replies without what 1.1 does not have."""

    def shaped(self, kind: str, body: Json) -> Json:
        """Fields of 1.2 taken out; a user has its role and organisations on top."""
        if kind == "user":
            roles = body["roles"]
            first = roles[0] if isinstance(roles, list) else {}
            body = body | {"username": body["familyName"], "role": first["role"], "orgs": [first["org"]]}
        return {key: value for key, value in body.items() if key not in _GONE.get(kind, ())}


class Dialect1p1(Dialect):
    """OneRoster 1.1."""

    version = "v1p1"
    line_item_shape = LINE_ITEM
    result_shape = RESULT

    def links(self, gradebook: str, rostering: str) -> Links:
        """References and replies in 1.1."""
        return Links1p1(gradebook, rostering)

    def scopes(self, standard: tuple[str, ...]) -> frozenset[str]:
        """The same words on the stem of 1.1 [D:LONG]."""
        return frozenset(one.replace("/v1p2/", "/v1p1/") for one in standard)

    def line_item(self, district: District, given: Json) -> Json:
        """School by the class; the grading period left out is the one that holds the due date [D:IC-PUSH]."""
        found = district.classes.get(str(given["class"]))
        school = found.school_id if found else ""
        period = given.get("gradingPeriod") or _period(district, str(given["dueDate"]), school)
        kept = {key: value for key, value in given.items() if value is not None}
        completed: Json = {"category": "", "school": school, **kept}
        return completed | ({"gradingPeriod": period} if period else {})

    def refusal(self, refusal: RefusalError, *, wrapped: bool) -> Reply:
        """An array of errors [D:1ED-ERR]; ``wrapped`` puts it in ``{"errors": [...]}`` [I]."""
        minors = [minor for _, minor in refusal.offenders] or [refusal.minor]
        errors: list[Json] = [
            {
                "imsx_codeMajor": "failure",
                "imsx_severity": "error",
                "imsx_codeMinor": SPACED.get(minor, minor),
                "imsx_description": refusal.description,
            }
            for minor in minors
        ]
        body = {"errors": errors} if wrapped else errors
        return Reply(refusal.status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def _period(district: District, due: str, school: str) -> str | None:
    day = district.local_day(due)
    for one in district.sessions.values():
        if one.kind == "gradingPeriod" and one.holds(day, school):
            return one.sourced_id
    return None
