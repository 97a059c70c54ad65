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
    has. `files`: a category that is not there is refused (Campus 1.1 takes any [D:IC-PUSH]). `rights`: what the
    simulator takes away in the system's own words, and the self-test's lines that then miss it; first the scores'.
    `theirs`: fields only this system has, which are the teacher's. `plain`: this door takes the seed's ids, which
    others of its system do not. `token`: the token's path below the base, where the district must state it.
    """

    name: str
    simulator: str
    kind: Sis
    auth: str
    secrets: tuple[str, str]
    routes: Routes
    rights: Mapping[str, frozenset[str]]
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
    plain: bool = False
    token: str | None = None
    theirs: Mapping[str, Any] = field(default_factory=dict)

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
#: Operations of OneRoster.
STANDARD = {
    "getResultsForLineItemForClass": frozenset({"read scores"}),
    "getLineItem": frozenset({"read item"}),
    "getCategoriesForClass": frozenset({"read categories"}),
    "getAllGradingPeriods": frozenset({"read marking periods"}),
}
XTE = "xte/section/assignment"
OBJECT = "Gradebook/Assignment"
ROW = "Gradebook/StudentAssignment"
PAGE = r"/\d+/\d+$"
GENERIC = Routes(
    create=Call("PUT", OBJECT + "$"),
    replace=Call("POST", OBJECT + r"/\d+$"),
    read=Call("GET", OBJECT + r"/\d+$"),
    delete=Call("DELETE", OBJECT),
    score=Call("PUT", ROW + "$"),
    standing=Call("POST", ROW + PAGE),
    listed=Call("POST", OBJECT + PAGE),
)

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
        rights={
            "assignmentscore.studentsdcid": frozenset({"read scores"}),
            "teachercategory.name": frozenset({"read categories", "list items"}),
            "assignment.createdbyplugin": frozenset({"list items"}),
        },
        costs=Costs(create=2),  # the GET that learns the second id
        section="{key}:{teacher}",
        theirs={"isscorespublish": False, "weight": 1.0},
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
        rights={
            "Gradebook Scores": frozenset({"read scores"}),
            "Gradebook Data": frozenset({"read categories", "list items"}),
            "Calendar": frozenset({"read calendar"}),
        },
        costs=Costs(first=1),  # the gradebook's categories
        theirs={"GradingCompleted": True, "FormativeSummativeIndicator": "F"},
        nobody="99999",
    ),
    Door(
        name="qmlativ-generic",
        simulator="skyward_qmlativ",
        kind=Sis.SKYWARD,
        door="qmlativ-generic",
        auth="oauth2",
        secrets=CLIENT,
        routes=GENERIC,
        rights={
            "StudentAssignment.list": frozenset({"read scores"}),
            "Assignment.read": frozenset({"read item"}),
            "Assignment.list": frozenset({"find items"}),
            "GradebookCategory": frozenset({"read categories"}),
            "ScoreClarifier": frozenset({"read clarifiers"}),
            "GradingPeriod": frozenset({"read marking periods"}),
        },
        costs=Costs(standing=2, listed=2),  # a list ends with a page that brings nothing new
        theirs={"Weight": 2.0, "Instructions": "theirs"},
        nobody="99999",
    ),
    Door(
        name="qmlativ-generic-without-marker",
        simulator="skyward_qmlativ",
        kind=Sis.SKYWARD,
        door="qmlativ-generic",
        auth="oauth2",
        secrets=CLIENT,
        options={"marker_kept": "no"},
        switches={"qmlativ_sync_key": False, "qmlativ_create_reply": "id"},
        routes=GENERIC,
        rights={"StudentAssignment.list": frozenset({"read scores"})},
        costs=Costs(standing=2, listed=2),
        nobody="99999",
    ),
    Door(
        name="qmlativ-oneroster",
        simulator="skyward_qmlativ",
        kind=Sis.SKYWARD,
        door="qmlativ-oneroster",
        auth="oauth2",
        secrets=CLIENT,
        token="/oauth/token",
        routes=SINGLE,
        rights=STANDARD,
        plain=True,
    ),
    Door(
        name="skyward-sms",
        simulator="skyward_sms",
        kind=Sis.SKYWARD,
        door="sms-oneroster",
        auth="token",
        secrets=CLIENT,
        routes=SINGLE,
        rights=STANDARD,
    ),
    Door(
        name="campus-1.2",
        simulator="infinite_campus",
        kind=Sis.INFINITE_CAMPUS,
        door="oneroster-1.2",
        auth="oauth2",
        secrets=CLIENT,
        options=PARTNER,
        routes=SINGLE,
        rights=STANDARD,
    ),
    Door(
        name="campus-1.1",
        simulator="infinite_campus",
        kind=Sis.INFINITE_CAMPUS,
        door="oneroster-1.1",
        auth="oauth2",
        secrets=CLIENT,
        options=PARTNER,
        routes=SINGLE,
        rights={right: lines for right, lines in STANDARD.items() if "Categories" not in right}
        | {"getAllCategories": frozenset({"read categories"})},
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
        rights=STANDARD,
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
        rights=STANDARD,
    ),
    Door(
        name="eschoolplus-oauth2-whole-batch",
        simulator="eschoolplus",
        kind=Sis.ESCHOOLPLUS,
        auth="oauth2",
        secrets=CLIENT,
        switches={"bulk_refusal": "all_or_nothing"},
        routes=BULK,
        rights=STANDARD,
    ),
)
