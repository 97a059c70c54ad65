"""The Generic API: ``/Generic/{entityId}/{Module}/{Object}...`` over the objects there are [D3:RQ]."""

import json
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import parse_qs

from tests.simulators.call import Call, Reply
from tests.simulators.faults import Plan
from tests.simulators.skyward.qmlativ.objects import KINDS
from tests.simulators.skyward.qmlativ.rows import Book, GenericError, Kind, Row
from tests.simulators.skyward.qmlativ.search import found
from tests.simulators.skyward.qmlativ.years import DISTRICT_ID
from tests.simulators.world import Json

STEM = "/API/Generic/"
JSON_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Address:
    """What one address names; ``rest`` is nothing, an id, or page and page size."""

    entity: int
    kind: Kind
    rest: tuple[int, ...]


def template(tail: str) -> str:
    """The address with its ids blanked out, for the counters."""
    parts = _parts(tail)
    if parts is None:
        return "(unknown)"
    rest = ((), ("{id}",), ("{page}", "{pageSize}"))[len(parts) - 3]
    return "/".join(["/Generic/{entityId}", *parts[1:3], *rest])


def answer(book: Book, call: Call, tail: str, plan: Plan) -> Reply:
    """The reply to one call of somebody signed in; GenericError for a refusal."""
    at = _address(book, tail)
    match (call.method, len(at.rest)):
        case ("GET" | "POST", 2):
            _check_right(book, at.kind, "list")
            return _list(book, at, call, plan)
        case ("GET", 1):
            _check_right(book, at.kind, "read")
            return _reply(_selected(_one(book, at), call))
        case ("PUT", 0) if at.kind.create is not None:
            _check_right(book, at.kind, "create")
            number = at.kind.create(book, _body(call))
            return _reply(_created(book, at, number, plan))
        case ("POST", 1) if at.kind.update is not None:
            _check_right(book, at.kind, "update")
            _check_school(book, at)
            at.kind.update(book, at.rest[0], _body(call))
            changed = _row(book, at.kind, at.rest[0])
            return _reply(changed.fields if changed else {})
        case ("DELETE", 1) if at.kind.delete is not None:
            _check_right(book, at.kind, "delete")
            _check_school(book, at)
            ignored = parse_qs(call.query).get("ignoreWarnings", [""])[0].casefold()
            at.kind.delete(book, at.rest[0], ignored in ("true", "1"))
            return _reply({})
        case _:
            raise GenericError(405, f"{call.method} is not possible here")


def _address(book: Book, tail: str) -> Address:
    parts = _parts(tail)
    if parts is None:
        raise GenericError(404, "nothing is at this address")
    (entity, module, name), rest = parts[:3], parts[3:]
    kind = KINDS.get(name)
    if kind is None or kind.module not in (None, module):
        raise GenericError(404, f"there is no object {module}/{name}")
    if not all(one.isdecimal() for one in (entity, *rest)):
        raise GenericError(404, "the address has ids that are no numbers")
    if int(entity) != DISTRICT_ID and book.district.numbers.name("school", int(entity)) is None:
        raise GenericError(404, f"there is no entity {entity}")
    return Address(int(entity), kind, tuple(int(one) for one in rest))


def _parts(tail: str) -> list[str] | None:
    parts = tail.removeprefix(STEM).split("/")
    return parts if 3 <= len(parts) <= 5 else None


def _rows(book: Book, at: Address, lag: float) -> list[Row]:
    rows = at.kind.rows(book, lag)
    if at.entity == DISTRICT_ID:
        return rows
    school = book.district.numbers.name("school", at.entity)
    return [row for row in rows if row.school in (None, school)]


def _one(book: Book, at: Address) -> Json:
    _check_school(book, at)
    row = _row(book, at.kind, at.rest[0])
    if row is None:
        raise _missing(at)
    return row.fields


def _check_school(book: Book, at: Address) -> None:
    """The objects of another school are not there for this one."""
    if at.entity == DISTRICT_ID:
        return
    row = _row(book, at.kind, at.rest[0])
    if row is not None and row.school not in (None, book.district.numbers.name("school", at.entity)):
        raise _missing(at)


def _missing(at: Address) -> GenericError:
    return GenericError(404, f"{at.kind.name} {at.rest[0]} does not exist")


def _row(book: Book, kind: Kind, number: int) -> Row | None:
    if kind.find is not None:
        return kind.find(book, number)
    return next((row for row in kind.rows(book, 0) if row.fields[kind.key] == number), None)


def _list(book: Book, at: Address, call: Call, plan: Plan) -> Reply:
    rows = _rows(book, at, plan.lag)
    year = parse_qs(call.query).get("SchoolYearID", [None])[0]
    if year is not None:
        rows = [row for row in rows if str(row.fields.get("SchoolYearID", year)) == year]
    body = _body(call) if call.method == "POST" else {}
    if body.keys() - {"SearchCondition", "SearchSort"}:
        raise GenericError(
            400, f"{sorted(body.keys() - {'SearchCondition', 'SearchSort'})} cannot be searched by"
        )
    rows = found(rows, body)
    page, size = at.rest
    if page < 1 or size < 1:
        raise GenericError(400, "page and pageSize count from 1")
    most = book.district.limits.page_max
    size = size if most is None else min(size, most)
    if plan.two_pages:
        size = min(size, max(1, (len(rows) + 1) // 2))
    shown = rows[(page - 1) * size : page * size]
    return _reply({"Objects": [_selected(row.fields, call) for row in shown]})


def _created(book: Book, at: Address, number: int, plan: Plan) -> Json:
    if plan.no_ids:
        return {}
    if book.district.switches.qmlativ_create_reply == "id":
        return {at.kind.key: number}
    made = _row(book, at.kind, number)
    return made.fields if made else {}


def _selected(fields: Json, call: Call) -> Json:
    given = parse_qs(call.query).get("searchFields")
    if not given:
        return fields
    wanted = [name for one in given for name in one.split(",")]
    for name in wanted:
        if name not in fields:
            raise GenericError(400, f"{name} is not a field")
    return {name: fields[name] for name in wanted}


def _check_right(book: Book, kind: Kind, verb: str) -> None:
    if not book.district.denied.isdisjoint((kind.name, f"{kind.name}.{verb}")):
        raise GenericError(403, f"no right to {verb} {kind.name}")


def _body(call: Call) -> Json:
    try:
        body = json.loads(call.body or b"{}", parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise GenericError(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise GenericError(400, "the body must be an object")
    return body


def _no_constant(word: str) -> NoReturn:
    message = f"{word} is not JSON"
    raise ValueError(message)


def _reply(body: Json) -> Reply:
    return Reply(200, json.dumps(body).encode(), dict(JSON_TYPE))
