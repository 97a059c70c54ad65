"""The read addresses of SMS 2.0's own API that are public [D3:T4E]; the fields beyond the ids are [I].

``/v1/schools``, ``/v1/students`` and ``/v1/students/{NameId}/enrollments``; lists are arrays, paged by
``paging.limit`` and ``paging.cursor`` with the next page in the ``Link`` header.
"""

import json
from urllib.parse import parse_qsl, urlencode

from tests.simulators.call import Call, Reply
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.world import District, Json

STEM = "/api/v1/"
_LIMIT = 1000


def template(tail: str) -> str:
    """The address with its id blanked out."""
    parts = tail.removeprefix(STEM).split("/")
    return "/v1/" + "/".join([parts[0], *(["{NameId}"] if len(parts) > 1 else []), *parts[2:]])


def answer(district: District, call: Call, tail: str) -> Reply:
    """The page that was asked for; RefusalError 404 for what there is not."""
    if call.method != "GET":
        raise RefusalError(405, f"{call.method} is not public for {tail}")
    match tail.removeprefix(STEM).split("/"):
        case ["schools"]:
            numbers = (
                (district.numbers.of("school", one.sourced_id), one) for one in district.schools.values()
            )
            return _page(call, [{"SchoolId": number, "SchoolName": one.title} for number, one in numbers])
        case ["students"]:
            return _page(call, [{"NameId": number} for number in sorted(set(_students(district)))])
        case ["students", name_id, "enrollments"]:
            return _page(call, _enrolments(district, name_id))
        case _:
            raise RefusalError(404, f"Unknown Object: {tail}")


def _students(district: District) -> list[int]:
    return [
        district.numbers.of("student", one.user_id)
        for one in district.enrolments.values()
        if one.role == "student"
    ]


def _enrolments(district: District, name_id: str) -> list[Json]:
    student = district.numbers.name("student", int(name_id)) if name_id.isdecimal() else None
    if student is None:
        raise RefusalError(404, f"Unknown Object: student {name_id}")
    return [
        {
            "NameId": int(name_id),
            "SchoolId": district.numbers.of("school", district.classes[one.class_id].school_id),
            "SectionId": one.class_id,
        }
        for one in district.enrolments.values()
        if (one.role, one.user_id) == ("student", student)
    ]


def _page(call: Call, rows: list[Json]) -> Reply:
    query = dict(parse_qsl(call.query))
    limit, cursor = query.get("paging.limit", str(_LIMIT)), query.get("paging.cursor", "0")
    if not limit.isdecimal() or not cursor.isdecimal() or int(limit) < 1:
        raise RefusalError(400, "paging: limit and cursor must be whole numbers")
    first, last = int(cursor), int(cursor) + min(int(limit), _LIMIT)
    headers = {"Content-Type": "application/json"}
    if last < len(rows):
        query = {"paging.limit": limit, "paging.cursor": str(last)}
        headers["Link"] = f'<{call.origin}{call.path}?{urlencode(query)}>; rel="next"'
    return Reply(200, json.dumps(rows[first:last]).encode(), headers)
