"""The demo's judge: it passes what is right, and each way of being wrong is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.evidence import Evidence
from deploy.local.oracle import judge
from schemas.gradebook import (
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    RosterChanged,
    RosterEntry,
    Score,
    ScoreFlag,
    ScoresChanged,
    SectionBound,
    Sis,
    SyncRequested,
)
from schemas.results import Outcome, RowState, StatusRow, SyncResult

PAIR = ("s1", "i1")
EXPECTED = {PAIR: ("SUCCESSFUL", None, 0)}


def change(version: int, what: Change) -> GradebookChange:
    return GradebookChange(
        tenant="t", section="s1", event=f"e{version}", version=version, occurred_at=0, change=what
    )


def row(**changed: Any) -> StatusRow:
    fields: dict[str, Any] = {
        "item": "i1",
        "kind": ItemKind.TEST,
        "title": "Quiz",
        "state": RowState.SUCCESSFUL,
        "deleted": False,
        "version": 1,
        "heard": 1,
        "revision": 1,
        "step": 5,
        "changed_at": 0,
        "last_success_at": 0,
        "last_success_revision": 1,
        "last_success_fingerprint": None,
        "sis": Sis.ESCHOOLPLUS,
        "code": None,
        "params": {},
        "next_try_at": None,
        "problems": (),
        "receipt": None,
    }
    return StatusRow(**fields | changed)


def result(**changed: Any) -> SyncResult:
    fields: dict[str, Any] = {
        "tenant": "t",
        "section": "s1",
        "item": "i1",
        "revision": 1,
        "step": 5,
        "outcome": Outcome.SUCCESSFUL,
        "version": 1,
        "at": 0,
        "kind": ItemKind.TEST,
        "title": "Quiz",
        "run": "r1",
    }
    return SyncResult(**fields | changed)


LINE_ITEM: dict[str, Any] = {
    "class": "c1",
    "title": "Quiz",
    "dueDate": "2025-10-01T12:00:00.000Z",
    "resultValueMax": 10.0,
}
CELLS: dict[str, dict[str, Any]] = {
    "r1": {"lineItem": "L1", "student": "S-a", "score": 8.0, "scoreStatus": "fully graded"},
    "r2": {"lineItem": "L1", "student": "S-b", "score": None, "scoreStatus": "exempt"},
}
COMMIT: dict[str, Any] = {"kind": "lineItem", "by": "vendor", "sourcedId": "L1", "content": LINE_ITEM}
ITEM = ItemChanged(
    item="i1",
    kind=ItemKind.TEST,
    title="Quiz",
    due="2025-10-01",
    points=10.0,
    scores=(Score(student="a", points=7.0), Score(student="b", flags=(ScoreFlag.EXCUSED,))),
)


def right() -> Evidence:
    """A small gradebook, whole and synced; the score of a was changed once."""
    seats = (RosterEntry(student="a", sis_student="S-a"), RosterEntry(student="b", sis_student="S-b"))
    return Evidence(
        zone="America/Chicago",
        changes=[
            change(1, SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="h")),
            change(2, RosterChanged(students=seats)),
            change(3, ITEM),
            change(4, ScoresChanged(item="i1", scores=(Score(student="a", points=8.0),))),
            change(5, SyncRequested(run="r1")),
        ],
        results=[result()],
        rows={PAIR: row()},
        line_items={"L1": LINE_ITEM},
        cells=dict(CELLS),
        commits=[COMMIT],
    )


def without(found: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != key}


def test_what_is_right_passes() -> None:
    verdict = judge(right(), EXPECTED)
    assert verdict.good
    assert verdict.line == (
        "demo: sections=1 items=1 successful=1 error=0 queued=0 not_yet_synced=0 lost=0 duplicates=0"
    )


WRONG: dict[str, Callable[[Evidence], Evidence]] = {
    "no row": lambda e: replace(e, rows={}),
    "a click that never ended": lambda e: replace(e, results=[result(outcome=Outcome.QUEUED)]),
    "not in the SIS": lambda e: replace(e, line_items={}, cells={}),
    "another title": lambda e: replace(e, line_items={"L1": LINE_ITEM | {"title": "Quix"}}),
    "a day later": lambda e: replace(
        e, line_items={"L1": LINE_ITEM | {"dueDate": "2025-10-02T12:00:00.000Z"}}
    ),
    "other points": lambda e: replace(e, line_items={"L1": LINE_ITEM | {"resultValueMax": 9.0}}),
    "a score missing": lambda e: replace(e, cells=without(e.cells, "r1")),
    "an older score": lambda e: replace(e, cells=e.cells | {"r1": CELLS["r1"] | {"score": 7.0}}),
    "an excused student with a zero": lambda e: replace(
        e, cells=e.cells | {"r2": CELLS["r2"] | {"score": 0.0}}
    ),
    "a score nobody gave": lambda e: replace(
        e, cells=e.cells | {"r3": {"lineItem": "L1", "student": "S-c", "score": 0.0}}
    ),
    "a dead letter": lambda e: replace(e, dead_letters=1),
    "deleted and still there": lambda e: replace(e, changes=[*e.changes, change(6, ItemDeleted(item="i1"))]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_loss_is_found(what: str) -> None:
    verdict = judge(WRONG[what](right()), {})
    assert verdict.lost
    assert not verdict.good


def test_a_second_line_item_is_a_duplicate_even_after_it_is_gone() -> None:
    twice = replace(right(), commits=[COMMIT, COMMIT | {"sourcedId": "L2"}])
    standing = replace(right(), line_items={"L1": LINE_ITEM, "L2": LINE_ITEM})
    for evidence in (twice, standing):
        verdict = judge(evidence, EXPECTED)
        assert len(verdict.duplicates) == 1
        assert not verdict.good


def test_a_stray_line_item_counts_as_one_too_many() -> None:
    verdict = judge(
        replace(right(), line_items={"L1": LINE_ITEM, "L9": LINE_ITEM | {"title": "Other"}}), EXPECTED
    )
    assert len(verdict.duplicates) == 1


def test_a_queued_row_or_another_error_than_expected_is_not_good() -> None:
    queued = judge(replace(right(), rows={PAIR: row(state=RowState.QUEUED)}), {})
    assert queued.states[RowState.QUEUED] == 1
    assert not queued.good
    other = judge(replace(right(), rows={PAIR: row(state=RowState.ERROR, code="TITLE_EMPTY")}), EXPECTED)
    assert len(other.unexpected) == 1
    assert not other.good
