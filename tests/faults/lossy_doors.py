"""The systems that give the ids, and the ways in which their simulators lose the reply to a create."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schemas.gradebook import Sis

#: Seconds after which a late commit comes, and by which lists trail.
LATE, LAG = 0.6, 0.6


class Create(NamedTuple):
    """The call that makes an item, as fault switches find it: method, and a pattern of the path."""

    method: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Door:
    """A system that gives the ids. `section`: how a decision names a section; `options`: of the connection."""

    simulator: str
    kind: Sis
    auth: str
    secret: str
    create: Create
    section: str = "{key}"
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def secret_name(self) -> str:
        """The environment variable that holds it."""
        return f"{self.simulator.upper()}_SECRET"


AERIES = Door(  # has a field for our marker
    simulator="aeries",
    kind=Sis.AERIES,
    auth="certificate",
    secret="demo-Certificate-of-32-character",
    create=Create("POST", r"/gradebooks/\d+/Assignments$"),
)
POWERSCHOOL = Door(  # has none: a lost create is known by its outline
    simulator="powerschool",
    kind=Sis.POWERSCHOOL,
    auth="oauth2",
    secret="demo-client-secret",
    create=Create("POST", r"/xte/section/assignment/?($|\?)"),
    section="{key}:{teacher}",
)
QMLATIV = Door(  # has one, and PUT creates
    simulator="skyward_qmlativ",
    kind=Sis.SKYWARD,
    auth="oauth2",
    secret="demo-client-secret",
    create=Create("PUT", r"/Gradebook/Assignment($|\?)"),
    options={"door": "qmlativ-generic"},
)
DOORS = (AERIES, POWERSCHOOL, QMLATIV)
#: What is searched in "METHOD path" to find a create of any of them.
ANY_CREATE = "|".join(f"{door.create.method} .*{door.create.path}" for door in DOORS)

#: Fault switches.
Rules = Sequence[Mapping[str, Any]]
#: By mode: of the create, unless a rule names other calls. Lists matter only once a reply was lost.
MODES: Mapping[str, Rules] = {
    "calm": (),
    "commit_then_drop": ({"kind": "commit_then_drop", "probability": 0.4},),
    "commit_then_500": ({"kind": "commit_then_500", "probability": 0.4},),
    "late_commit": (
        {"kind": "late_commit", "seconds": LATE, "probability": 0.25},
        {"kind": "late_commit", "seconds": LATE, "then": "hang", "probability": 0.25},
    ),
    "search_lag": (
        {"kind": "search_lag", "seconds": LAG, "path": None, "method": None},
        {"kind": "commit_then_drop", "probability": 0.3},
    ),
    "no_id_in_reply": ({"kind": "no_id_in_reply", "probability": 0.4},),
    "two_pages": (
        {"kind": "two_pages", "path": None, "method": None},
        {"kind": "commit_then_drop", "probability": 0.3},
    ),
}
