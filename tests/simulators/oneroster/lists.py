"""Lists: filter, sort, fields, paging with ``X-Total-Count`` and ``Link`` [D:1ED12].

A filter has one clause, or two joined by AND or OR; values stand in single quotes. Fields of references are
named with a dot (``class.sourcedId``). ``limit`` above the server's own maximum is lowered to it [I].
"""

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from tests.simulators.call import Reply
from tests.simulators.oneroster import fields as values
from tests.simulators.oneroster.errors import RefusalError
from tests.simulators.oneroster.exchange import Exchange
from tests.simulators.world import Json

JSON_TYPE = {"Content-Type": "application/json"}

_CLAUSE = r"([A-Za-z.]+)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'"
_FILTER = re.compile(rf"\s*{_CLAUSE}(?:\s+(AND|OR)\s+{_CLAUSE})?\s*")
_MOMENTS = {"dateLastModified", "assignDate", "dueDate"}
_NUMBERS = {"score", "weight", "resultValueMin", "resultValueMax"}
_COMPARE: dict[str, Callable[..., bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """What can be named in filter and sort, and in fields."""

    plain: frozenset[str]
    references: frozenset[str] = frozenset()
    compound: frozenset[str] = frozenset()

    def selectable(self) -> frozenset[str]:
        """Names for ``fields``."""
        return self.plain | self.references | self.compound

    def comparable(self) -> frozenset[str]:
        """Names for ``filter`` and ``sort``."""
        return self.plain | {f"{name}.sourcedId" for name in self.references}


def one_reply(exchange: Exchange, key: str, rendered: Json, columns: Columns) -> Reply:
    """A single object under its key, reduced to ``fields`` when asked."""
    query = dict(parse_qsl(exchange.call.query, keep_blank_values=True))
    body = {key: _selected(rendered, _wanted(query, columns))}
    return Reply(200, json.dumps(body).encode(), dict(JSON_TYPE))


def list_reply(exchange: Exchange, key: str, rendered: list[Json], columns: Columns) -> Reply:
    """The page of the list that the query asks for."""
    query = dict(parse_qsl(exchange.call.query, keep_blank_values=True))
    kept = _sorted(_filtered(rendered, query.get("filter"), columns), query, columns)
    limit, offset = _limit(exchange, query, len(kept)), _whole(query, "offset", 0, 0)
    wanted = _wanted(query, columns)
    page = [_selected(entry, wanted) for entry in kept[offset : offset + limit]]
    headers = JSON_TYPE | {"X-Total-Count": str(len(kept))}
    link = _link(exchange, query, (limit, offset, len(kept)))
    if link:
        headers["Link"] = link
    return Reply(200, json.dumps({key: page}).encode(), headers)


def _limit(exchange: Exchange, query: dict[str, str], total: int) -> int:
    limits = exchange.district.limits
    limit = _whole(query, "limit", limits.page_size, 1)
    if limits.page_max is not None:
        limit = min(limit, limits.page_max)
    if exchange.plan.two_pages:
        limit = min(limit, max(1, (total + 1) // 2))
    return limit


def _whole(query: dict[str, str], name: str, default: int, least: int) -> int:
    given = query.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit()) or int(given[:10]) < least:
        raise RefusalError(400, f"{name}: must be a whole number from {least}")
    return int(given[:10])


def _filtered(entries: list[Json], text: str | None, columns: Columns) -> list[Json]:
    if not text:
        return entries
    parts = _FILTER.fullmatch(text)
    if parts is None:
        raise RefusalError(400, f"filter: cannot be read: {text}", "invalid_filter_field")
    test = _clause(parts[1], parts[2], parts[3], columns)
    joined = parts[4]
    if joined is None:
        return [entry for entry in entries if test(entry)]
    other = _clause(parts[5], parts[6], parts[7], columns)
    if joined == "AND":
        return [entry for entry in entries if test(entry) and other(entry)]
    return [entry for entry in entries if test(entry) or other(entry)]


def _clause(field: str, sign: str, value: str, columns: Columns) -> Callable[[Json], bool]:
    if field not in columns.comparable():
        raise RefusalError(400, f"filter: {field} cannot be filtered on", "invalid_filter_field")
    if sign == "~":
        return lambda entry: value in str(_read(entry, field) or "")
    wanted = _typed(field, value)
    compare = _COMPARE[sign]

    def test(entry: Json) -> bool:
        found = _read(entry, field)
        return sign == "!=" if found is None else compare(found, wanted)

    return test


def _typed(field: str, value: str) -> object:
    try:
        if field in _NUMBERS:
            return float(value)
        if field in _MOMENTS:
            return values.date_time(field, value)
    except (ValueError, RefusalError) as error:
        raise RefusalError(400, f"filter: {value!r} is not a value of {field}") from error
    return value


def _sorted(entries: list[Json], query: dict[str, str], columns: Columns) -> list[Json]:
    by, order = query.get("sort"), query.get("orderBy", "asc")
    if order not in ("asc", "desc"):
        raise RefusalError(400, "orderBy: must be asc or desc", "invalid_selection_field")
    if by is None:
        return entries
    if by not in columns.comparable():
        raise RefusalError(400, f"sort: {by} cannot be sorted on", "invalid_selection_field")
    having = [entry for entry in entries if _read(entry, by) is not None]
    lacking = [entry for entry in entries if _read(entry, by) is None]
    numeric = by in _NUMBERS

    def rank(entry: Json) -> tuple[float, str]:
        found = _read(entry, by)
        return (float(str(found)), "") if numeric else (0.0, str(found))

    return sorted(having, key=rank, reverse=order == "desc") + lacking


def _wanted(query: dict[str, str], columns: Columns) -> frozenset[str] | None:
    given = query.get("fields")
    if given is None:
        return None
    wanted = frozenset(given.split(","))
    unknown = wanted - columns.selectable()
    if unknown:
        raise RefusalError(400, f"fields: {sorted(unknown)} are not known", "invalid_selection_field")
    return wanted


def _selected(entry: Json, wanted: frozenset[str] | None) -> Json:
    return entry if wanted is None else {key: value for key, value in entry.items() if key in wanted}


def _read(entry: Json, field: str) -> object:
    name, dot, inner = field.partition(".")
    found = entry.get(name)
    if not dot:
        return found
    return found.get(inner) if isinstance(found, dict) else None


def _link(exchange: Exchange, query: dict[str, str], where: tuple[int, int, int]) -> str:
    limit, offset, total = where
    last = (max(total - 1, 0) // limit) * limit
    places = {"first": 0, "last": last}
    if offset > 0:
        places["prev"] = max(0, offset - limit)
    if offset + limit < total:
        places["next"] = offset + limit
    address = f"{exchange.call.origin}{exchange.call.path}"
    kept = {key: value for key, value in query.items() if key not in ("limit", "offset")}
    return ", ".join(
        f'<{address}?{urlencode(kept | {"limit": limit, "offset": at})}>; rel="{rel}"'
        for rel, at in places.items()
    )
