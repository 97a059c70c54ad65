"""A OneRoster gradebook small enough to see through: what was put can be got, listed and deleted."""

from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from adapters.http import Reply, Request
from tests.unit.adapters.network import reply

Json = dict[str, Any]


class Book:
    """`students` are those a result may name; everyone when None."""

    def __init__(self, students: set[str] | None = None) -> None:
        self.items: dict[str, Json] = {}
        self.results: dict[str, Json] = {}
        self.students = students
        self.categories: list[Json] = []
        self.refusals: dict[tuple[str, str], Reply] = {}

    def __call__(self, request: Request) -> Reply:
        parts = [unquote(part) for part in urlsplit(request.url).path.split("/")]
        first = next(n for n, part in enumerate(parts) if part in ("lineItems", "results", "classes"))
        where = parts[first:]
        refused = self.refusals.get((request.method, where[0]))
        if refused is not None:
            return refused
        if where[0] == "classes":
            return self._listed(where[3]) if where[3] in self.items else reply(404)
        shelf = self.items if where[0] == "lineItems" else self.results
        envelope = "lineItem" if where[0] == "lineItems" else "result"
        return self._one(request, shelf, where[1], envelope)

    def _listed(self, item: str) -> Reply:
        rows = [row for row in self.results.values() if row["lineItem"]["sourcedId"] == item]
        return reply(200, {"results": rows}, x_total_count=str(len(rows)))

    def _one(self, request: Request, shelf: dict[str, Json], key: str, envelope: str) -> Reply:
        if request.method == "PUT":
            row = orjson.loads(request.body or b"")[envelope]
            if envelope == "result":
                if row["lineItem"]["sourcedId"] not in self.items:
                    return reply(404, {"imsx_description": "unknown object"})
                if self.students is not None and row["student"]["sourcedId"] not in self.students:
                    return reply(404, {"imsx_description": "unknown object"})
            shelf[key] = row
            return reply(201)
        if key not in shelf:
            return reply(404)
        if request.method == "DELETE":
            del shelf[key]
            return reply(204)
        return reply(200, {envelope: shelf[key]})

    def cells(self) -> dict[str, Json]:
        """Results by student."""
        return {row["student"]["sourcedId"]: row for row in self.results.values()}
