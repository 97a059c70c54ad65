"""A Generic API small enough to see through: objects by kind and id, lists by search."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from adapters.http import Reply, Request
from tests.unit.adapters.network import reply

Json = dict[str, Any]


class Shelf:
    """`page` caps what a page holds; `refusals` answer a method and object in the place of the work."""

    def __init__(self, page: int = 1000) -> None:
        self.rows: dict[str, dict[str, Json]] = {}
        self.page = page
        self.refusals: dict[tuple[str, str], Reply] = {}
        self.entities: list[str] = []
        self._next = 100

    def add(self, kind: str, **fields: Any) -> str:
        """Put an object there by hand."""
        self._next += 1
        key = {"GradebookCategory": "CategoryID"}.get(kind, f"{kind}ID")
        self.rows.setdefault(kind, {})[str(self._next)] = {key: self._next, **fields}
        return str(self._next)

    def __call__(self, request: Request) -> Reply:
        parts = urlsplit(request.url)
        words = parts.path.rpartition("/Generic/")[2].split("/")
        entity, module, kind, *rest = words
        assert module == "Gradebook"
        self.entities.append(entity)
        refused = self.refusals.get((request.method, kind))
        if refused is not None:
            return refused
        body = orjson.loads(request.body) if request.body else {}
        match request.method, rest:
            case "PUT", []:
                made = self.add(kind, **body)
                return reply(201, {kind: self.rows[kind][made]})
            case (("GET" | "POST"), [page, size]):
                return self._list(kind, body, int(page), min(int(size), self.page))
            case method, [key]:
                row = self.rows.get(kind, {}).get(key)
                return (
                    reply(404, {"Message": "not found"})
                    if row is None
                    else self._one(method, kind, key, row, body)
                )
        raise AssertionError(request.url)

    def _one(self, method: str, kind: str, key: str, row: Json, body: Json) -> Reply:
        if method == "POST":
            row.update(body)
        elif method == "DELETE":
            del self.rows[kind][key]
            return reply(204)
        return reply(200, row)

    def _list(self, kind: str, body: Json, page: int, size: int) -> Reply:
        group = body.get("SearchCondition", {}).get("SearchConditionGroup", {"Conditions": []})
        rows = [
            row
            for row in self.rows.get(kind, {}).values()
            if all(row.get(one["FieldName"]) == one["Value"] for one in group["Conditions"])
        ]
        return reply(200, {"Objects": rows[(page - 1) * size : page * size]})


def query(request: Request) -> dict[str, list[str]]:
    """What follows the question mark."""
    return parse_qs(urlsplit(request.url).query)
