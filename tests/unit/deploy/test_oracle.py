"""The demo's judge: it passes what is right, and each way of being wrong is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deploy.local.evidence import Evidence
from deploy.local.gradebooks import score_differs
from deploy.local.oracle import Expectation, Verdict, together
from deploy.local.oracle import judge as judged
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    MappingChanged,
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
ZONE = "America/Chicago"
EXPECTED = {PAIR: Expectation("SUCCESSFUL")}


def judge(evidence: Evidence, expected: dict[tuple[str, str], Expectation]) -> Verdict:
    return judged(evidence, ZONE, expected)


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


CLASSES = {"seed-class": "c1"}
FOUND: dict[str, Any] = {
    "sectionKey": "c1",
    "title": "Quiz",
    "dueDate": "2025-10-01",
    "points": 10.0,
    "categoryKey": "QZ",
}
SCORES: list[dict[str, Any]] = [
    {"item": "L1", "studentKey": "S-a", "value": 8.0, "comment": None, "flags": []},
    {"item": "L1", "studentKey": "S-b", "value": None, "comment": None, "flags": ["excused"]},
]
COMMIT: dict[str, Any] = {
    "kind": "lineItem",
    "by": "vendor",
    "sourcedId": "L1",
    "content": {"class": "seed-class", "title": "Quiz"},
}
ITEM = ItemChanged(
    item="i1",
    kind=ItemKind.TEST,
    title="Quiz",
    category="quizzes",
    due="2025-10-01",
    points=10.0,
    scores=(Score(student="a", points=7.0), Score(student="b", flags=(ScoreFlag.EXCUSED,))),
)


def right() -> Evidence:
    """A small gradebook, whole and synced; the score of a was changed once."""
    seats = (RosterEntry(student="a", sis_student="S-a"), RosterEntry(student="b", sis_student="S-b"))
    return Evidence(
        sis=Sis.ESCHOOLPLUS,
        changes=[
            change(1, SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="c1", school="h")),
            change(2, RosterChanged(students=seats)),
            change(3, MappingChanged(categories=(CategoryMapping(category="quizzes", sis_category="QZ"),))),
            change(4, ITEM),
            change(5, ScoresChanged(item="i1", scores=(Score(student="a", points=8.0),))),
            change(6, SyncRequested(run="r1")),
        ],
        results=[result()],
        rows={PAIR: row()},
        items={"L1": FOUND},
        scores=list(SCORES),
        commits=[COMMIT],
        classes=CLASSES,
    )


def with_first(**changed: Any) -> list[dict[str, Any]]:
    return [SCORES[0] | changed, SCORES[1]]


def test_what_is_right_passes() -> None:
    verdict = judge(right(), EXPECTED)
    assert verdict.good
    assert verdict.line("demo") == (
        "demo: sections=1 items=1 successful=1 error=0 queued=0 not_yet_synced=0 lost=0 duplicates=0"
    )


WRONG: dict[str, Callable[[Evidence], Evidence]] = {
    "no row": lambda e: replace(e, rows={}),
    "a click that never ended": lambda e: replace(e, results=[result(outcome=Outcome.QUEUED)]),
    "not in the SIS": lambda e: replace(e, items={}, scores=[]),
    "another title": lambda e: replace(e, items={"L1": FOUND | {"title": "Quix"}}),
    "a day later": lambda e: replace(e, items={"L1": FOUND | {"dueDate": "2025-10-02"}}),
    "other points": lambda e: replace(e, items={"L1": FOUND | {"points": 9.0}}),
    "another category": lambda e: replace(e, items={"L1": FOUND | {"categoryKey": "HW"}}),
    "a score missing": lambda e: replace(e, scores=SCORES[1:]),
    "an older score": lambda e: replace(e, scores=with_first(value=7.0)),
    "a comment nobody wrote": lambda e: replace(e, scores=with_first(comment="see me")),
    "a mark nobody made": lambda e: replace(e, scores=with_first(flags=["late"])),
    "an excused student with a zero": lambda e: replace(e, scores=[SCORES[0], SCORES[1] | {"value": 0.0}]),
    "an excused student without the mark": lambda e: replace(
        e, scores=[SCORES[0], SCORES[1] | {"flags": []}]
    ),
    "a score nobody gave": lambda e: replace(e, scores=[*SCORES, SCORES[0] | {"studentKey": "S-c"}]),
    "deleted and still there": lambda e: replace(e, changes=[*e.changes, change(7, ItemDeleted(item="i1"))]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_loss_is_found(what: str) -> None:
    verdict = judge(WRONG[what](right()), {})
    assert verdict.lost
    assert not verdict.good


def test_a_second_line_item_is_a_duplicate_even_after_it_is_gone() -> None:
    twice = replace(right(), commits=[COMMIT, COMMIT | {"sourcedId": "L2"}])
    standing = replace(right(), items={"L1": FOUND, "L2": FOUND})
    for evidence in (twice, standing):
        verdict = judge(evidence, EXPECTED)
        assert len(verdict.duplicates) == 1
        assert not verdict.good


def test_a_stray_item_counts_as_one_too_many() -> None:
    verdict = judge(replace(right(), items={"L1": FOUND, "L9": FOUND | {"title": "Other"}}), EXPECTED)
    assert len(verdict.duplicates) == 1


@pytest.mark.parametrize(("code", "strays"), [("SIS_REFUSED_CATEGORY", 1), ("SCORES_NOT_ACCEPTED", 0)])
def test_an_item_told_as_refused_must_not_be_there(code: str, strays: int) -> None:
    refused = row(state=RowState.ERROR, code=code, last_success_at=None)
    verdict = judge(replace(right(), rows={PAIR: refused}), {PAIR: Expectation("ERROR", code)})
    assert len(verdict.duplicates) == strays
    assert verdict.unexpected == []


def test_what_is_left_to_delete_by_hand_may_stand_and_its_row_says_so() -> None:
    by_hand = row(state=RowState.ERROR, code="DELETE_BY_HAND", deleted=True)
    found = replace(
        right(), changes=[*right().changes, change(7, ItemDeleted(item="i1"))], rows={PAIR: by_hand}
    )
    assert judge(found, {PAIR: Expectation("ERROR", "DELETE_BY_HAND")}).good
    alive = replace(found, rows={PAIR: replace(by_hand, deleted=False)})
    assert not judge(alive, {PAIR: Expectation("ERROR", "DELETE_BY_HAND")}).good


LATE = Score(student="a", points=8.0, flags=(ScoreFlag.LATE,))
MISSING = Score(student="a", flags=(ScoreFlag.MISSING,))
HALF = Score(student="a", points=5.0, flags=(ScoreFlag.MISSING,))
EXCUSED = Score(student="a", points=5.0, flags=(ScoreFlag.EXCUSED,))


@pytest.mark.parametrize(
    ("sis", "score", "cell", "wrong"),
    [
        (Sis.POWERSCHOOL, LATE, {"value": 8.0, "flags": ["late"]}, False),
        (Sis.POWERSCHOOL, LATE, {"value": 8.0, "flags": []}, True),
        (Sis.AERIES, LATE, {"value": 8.0, "flags": []}, False),
        (Sis.AERIES, EXCUSED, None, False),
        (Sis.AERIES, EXCUSED, {"value": 5.0, "flags": []}, True),
        (Sis.INFINITE_CAMPUS, HALF, {"value": 5.0, "flags": []}, False),
        (Sis.INFINITE_CAMPUS, HALF, {"value": 5.0, "flags": ["missing"]}, True),
        (Sis.INFINITE_CAMPUS, MISSING, {"value": None, "flags": []}, True),
        (Sis.POWERSCHOOL, HALF, {"value": 5.0, "flags": ["missing"]}, False),
        (Sis.ESCHOOLPLUS, Score(student="a"), {"value": None, "flags": ["missing"]}, False),
        (Sis.ESCHOOLPLUS, Score(student="a"), {"value": 0.0, "flags": []}, True),
        (Sis.ESCHOOLPLUS, None, {"value": None, "comment": "see me", "flags": []}, True),
    ],
)
def test_a_score_is_compared_by_what_its_system_can_hold(
    sis: Sis, score: Score | None, cell: dict[str, Any] | None, wrong: bool
) -> None:
    assert score_differs(sis, score, cell) is wrong


def test_districts_are_counted_together_and_a_dead_letter_is_lost() -> None:
    verdict = judge(right(), EXPECTED)
    both = together([verdict, verdict], dead_letters=0)
    assert both.good
    assert both.line("demo").startswith("demo: sections=2 items=2 successful=2 error=0")
    assert together([verdict], dead_letters=1).lost == ["a dead letter"]


def test_a_queued_row_or_another_error_than_expected_is_not_good() -> None:
    queued = judge(replace(right(), rows={PAIR: row(state=RowState.QUEUED)}), {})
    assert queued.states[RowState.QUEUED] == 1
    assert not queued.good
    other = judge(replace(right(), rows={PAIR: row(state=RowState.ERROR, code="TITLE_EMPTY")}), EXPECTED)
    assert len(other.unexpected) == 1
    assert not other.good
