"""The tables of calls in the adapters' docstrings, counted: protocol.py decides the steps, adapters make the calls."""

from dataclasses import dataclass
from typing import Any

import pytest

from adapters import protocol
from adapters.contract import Adapter, Job
from adapters.errors import Gone
from adapters.http import Reply
from adapters.protocol import End, Step, Work
from schemas.desired import DesiredItem
from schemas.ledger import LedgerEntry
from schemas.results import Outcome
from tests.unit.adapters.aeries import test_adapter as aeries
from tests.unit.adapters.aeries import test_mapping as aeries_items
from tests.unit.adapters.desk import scores
from tests.unit.adapters.powerschool import test_adapter as powerschool
from tests.unit.adapters.powerschool import test_mapping as powerschool_items
from tests.unit.adapters.wire import Wire, answer


def deliver(adapter: Adapter, item: DesiredItem, entry: LedgerEntry | None = None) -> tuple[End, LedgerEntry]:
    """One attempt, step by step, as the engine makes it."""
    work = protocol.begin(
        Work(
            desired=item,
            draft=adapter.draft(item),
            entry=entry or protocol.blank_entry(item),
            can=adapter.capabilities,
        )
    )
    while isinstance(step := protocol.next_step(work), Step):
        work = _step(adapter, work, step)
    return step, work.entry


def _step(adapter: Adapter, work: Work, step: Step) -> Work:
    job = Job(desired=work.desired, remote=work.entry.remote, marker="marker-1")
    try:
        match step:
            case Step.CREATE:
                return protocol.after_write(work, adapter.create(job))
            case Step.READ:
                return protocol.after_read(work, adapter.read(job))
            case Step.READ_SCORES:
                return protocol.after_read_scores(work, adapter.read_scores(job))
            case Step.WRITE:
                return protocol.after_write(work, adapter.write(job))
            case Step.SCORES:
                students = protocol.pending(work)
                return protocol.after_scores(work, students, adapter.send_scores(job, students))
            case Step.DELETE:
                adapter.delete(job)
                return protocol.after_delete(work)
            case Step.LOOK_UP:
                raise AssertionError(step)
    except Gone:
        return protocol.after_read(work, None) if step is Step.READ else protocol.after_gone(work, step)


@dataclass
class System:
    """One system: its test module's words, and the replies each step takes."""

    module: Any
    items: Any
    first: int
    create: int

    def item(self, points: float | None = None, **changes: Any) -> DesiredItem:
        told = {} if points is None else {"scores": scores(**{"501": points, "502": 2.0})}
        made: DesiredItem = self.items.desired(**told, **changes)
        return made

    def replies(self, item: DesiredItem, *steps: str) -> list[Reply]:
        found = self.items.read_back(item)
        standing = {"501": "5", "502": "2"}
        if self.module is powerschool:
            rows = [{"studentsdcid": who, "actualscoreentered": value} for who, value in standing.items()]
            known = {
                "create": [powerschool.CREATED, answer(200, found)],
                "read": [answer(200, found)],
                "rows": [powerschool.table(*rows)],
                "write": [answer(201)],
                "scores": [answer(200, {})],
                "delete": [Reply(204, {}, b"")],
            }
        else:
            cells = [
                {"StudentID": int(who), "NumberCorrect": float(value)} for who, value in standing.items()
            ]
            known = {
                "categories": [answer(200, aeries.CATEGORIES)],
                "create": [answer(201, [found])],
                "read": [answer(200, found)],
                "rows": [answer(200, cells)],
                "write": [answer(200, [found])],
                "scores": [answer(200, cells)],
            }
        return [reply for step in steps for reply in known.get(step, [])]


POWERSCHOOL = System(powerschool, powerschool_items, first=0, create=2)
AERIES = System(aeries, aeries_items, first=1, create=1)
BOTH = pytest.mark.parametrize("one", [POWERSCHOOL, AERIES], ids=["powerschool", "aeries"])


