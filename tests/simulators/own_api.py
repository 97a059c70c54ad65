"""What the systems with an API of their own have in common: routes, bodies, refusals, the way of one call.

A call is signed in, found in the table of routes, held against the rights that were taken away, and then
answered by the function of its route.  What each system adds is its table, its way of signing in and its error
body.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, unquote

from tests.simulators.call import Call, Reply
from tests.simulators.checks import FieldError
from tests.simulators.commit_log import CommitLog
from tests.simulators.faults import Plan
from tests.simulators.gradebook import Change
from tests.simulators.world import District, Json

JSON_TYPE = {"Content-Type": "application/json;charset=UTF-8"}
Store = TypeVar("Store")


class Refusal(Exception):
    """The system says no; ``details`` go into its error body where it has room for them."""

    def __init__(self, status: int, message: str, details: Iterable[Json] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = list(details)


@dataclass(frozen=True, slots=True)
class Visit(Generic[Store]):
    """One call on its way; ``base`` is the address of the district before its own paths."""

    store: Store
    district: District
    call: Call
    plan: Plan
    base: str
    change: Callable[[str], Change]
    query: dict[str, str] = field(default_factory=dict)

    def body(self) -> object:
        """The JSON body; Refusal 415 or 400 when it is none."""
        kind = self.call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refusal(415, "Content-Type must be application/json")
        try:
            return json.loads(self.call.body)
        except (ValueError, RecursionError) as error:
            raise Refusal(400, "the body is not JSON") from error

    def truth(self, name: str) -> bool | None:
        """A query argument of true or false; None when it is not given."""
        given = self.query.get(name)
        if given not in (None, "true", "false"):
            raise Refusal(400, f"{name} must be true or false")
        return None if given is None else given == "true"


Act = Callable[[Visit[Store], tuple[str, ...]], Reply]


@dataclass(frozen=True, slots=True)
class Route(Generic[Store]):
    """An address, the rights it needs, and the function that answers."""

    method: str
    template: str
    act: Act[Store]
    needs: tuple[str, ...] = ()


class RouteTable(Generic[Store]):
    """Finds the route of a call; a slash at the end does not matter."""

    def __init__(self, routes: Iterable[Route[Store]], *, ignore_case: bool = False) -> None:
        self._fold = str.lower if ignore_case else str
        self._routes = [(route, self._parts(route.template)) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route[Store], tuple[str, ...]] | None:
        """The route and the ids in the address."""
        given = path.strip("/").split("/")
        folded = self._parts(path)
        for route, parts in self._routes:
            if route.method == method and _fits(parts, folded):
                ids = (unquote(one) for want, one in zip(parts, given, strict=True) if want[:1] == "{")
                return route, tuple(ids)
        return None

    def knows(self, path: str) -> bool:
        """Whether some method is served at this address."""
        folded = self._parts(path)
        return any(_fits(parts, folded) for _, parts in self._routes)

    def _parts(self, path: str) -> list[str]:
        return [one if one[:1] == "{" else self._fold(one) for one in path.strip("/").split("/")]


class OwnDesk(ABC, Generic[Store]):
    """A district behind an API of its own."""

    def __init__(
        self, district: District, log: CommitLog, routes: RouteTable[Store], store: Store, root: str = ""
    ) -> None:
        """``root`` is what all addresses begin with, before the templates of the routes."""
        self._district = district
        self._log = log
        self._routes = routes
        self._store = store
        self._root = root

    @abstractmethod
    def sign_in(self, call: Call, tail: str) -> None:
        """Refusal unless the caller may come in."""

    @abstractmethod
    def refused(self, refusal: Refusal) -> Reply:
        """A refusal in this system's words."""

    @abstractmethod
    def no_right(self, missing: str) -> Refusal:
        """What it says where a right was taken away."""

    @abstractmethod
    def bad_field(self, error: FieldError) -> Refusal:
        """What it says to a value it does not accept."""

    def template(self, method: str, tail: str) -> str:
        """The address with its ids blanked out, for the counters."""
        found = self._routes.find(method, tail.removeprefix(self._root))
        return self._root + found[0].template if found else "(unknown)"

    def answer(self, call: Call, tail: str, plan: Plan) -> Reply:
        """The whole of the district's work for one call."""
        try:
            self.sign_in(call, tail)
            return self._operate(call, tail, plan)
        except FieldError as error:
            return self.refused(self.bad_field(error))
        except Refusal as refusal:
            return self.refused(refusal)

    def refusal(self, status: int, why: str) -> Reply:
        """An error body in this system's words, for caps and fault switches."""
        return self.refused(Refusal(status, why))

    def _operate(self, call: Call, tail: str, plan: Plan) -> Reply:
        path = tail.removeprefix(self._root)
        found = self._routes.find(call.method, path)
        if found is None:
            known = self._routes.knows(path)
            raise Refusal(405 if known else 404, f"{call.method} {tail} is not served")
        route, ids = found
        self._check_rights(route)
        visit = Visit(
            store=self._store,
            district=self._district,
            call=call,
            plan=plan,
            base=call.origin + call.path.removesuffix(tail),
            change=lambda verb: Change(self._district, self._log, "vendor", verb),
            query=dict(parse_qsl(call.query, keep_blank_values=True)),
        )
        return route.act(visit, ids)

    def _check_rights(self, route: Route[Store]) -> None:
        denied = self._district.denied
        for need in (f"{route.method} {self._root}{route.template}", *route.needs):
            if need in denied or need.partition(".")[0] in denied:
                raise self.no_right(need)


def json_reply(status: int, body: object, headers: dict[str, str] | None = None) -> Reply:
    """A reply with a JSON body."""
    return Reply(status, json.dumps(body).encode(), JSON_TYPE | (headers or {}))


def _fits(wanted: list[str], given: list[str]) -> bool:
    return len(wanted) == len(given) and all(
        want == got or (want[:1] == "{" and got) for want, got in zip(wanted, given, strict=True)
    )
