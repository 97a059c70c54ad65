"""The doors of the contract suite, as data: how each system is started, reached and called.

A test reads a door's numbers and patterns and its adapter's Capabilities, and never asks which system it is. What a
door loses of a score, and what it limits, is schemas/systems.toml's to say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from adapters.contract import Adapter
from adapters.registry import CONNECT
from schemas.district import DistrictConfig
from schemas.gradebook import Sis
from schemas.systems import System, system


class Call(NamedTuple):
    """A call as fault switches find it: method, and a pattern of the path below the district's base."""

    method: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Routes:
    """The calls of passback. Where ids are ours, `create` and `replace` are one."""

    create: Call
    replace: Call
    read: Call
    delete: Call
    score: Call
    standing: Call
    listed: Call | None = None


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What Capabilities do not say of calls: of a create, of one list of scores, and once per connection."""

    create: int = 1
    standing: int = 1
    listed: int = 1
    first: int = 0


@dataclass(frozen=True, kw_only=True)
class Door:
    """One way into one system. `sis` are settings of the connection, `switches` and `limits` of the simulator.

    `section` and `student` say which of the simulator's ids name them to the adapter. `nobody` is an id no student
    has. `files`: a category that is not there is refused (Campus 1.1 takes any [D:IC-PUSH]). `denied`: a right the
    simulator takes away in its own words, and the self-test's line that misses it.
    """

    name: str
    simulator: str
    kind: Sis
    auth: str
    secrets: tuple[str, str]
    routes: Routes
    denied: tuple[str, str]
    door: str | None = None
    sis: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    costs: Costs = Costs()
    below: str = ""
    section: str = "{key}"
    student: str | None = None
    nobody: str = "stranger"
    files: bool = True

    @property
    def connect(self) -> Callable[[DistrictConfig, Callable[[], None]], Adapter]:
        """The adapter that is installed for the system."""
        return CONNECT[self.kind]

    @property
    def system(self) -> System:
        """What the system holds by this door."""
        return system(self.kind, self.door)

    @property
    def signs_in(self) -> bool:
        """Whether a connection begins with a call for a token."""
        return self.auth in ("oauth2", "token")


CLIENT = ("demo-client", "demo-client-secret")
OAUTH1 = ("OneRoster_ABC_123", "demo-secret")
CERTIFICATE = ("", "demo-Certificate-of-32-character")
PARTNER = {"vendor_key": "env:TEST_VENDOR_KEY", "vendor_secret": "env:TEST_VENDOR_SECRET"}
_ITEM = "/lineItems/[^/]+$"


def _oneroster(score: Call) -> Routes:
    return Routes(
        create=Call("PUT", _ITEM),
        replace=Call("PUT", _ITEM),
        read=Call("GET", "oneroster.*" + _ITEM),
        delete=Call("DELETE", _ITEM),
        score=score,
        standing=Call("GET", "/lineItems/[^/]+/results$"),
    )


BULK = _oneroster(Call("POST", "/results$"))
SINGLE = _oneroster(Call("PUT", "/results/[^/]+$"))
XTE = "xte/section/assignment"
OBJECT = "Gradebook/Assignment"
ROW = "Gradebook/StudentAssignment"
PAGE = r"/\d+/\d+$"

DOORS = (
    Door(
        name="powerschool",
        simulator="powerschool",
        kind=Sis.POWERSCHOOL,
        auth="oauth2",
        secrets=CLIENT,
        routes=Routes(
            create=Call("POST", XTE),
            replace=Call("PUT", XTE),
            read=Call("GET", XTE + r"/\d+"),
            delete=Call("DELETE", XTE),
            score=Call("PUT", "xte/score"),
            standing=Call("GET", "table/assignmentscore"),
            listed=Call("GET", XTE + "/?$"),
        ),
        denied=("assignmentscore.studentsdcid", "read scores"),
        costs=Costs(create=2),  # the GET that learns the second id
        section="{key}:{teacher}",
        nobody="99999",
    ),
    Door(
        name="aeries",
        simulator="aeries",
        kind=Sis.AERIES,
        auth="certificate",
        secrets=CERTIFICATE,
        routes=Routes(
            create=Call("POST", r"gradebooks/\d+/Assignments$"),
            replace=Call("PUT", "gradebooks/Assignments/"),
            read=Call("GET", "gradebooks/Assignments/"),
            delete=Call("DELETE", "gradebooks"),
            score=Call("POST", "Scores$"),
            standing=Call("GET", "scores$"),
            listed=Call("GET", r"gradebooks/\d+/assignments$"),
        ),
        denied=("Gradebook Scores", "read scores"),
        costs=Costs(first=1),  # the gradebook's categories
        nobody="99999",
    ),
    Door(
        name="qmlativ-generic",
        simulator="skyward_qmlativ",
        kind=Sis.SKYWARD,
        door="qmlativ-generic",
        auth="oauth2",
        secrets=CLIENT,
        routes=Routes(
            create=Call("PUT", OBJECT + "$"),
            replace=Call("POST", OBJECT + r"/\d+$"),
            read=Call("GET", OBJECT + r"/\d+$"),
            delete=Call("DELETE", OBJECT),
            score=Call("PUT", ROW + "$"),
            standing=Call("POST", ROW + PAGE),
            listed=Call("POST", OBJECT + PAGE),
        ),
        denied=("StudentAssignment.list", "read scores"),
        costs=Costs(standing=2, listed=2),  # a list ends with a page that brings nothing new
        nobody="99999",
    ),
    Door(
        name="skyward-sms",
        simulator="skyward_sms",
        kind=Sis.SKYWARD,
        door="sms-oneroster",
        auth="token",
        secrets=CLIENT,
        routes=SINGLE,
        denied=("getResultsForLineItemForClass", "read scores"),
    ),
    Door(
        name="campus-1.2",
        simulator="infinite_campus",
        kind=Sis.INFINITE_CAMPUS,
        door="oneroster-1.2",
        auth="oauth2",
        secrets=CLIENT,
        options={**PARTNER, "peak_hours": "none"},
        routes=SINGLE,
        denied=("getResultsForLineItemForClass", "read scores"),
    ),
    Door(
        name="campus-1.1",
        simulator="infinite_campus",
        kind=Sis.INFINITE_CAMPUS,
        door="oneroster-1.1",
        auth="oauth2",
        secrets=CLIENT,
        options={**PARTNER, "peak_hours": "none"},
        routes=SINGLE,
        denied=("getResultsForLineItemForClass", "read scores"),
        student="legacySourcedId",
        files=False,
    ),
    Door(
        name="eschoolplus",
        simulator="eschoolplus",
        kind=Sis.ESCHOOLPLUS,
        auth="oauth1-hmac-sha1",
        secrets=OAUTH1,
        routes=BULK,
        denied=("getResultsForLineItemForClass", "read scores"),
    ),
    Door(
        name="eschoolplus-sha256-wrapped-own-ids",
        simulator="eschoolplus",
        kind=Sis.ESCHOOLPLUS,
        auth="oauth1-hmac-sha256",
        secrets=OAUTH1,
        switches={"wrapped_errors": True, "allocate_ids": "vendor"},
        limits={"page_max": 2},
        routes=BULK,
        denied=("getResultsForLineItemForClass", "read scores"),
    ),
    Door(
        name="eschoolplus-oauth2-whole-batch",
        simulator="eschoolplus",
        kind=Sis.ESCHOOLPLUS,
        auth="oauth2",
        secrets=CLIENT,
        switches={"bulk_refusal": "all_or_nothing"},
        routes=BULK,
        denied=("getResultsForLineItemForClass", "read scores"),
    ),
)