def begun(one: System, item: DesiredItem) -> tuple[Wire, Adapter, LedgerEntry]:
    """An item that is in, with its calls forgotten."""
    steps = ["categories", "create", *(["scores"] if item.content.scores else [])]
    wire = Wire(*one.replies(item, *steps))
    adapter: Adapter = one.module.system(wire)
    end, entry = deliver(adapter, item)
    assert (end.outcome, end.action, wire.replies) == (Outcome.SUCCESSFUL, "created", [])
    assert len(wire.requests) == one.first + one.create + len(steps) - 2
    wire.requests.clear()
    return wire, adapter, entry


@BOTH
@pytest.mark.parametrize(
    ("before", "after", "steps", "action"),
    [
        ({}, {}, [], "unchanged"),
        ({"points": 5.0}, {"points": 5.0}, [], "unchanged"),
        ({"points": 5.0}, {"points": 9.0}, ["read", "rows", "scores"], "updated"),
        ({"points": 5.0}, {"points": 5.0, "title": "New"}, ["read", "write"], "updated"),
        ({"points": 5.0}, {"points": 9.0, "title": "New"}, ["read", "rows", "write", "scores"], "updated"),
    ],
    ids=["new, nothing", "scored, nothing", "score", "field", "both"],
)
def test_a_change_costs_what_the_table_says(
    one: System, before: dict[str, Any], after: dict[str, Any], steps: list[str], action: str
) -> None:
    item = one.item(**before)
    wire, adapter, entry = begun(one, item)
    wire.replies += one.replies(item, *steps)
    end, _ = deliver(adapter, one.item(**after), entry)
    assert (end.outcome, end.action, len(wire.requests), wire.replies) == (
        Outcome.SUCCESSFUL,
        action,
        len(steps),
        [],
    )


@BOTH
def test_one_score_changed_one_score_sent(one: System) -> None:
    item = one.item(5.0)
    wire, adapter, entry = begun(one, item)
    wire.replies += one.replies(item, "read", "rows", "scores")
    deliver(adapter, one.item(9.0), entry)
    body = wire.body()
    assert len(body["assignment_scores"] if isinstance(body, dict) else body) == 1


@BOTH
def test_an_edit_made_there_is_not_overwritten(one: System) -> None:
    item = one.item(5.0)
    wire, adapter, entry = begun(one, item)
    wire.replies += one.replies(one.item(5.0, title="Theirs"), "read")
    end, _ = deliver(adapter, one.item(5.0, title="Ours"), entry)
    assert (end.code, len(wire.requests)) == ("CHANGED_IN_SIS", 1)


@BOTH
def test_a_score_typed_there_is_not_overwritten(one: System) -> None:
    item = one.item(4.0)  # the standing 5 was typed there
    wire, adapter, entry = begun(one, item)
    wire.replies += one.replies(item, "read", "rows")
    end, _ = deliver(adapter, one.item(9.0), entry)
    assert (end.code, [problem.student for problem in end.problems]) == ("CHANGED_IN_SIS", ["501"])
    assert len(wire.requests) == 2


def test_a_delete_costs_what_the_table_says() -> None:
    item = POWERSCHOOL.item()
    wire, adapter, entry = begun(POWERSCHOOL, item)
    wire.replies += POWERSCHOOL.replies(item, "read", "delete")
    end, entry = deliver(adapter, POWERSCHOOL.item(deleted=True), entry)
    assert (end.action, len(wire.requests), entry.remote) == ("deleted", 2, {})
    wire, adapter, entry = begun(AERIES, AERIES.item())
    end, _ = deliver(adapter, AERIES.item(deleted=True), entry)
    assert (end.code, len(wire.requests)) == ("DELETE_BY_HAND", 0)


def test_new_points_send_every_score_again_in_the_same_one_call() -> None:
    """What update_scores made of them does not matter then [I]."""
    item = POWERSCHOOL.item(5.0)
    wire, adapter, entry = begun(POWERSCHOOL, item)
    wire.replies += POWERSCHOOL.replies(item, "read", "rows", "write", "scores")
    changed = POWERSCHOOL.items.desired(points=20.0, scores=item.content.scores)
    end, _ = deliver(adapter, changed, entry)
    assert (end.outcome, len(wire.requests)) == (Outcome.SUCCESSFUL, 4)
    assert len(wire.body()["assignment_scores"]) == 2
