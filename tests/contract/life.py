"""An item's life as a table: each event in each state, and what must come of it, by what the system can do.

States are how an item stands when the event comes; events are the decisions an LMS's changes lead to. `Expected` is
the model: it reads Capabilities, and no system's name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from schemas.gradebook import Choice, Score
from tests.contract.bench import OTHER_CATEGORY, Bench
from tests.unit.adapters.desk import scores


class State(StrEnum):
    """How an item stands."""

    NEW = "never sent"
    IN = "in the SIS"
    REFUSED = "refused at first"
    LOST = "created, and the reply lost"
    EDITED = "edited in the SIS"
    CONFLICT = "edited in the SIS, and said so"
    VANISHED = "deleted in the SIS"
    TOLD = "deleted in the SIS, and said so"
    DELETED = "deleted by us"
    PART = "in, but for one student"
    KEPT = "edited in the SIS, and kept so"


class Event(StrEnum):
    """What the LMS says next."""

    SAME = "nothing new"
    RENAME = "renamed"
    REDATE = "due on another day"
    REFILE = "another category"
    RESCORE = "another score"
    DELETE = "deleted"
    UNPUBLISH = "unpublished"
    REBIND = "the section bound anew"
    DROP = "a student dropped"
    MOVE = "a student moved to another section"
    ADD = "a student added"


#: Events that change nothing the SIS should hold. A draft is not taken out of the SIS: intake refuses it.
_QUIET = frozenset({Event.SAME, Event.UNPUBLISH, Event.DROP, Event.MOVE})
_STANDS = frozenset({State.IN, State.LOST, State.PART, State.KEPT})
_ABSENT = frozenset({State.NEW, State.REFUSED, State.TOLD, State.DELETED})


@dataclass
class Item:
    """One item of a bench, and what the LMS says of it."""

    bench: Bench
    name: str
    content: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=lambda: {"stu-1": 5.0, "stu-3": 6.0})

    def say(self, **changes: Any) -> tuple[Any, int]:
        """Deliver what the LMS says now."""
        self.content |= changes
        choice = self.content.pop("choice", None)
        told = tuple(Score(student=who, points=points) for who, points in self.scores.items())
        return self.bench.deliver(self.name, **self.content, scores=told, choice=choice)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The item as it stands, which its titles name."""
        return [one for one in self.bench.items if one["title"].endswith(self.name)]

    @property
    def id(self) -> str:
        (one,) = self.rows
        return str(one["id"])

    @property
    def numbers(self) -> Mapping[str, float]:
        """Its numbers in the SIS."""
        (one,) = self.rows
        return {
            who: row["value"]
            for who, row in self.bench.cells_of(one["id"]).items()
            if row["value"] is not None
        }


def prepare(item: Item, state: State) -> None:
    """Bring an item into a state."""
    bench, name = item.bench, item.name
    title = f"Title of {name}"
    match state:
        case State.NEW:
            return
        case State.REFUSED:
            assert item.say(title="t" * 300)[0].code == "SIS_REFUSED_TITLE"
            item.content.pop("title")
            return
        case State.LOST:
            bench.fault_at(bench.door.routes.create, kind="commit_then_drop", count=1)
            told = scores(**item.scores)
            bench.lose(bench.desired(name, scores=told))
            return
        case State.PART:
            item.scores["stu-4"] = 1.0
    item.say(title=title)
    match state:
        case State.EDITED | State.CONFLICT | State.KEPT:
            bench.retitle(f"Theirs, {name}", item.id)
        case State.VANISHED | State.TOLD:
            bench.drop(item.id)
        case State.DELETED:
            item.say(deleted=True)
            item.content["deleted"] = False
    if state in (State.CONFLICT, State.TOLD, State.KEPT):
        item.say(points=20.0)
    if state is State.KEPT:
        item.say(choice=Choice.KEEP_SIS)


def happen(item: Item, event: Event) -> Any:
    """The event: its result."""
    changes: dict[Event, Callable[[], dict[str, Any]]] = {
        Event.RENAME: lambda: {"title": f"Renamed, {item.name}"},
        Event.REDATE: lambda: {"due_date": "2026-12-03"},
        Event.REFILE: lambda: {"category": OTHER_CATEGORY},
        Event.RESCORE: lambda: item.scores.update({"stu-1": 9.0}) or {},
        Event.DELETE: lambda: {"deleted": True},
        Event.UNPUBLISH: lambda: {"published": False},
        Event.REBIND: lambda: _rebound(item),
        Event.DROP: lambda: _without(item),
        Event.MOVE: lambda: _without(item),
        Event.ADD: lambda: _added(item),
    }
    told = changes[event]() if event in changes else {}
    return item.say(**told)[0]


def _rebound(item: Item) -> dict[str, Any]:
    item.scores = {"stu-3": 6.0}
    return {"section": "class-2", "school": "school-2", "category": "cat-hw"}


def _without(item: Item) -> dict[str, Any]:
    """stu-1 is gone from the section; the score stays where it stands."""
    return {"dropped": ["stu-1"]}


def _added(item: Item) -> dict[str, Any]:
    item.scores["stu-2"] = 4.0
    return {}


def expected(bench: Bench, state: State, event: Event) -> tuple[str | None, bool]:
    """The result's code, and whether the item stands in the SIS afterwards."""
    can = bench.can
    refused = "SCORES_NOT_ACCEPTED" if state is State.PART and event is not Event.REBIND else None
    if event is Event.DELETE:
        return _deleted(bench, state)
    if state in _ABSENT:
        return refused, True
    if state in _STANDS:
        return ("MOVE_BY_HAND", True) if event is Event.REBIND else (refused, True)
    if state is State.CONFLICT:
        return "CHANGED_IN_SIS", True
    quiet = event in _QUIET or (event is Event.REFILE and not bench.door.files)
    if state is State.EDITED:
        return (None, True) if quiet or not can.detects_edits else ("CHANGED_IN_SIS", True)
    return (None, False) if quiet else ("DELETED_IN_SIS", False)


def _deleted(bench: Bench, state: State) -> tuple[str | None, bool]:
    if state in (State.NEW, State.REFUSED, State.DELETED):
        return None, False
    there = state not in (State.VANISHED, State.TOLD)
    if not bench.can.deletes:
        return "DELETE_BY_HAND", there
    edited = state in (State.EDITED, State.CONFLICT)
    return ("CHANGED_IN_SIS", True) if edited else (None, False)
