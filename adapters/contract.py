"""What an adapter is: it translates and calls. One engine drives all of them (protocol.py, engine.py).

An adapter serves one district. Its methods raise the errors of errors.py and nothing else; each is one step of an
item, may be called from several threads at once, and is never called twice at once for one item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from schemas.desired import DesiredItem
from schemas.district import DayOff, MarkingPeriod, SisCategory
from schemas.results import ScoreProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a system offers, as data: the protocol branches on these and on no system's name.

    `vendor_ids`: we choose the item's id and PUT it, so a create may be repeated; without it the create protocol
    (intent, one POST, look up) is needed. `scores_per_call`: 1 where there is no bulk call. `marker`: an item carries
    `Job.marker`, and a look-up tells it by that alone; without it a look-up compares title, due date, points and
    category, and two alike are ambiguous. `lateness`: seconds after an intent was written when its create has either
    shown up or never will: the call's own deadline, the server's delay and the lag of its search (the district's
    option `lateness_seconds` overrides the latter two). `sendable`: seconds after an intent in which its create may
    still be sent, which is what the lateness allows for. `calendar`: `directory` tells marking periods.
    `teachers_categories`: categories are a teacher's own, so `directory`, `create_category` and `check` take a section
    as "section:teacher".
    Limits of titles and points, and the marks a system can hold, are data of schemas/systems.toml.
    """

    vendor_ids: bool
    deletes: bool
    detects_edits: bool
    reads_scores: bool
    scores_per_call: int
    searchable: bool = False
    marker: bool = False
    lateness: float = 0.0
    sendable: float = float("inf")
    creates_categories: bool = False
    calendar: bool = False
    teachers_categories: bool = False

    def within(self, call: float, late: float) -> "Capabilities":
        """With calls of at most `call` seconds, and `late` more for the server to show what a call has made.

        Three calls may pass before the create itself begins: signing in, a reading, a first try that was not let in.
        """
        return replace(self, sendable=3 * call, lateness=4 * call + late)


class Prints(NamedTuple):
    """Hashes of one thing: of all we send, and of what a reading of it should show.

    The second covers less: the fields both sides store alike, in a canonical form.
    """

    sent: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A decision as this system will be told it. Scores by LMS student id; the dropped are left out.

    `blanks` are cells to be empty: sent only where something stood. `problems` are scores that cannot be told.
    `outline`: for systems without a marker, a hash of name, due date, points and category, by which a lost create is
    known again even if somebody there has touched the rest; "" when `item.seen` serves.
    """

    item: Prints
    scores: Mapping[str, Prints]
    outline: str = ""
    blanks: frozenset[str] = frozenset()
    problems: tuple[ScoreProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a step needs: the decision, the SIS's ids of the item so far, and how many of ours it has used up.

    `marker`: what a create writes where the system has a field for it: short, printable, the same for every create
    of the item's present life, of no meaning to anyone else.
    """

    desired: DesiredItem
    remote: Mapping[str, str]
    life: int = 0
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The item as the SIS has it now. `modified` is the SIS's own change marker, "" without one."""

    seen: str
    modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of the scores of one call: ids the SIS gave the accepted ones, where it gave any of its own."""

    accepted: Mapping[str, str | None]
    problems: tuple[ScoreProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An item standing in the SIS that may be what a create with an unknown outcome made.

    `remote`: its ids, as `create` would have given them. `seen`: as in Found; `outline`: as in Draft. `age`: sorts
    the oldest first.
    """

    remote: Mapping[str, str]
    seen: str
    outline: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the SIS says about itself: for the district's configuration, never for one item's delivery.

    Categories are those of the asked sections; marking periods and days off by school, only with `calendar`.
    """

    categories: tuple[SisCategory, ...] = ()
    marking_periods: Mapping[str, tuple[MarkingPeriod, ...]] = field(default_factory=dict)
    days_off: Mapping[str, tuple[DayOff, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the self-test. `what`: sign-in, or what was tried ("read categories"). `code`: of the catalog;
    None when it went well. `params` name the missing permission the way the SIS's own screens do.
    """

    what: str
    code: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class Adapter(Protocol):
    """One district's SIS."""

    @property
    def capabilities(self) -> Capabilities:
        """What the system offers."""

    def draft(self, desired: DesiredItem) -> Draft:
        """The decision's hashes. Pure: no call."""

    def read(self, job: Job) -> Found:
        """The item as the SIS has it. Gone when it has none."""

    def read_scores(self, job: Job) -> Mapping[str, str]:
        """The `seen` hash of each score that stands in the SIS, by LMS student id. Gone when the item is; a SIS that
        only lists scores has none of it then.
        """

    def write(self, job: Job) -> Mapping[str, str]:
        """Create or replace the item; its ids. Repeatable when `vendor_ids`."""

    def create(self, job: Job) -> Mapping[str, str]:
        """One POST that makes the item; its ids. Only without `vendor_ids`.

        UnknownOutcome whenever the answer does not prove either that it was made (with its id) or that it was not:
        a 2xx without an id, a 5xx, a time-out. Refused or Retry only when the SIS said that it did nothing.
        """

    def look_up(self, job: Job) -> Sequence[Candidate]:
        """Over all pages, every item of the section that carries the job's marker; where there is no marker field,
        every item of the section. Only without `vendor_ids`.
        """

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        """Send these students' scores, `scores_per_call` at most. Gone when the item is."""

    def delete(self, job: Job) -> None:
        """Remove the item with its scores; nothing to remove is success."""

    def directory(self, sections: Sequence[str], schools: Sequence[str]) -> Directory:
        """What the SIS tells of these SIS sections and SIS schools."""

    def create_category(self, section: str, title: str) -> SisCategory:
        """Make a category in a SIS section. Only with `creates_categories`; an equal one that stands is returned."""

    def check(self, section: str | None) -> Sequence[Finding]:
        """The self-test: sign in, then read what a delivery reads, of this SIS section when one is named.

        Writes nothing, raises nothing of DeliveryError: each trouble is a Finding.
        """

    def close(self) -> None:
        """Let go of connections; calls under way end with an error."""
