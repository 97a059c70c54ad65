"""``/ws/schema/table/{name}``: rows of the database as text [D:PS-SCHEMA] [D3:TEAM].

``q`` is FIQL: ``==``, ``=ge=``, ``=le=``, ``=gt=``, ``=lt=`` joined by ``;`` [D3:TEAM]. ``projection`` names
columns with commas, or ``*``; without it 400 [I]. A list is ``{"record": [{"tables": {name: {...}}}]}``; values
are strings, booleans "1" and "0" [I], and empty columns are left out [I], so that an unscored row lacks its score
keys. An unknown table is 404; a column that is denied or unknown is 403 "no access to field" [I]. Paging as in
``terms``.
"""

import operator
import re
from collections.abc import Callable

from tests.simulators.call import Reply
from tests.simulators.own_api import Refusal, json_reply
from tests.simulators.powerschool import directory_rows, gradebook_rows, terms
from tests.simulators.powerschool.access import XteVisit, no_access
from tests.simulators.powerschool.table import Table
from tests.simulators.world import Json

Ids = tuple[str, ...]
Clause = tuple[str, Callable[[object, object], bool], str]

TABLES: dict[str, Table] = {**gradebook_rows.TABLES, **directory_rows.TABLES}
_SECTION = "assignmentsectionid"
_CLAUSE = re.compile(r"(?:(\w+)\.)?(\w+)(==|=ge=|=le=|=gt=|=lt=)(.*)")
_COMPARE: dict[str, Callable[..., bool]] = {
    "==": operator.eq,
    "=ge=": operator.ge,
    "=le=": operator.le,
    "=gt=": operator.gt,
    "=lt=": operator.lt,
}


def list_rows(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/schema/table/{name}."""
    name = ids[0].lower()
    rows = _found(visit, name)
    wanted = visit.query.get("projection", "")
    if not wanted:
        raise Refusal(400, "projection is needed", [{"field": "projection"}])
    columns = None if wanted == "*" else [_column(visit, name, one) for one in wanted.split(",")]
    rows = _sorted(visit, name, rows)
    size = terms.page_size(visit)
    if visit.plan.two_pages:
        size = min(size, max(1, (len(rows) + 1) // 2))
    first = (terms.page(visit) - 1) * size
    shown = [{"tables": {name: _projected(visit, name, one, columns)}} for one in rows[first : first + size]]
    return json_reply(200, {"record": shown})


def count_rows(visit: XteVisit, ids: Ids) -> Reply:
    """GET /ws/schema/table/{name}/count."""
    return json_reply(200, {"count": len(_found(visit, ids[0].lower()))})


def _found(visit: XteVisit, name: str) -> list[Json]:
    table = TABLES.get(name)
    if table is None:
        raise Refusal(404, f"table {name} does not exist")
    if name in visit.district.denied:
        raise no_access(f"{name}.{table.columns[0]}")
    clauses = [_clause(visit, name, one) for one in visit.query.get("q", "").split(";") if one]
    sections = (value for column, compare, value in clauses if column == _SECTION and compare is operator.eq)
    rows = table.rows(visit, next(sections, None))
    return [one for one in rows if all(_meets(one, clause) for clause in clauses)]


def _clause(visit: XteVisit, table: str, given: str) -> Clause:
    found = _CLAUSE.fullmatch(given.strip())
    if found is None or found[1] not in (None, table):
        raise Refusal(400, f"q is not understood at {given}", [{"field": "q"}])
    return _column(visit, table, found[2]), _COMPARE[found[3]], found[4]


def _meets(row: Json, clause: Clause) -> bool:
    column, compare, wanted = clause
    held = row.get(column)
    if held is None:
        return False
    try:
        return compare(float(_text(held)), float(wanted))
    except ValueError:
        return compare(_text(held), wanted)


def _column(visit: XteVisit, table: str, given: str) -> str:
    name = given.strip().lower().removeprefix(f"{table}.")
    if name not in TABLES[table].columns or f"{table}.{name}" in visit.district.denied:
        raise no_access(f"{table}.{name}")
    return name


def _sorted(visit: XteVisit, table: str, rows: list[Json]) -> list[Json]:
    column = visit.query.get("sort")
    if column is None:
        return rows
    name = _column(visit, table, column)

    def key(row: Json) -> tuple[bool, float, str]:
        text = _text(row.get(name))
        return row.get(name) is not None, float(text) if text.isdecimal() else 0.0, text

    return sorted(rows, key=key, reverse=visit.truth("sortdescending") is True)


def _projected(visit: XteVisit, table: str, row: Json, columns: list[str] | None) -> Json:
    denied = visit.district.denied
    shown = (
        [one for one in TABLES[table].columns if f"{table}.{one}" not in denied]
        if columns is None
        else columns
    )
    return {name: _text(row[name]) for name in shown if row.get(name) is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
