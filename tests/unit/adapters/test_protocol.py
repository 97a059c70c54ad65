"""The protocol against a SIS in memory: edits on both sides, lost replies, deaths, and never an edit overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters import protocol
from adapters.contract import Capabilities, Draft, Found, Job, Sent
from adapters.engine import Engine, Outputs
from adapters.errors import Gone, Misconfigured, Retry, UnknownOutcome
from adapters.lanes import Lane
from adapters.oneroster import mapping
from adapters.outcomes import ENDED, TRY
from adapters.protocol import End, Step, Work, blank_entry, next_step
from adapters.ratelimit import TokenBucket
from schemas.desired import DesiredItem
from schemas.gradebook import Choice, Score, Sis
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, SyncResult
from tests.unit.adapters.desk import Unable, decision, desired, scores

CAN = Capabilities(vendor_ids=True, deletes=True, detects_edits=True, reads_scores=True, scores_per_call=2)


class Memory(Unable):
    """A SIS that remembers who wrote what last, and complains when an edit of its own people is overwritten."""

    capabilities = CAN

    def __init__(self) -> None:
        self.items: dict[str, str] = {}
        self.cells: dict[str, str] = {}
        self.used: set[str] = set()
        #: What both sides last agreed on: another value standing there is an edit made here.
        self.agreed_item = ""
        self.agreed_cells: dict[str, str] = {}
        self.faults: list[str] = []
        self.calls: list[str] = []

    def draft(self, item: DesiredItem) -> Draft:
        return mapping.draft(item)

    def _begin(self, name: str) -> str | None:
        self.calls.append(name)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "before":
            raise Retry("SIS_UNAVAILABLE")
        return fault

    def _end(self, fault: str | None) -> None:
        if fault == "after":
            raise UnknownOutcome("SIS_UNAVAILABLE")

    def _id(self, job: Job) -> str:
        return job.remote.get("id") or f"id-{job.life}"

    def read(self, job: Job) -> Found:
        self._end(self._begin("read"))
        if self._id(job) not in self.items:
            raise Gone
        return Found(seen=self.items[self._id(job)])

    def read_scores(self, job: Job) -> Mapping[str, str]:
        self._end(self._begin("read scores"))
        if self._id(job) not in self.items:
            raise Gone
        return {student: seen for student, seen in self.cells.items() if seen}

    def write(self, job: Job) -> Mapping[str, str]:
        fault = self._begin("write")
        seen = self.draft(job.desired).item.seen
        if self._id(job) in self.used:
            raise Gone
        lost = self.items.get(self._id(job)) not in (None, seen, self.agreed_item)
        assert not lost or job.desired.choice is Choice.SEND_LMS, "an edited item was overwritten"
        self.items[self._id(job)] = self.agreed_item = seen
        self._end(fault)
        return {"id": self._id(job)}

    def send_scores(self, job: Job, students: Sequence[str]) -> Sent:
        fault = self._begin("scores")
        if self._id(job) not in self.items:
            raise Gone
        draft = self.draft(job.desired)
        for student in students:
            seen = draft.scores[student].seen
            lost = self.cells.get(student, "") not in ("", seen, self.agreed_cells.get(student, ""))
            free = job.desired.choice in (Choice.SEND_LMS, Choice.ADOPT)
            assert not lost or free, "an edited score was overwritten"
            self.cells[student] = self.agreed_cells[student] = seen
        self._end(fault)
        return Sent(accepted=dict.fromkeys(students))

    def delete(self, job: Job) -> None:
        fault = self._begin("delete")
        lost = self.items.get(self._id(job)) not in (None, self.agreed_item)
        assert not lost or job.desired.choice is Choice.SEND_LMS, "an edited item was deleted"
        self.items.pop(self._id(job), None)
        self.cells.clear()
        self.agreed_cells.clear()
        self._end(fault)

    def close(self) -> None:
        return


class Rig:
    """One item, its ledger, and an engine run by hand."""

    def __init__(self, sis: Memory) -> None:
        self.sis = sis
        self.ledger: LedgerEntry | None = None
        self.results: list[SyncResult] = []
        self.dying = False

    def deliver(self, item: DesiredItem, *, inherited: bool = False) -> SyncResult:
        """Try until it ends, faults permitting."""
        lane = Lane("abc", 1, TokenBucket(None), lambda: 0.0)
        lane.put(b"k", "s", decision(item, inherited=inherited), lambda: self.ledger)
        outputs = Outputs(
            ended=lambda _s, _d, entry, result: self._keep(entry, result),
            progressed=lambda _s, _d, entry, result: self._keep(entry, result),
            passed=lambda _s, _d, result: self.results.append(result),
            checkpoint=lambda _s, entry: self._keep(entry, None),
            intend=lambda _s, _e: False,
        )
        engine = Engine(Sis.ESCHOOLPLUS, lambda _: self.sis, outputs, wall=lambda: 1.0, draw=lambda: 0.0)
        for _ in range(20):
            slot = lane.take()
            assert slot is not None
            engine.run(lane, slot)
            lane.retry_now()
            if not len(lane):
                break
        return self.results[-1]

    def _keep(self, entry: LedgerEntry, result: SyncResult | None) -> None:
        if self.dying:
            return
        self.ledger = entry
        if result is not None:
            self.results.append(result)


STUDENTS = ("ann", "bob", "cid")
VALUES = st.none() | st.sampled_from([0.0, 5.0, 9.5])
FAULTS = st.lists(st.sampled_from(["before", "after", "none"]), max_size=3)


class TwoSides(RuleBasedStateMachine):
    """Both sides edit as they like; the assertions stand in Memory."""

    def __init__(self) -> None:
        super().__init__()
        self.sis = Memory()
        self.rig = Rig(self.sis)
        self.title = "T0"
        self.points: dict[str, float | None] = {}
        self.deleted = False

    def _desired(self, **changes: Any) -> DesiredItem:
        return desired(title=self.title, scores=scores(**self.points), deleted=self.deleted, **changes)

    @rule(title=st.sampled_from(["T0", "T1", "T2"]))
    def rename(self, title: str) -> None:
        self.title = title

    @rule(student=st.sampled_from(STUDENTS), points=VALUES)
    def grade(self, student: str, points: float | None) -> None:
        self.points[student] = points

    @rule()
    def delete_or_restore(self) -> None:
        self.deleted = not self.deleted

    @rule(faults=FAULTS)
    def sync(self, faults: list[str]) -> None:
        self.sis.faults = list(faults)
        result = self.rig.deliver(self._desired())
        self.sis.faults = []
        assert result.outcome in (Outcome.SUCCESSFUL, Outcome.ERROR)

    @rule(faults=FAULTS)
    def sync_and_die_before_anything_is_remembered(self, faults: list[str]) -> None:
        item = self._desired()
        self.rig.dying = True
        self.sis.faults = list(faults)
        self.rig.results.append(SyncResult.__new__(SyncResult))
        self.rig.deliver(item)
        self.rig.results.clear()
        self.sis.faults = []
        self.rig.dying = False
        self.rig.deliver(item, inherited=True)

    @rule(choice=st.sampled_from(Choice))
    def choose(self, choice: Choice) -> None:
        if self.rig.ledger is None or self.rig.ledger.conflict is None:
            return
        result = self.rig.deliver(self._desired(choice=choice))
        assert result.outcome is Outcome.SUCCESSFUL
        if choice is not Choice.SEND_LMS:
            self.sis.agreed_item = next(iter(self.sis.items.values()), "")
            self.sis.agreed_cells = dict(self.sis.cells)

    @rule(name=st.sampled_from(["X", "Y"]))
    def edited_in_the_sis(self, name: str) -> None:
        for item in self.sis.items:
            self.sis.items[item] = name

    @rule(student=st.sampled_from(STUDENTS), seen=st.sampled_from(["p", "q"]))
    def graded_in_the_sis(self, student: str, seen: str) -> None:
        if self.sis.items:
            self.sis.cells[student] = seen

    @rule()
    def deleted_in_the_sis(self) -> None:
        self.sis.used |= set(self.sis.items)
        self.sis.items.clear()
        self.sis.cells.clear()
        self.sis.agreed_cells.clear()

    @invariant()
    def there_is_one_item_at_most(self) -> None:
        assert len(self.sis.items) <= 1

    def teardown(self) -> None:
        """Whatever happened, SEND_LMS ends with the LMS's copy in the SIS."""
        self.rig.deliver(self._desired())
        result = self.rig.deliver(self._desired(choice=Choice.SEND_LMS))
        assert result.outcome is Outcome.SUCCESSFUL
        if self.deleted:
            assert self.sis.items == {}
            return
        draft = mapping.draft(self._desired())
        assert list(self.sis.items.values()) == [draft.item.seen]
        for student, prints in draft.scores.items():
            told = self.rig.ledger is not None and student in self.rig.ledger.sent_scores
            assert self.sis.cells.get(student, "") == prints.seen or (student in draft.blanks and not told)
        before = len(self.sis.calls)
        self.rig.deliver(self._desired())
        assert len(self.sis.calls) == before


TwoSides.TestCase.settings = settings(
    max_examples=120, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestTwoSides = TwoSides.TestCase


def test_without_the_reading_an_edit_is_overwritten() -> None:
    """The negative control of the machine above: its judge does object."""
    sis = Memory()
    sis.capabilities = replace(CAN, detects_edits=False)
    rig = Rig(sis)
    rig.deliver(desired(title="T0"))
    sis.items["id-0"] = "X"
    with pytest.raises(AssertionError, match="overwritten"):
        rig.deliver(desired(title="T1"))


def work(item: DesiredItem, **changes: Any) -> Work:
    entry = changes.pop("entry", blank_entry(item))
    return Work(desired=item, draft=mapping.draft(item), entry=entry, can=changes.pop("can", CAN), **changes)


def test_a_system_that_gives_ids_needs_the_create_protocol() -> None:
    assert next_step(work(desired(), can=replace(CAN, vendor_ids=False))) is Step.CREATE
    assert next_step(work(desired())) is Step.WRITE


def test_what_a_system_cannot_delete_is_said() -> None:
    known = replace(blank_entry(desired()), remote={"id": "1"})
    end = next_step(work(desired(deleted=True), entry=known, can=replace(CAN, deletes=False)))
    assert isinstance(end, End) and (end.outcome, end.code) == (Outcome.ERROR, "DELETE_BY_HAND")


def test_scores_go_in_portions_of_what_one_call_takes() -> None:
    sis = Memory()
    Rig(sis).deliver(desired(scores=scores(a=1.0, b=2.0, c=3.0, d=4.0, e=5.0)))
    assert sis.calls == ["write", "scores", "scores", "scores"]


def test_a_step_that_is_done_is_not_repeated() -> None:
    sis = Memory()
    sis.faults = ["none", "before"]
    Rig(sis).deliver(desired(scores=scores(a=1.0)))
    assert sis.calls == ["write", "scores", "read", "read scores", "scores"]


def test_tries_and_steps_go_up_across_a_restart() -> None:
    sis = Memory()
    rig = Rig(sis)
    item = desired()
    sis.faults = ["before"] * 3
    rig.deliver(item)
    assert [(r.outcome, r.step) for r in rig.results] == [
        (Outcome.PROGRESS, TRY),
        (Outcome.PROGRESS, 2 * TRY),
        (Outcome.PROGRESS, 3 * TRY),
        (Outcome.SUCCESSFUL, 4 * TRY + ENDED),
    ]
    again = rig.deliver(item)
    assert (again.outcome, again.step, again.receipt) == (
        Outcome.SUCCESSFUL,
        4 * TRY + ENDED,
        rig.results[3].receipt,
    )


def test_an_older_decision_read_again_changes_nothing() -> None:
    sis = Memory()
    rig = Rig(sis)
    old, new = desired(title="old"), desired(title="new")
    rig.deliver(new)
    calls = len(sis.calls)
    assert rig.deliver(old).outcome is Outcome.SUPERSEDED
    assert len(sis.calls) == calls


def test_a_district_that_cannot_be_reached_costs_no_call_and_waits() -> None:
    def none(_: str) -> Memory:
        raise Misconfigured("DISTRICT_UNKNOWN")

    told: list[SyncResult] = []
    outputs = Outputs(
        ended=lambda *_: None,
        progressed=lambda _s, _d, _e, result: told.append(result),
        passed=lambda *_: None,
        checkpoint=lambda *_: None,
        intend=lambda *_: False,
    )
    lane = Lane("abc", 1, TokenBucket(None), lambda: 0.0)
    lane.put(b"k", "s", decision(desired()), lambda: None)
    slot = lane.take()
    assert slot is not None
    Engine(Sis.ESCHOOLPLUS, none, outputs).run(lane, slot)
    assert (told[0].outcome, told[0].code, told[0].params["retried"]) == (
        Outcome.ERROR,
        "DISTRICT_UNKNOWN",
        "true",
    )
    assert told[0].next_try_at is not None
    assert len(lane) == 1


@pytest.mark.parametrize("open_", [True, False])
def test_once_the_partition_is_gone_nothing_is_called_or_written(open_: bool) -> None:
    sis, told = Memory(), list[object]()
    outputs = Outputs(
        ended=lambda *all_: told.append(all_),
        progressed=lambda *all_: told.append(all_),
        passed=lambda *all_: told.append(all_),
        checkpoint=lambda *all_: told.append(all_),
        intend=lambda *_: False,
    )
    lane = Lane("abc", 1, TokenBucket(None), lambda: 0.0)
    lane.put(b"k", "s", decision(desired()), lambda: None)
    slot = lane.take()
    assert slot is not None
    lane.open = open_
    Engine(Sis.ESCHOOLPLUS, lambda _: sis, outputs, may_act=lambda: False).run(lane, slot)
    assert (sis.calls, told, lane.running) == ([], [], 0)


def test_scores_read_matter_only_for_those_about_to_change() -> None:
    item = desired(scores=(Score(student="a", points=2.0), Score(student="b", points=2.0)))
    one = work(item)
    prints = one.draft.scores
    entry = replace(
        one.entry, sent_scores={"a": f"old.{'1' * 16}", "b": f"{prints['b'].sent}.{prints['b'].seen}"}
    )
    after = protocol.after_read_scores(replace(one, entry=entry), {"b": "typed by hand", "a": "1" * 16})
    assert after.end is None
    after = protocol.after_read_scores(replace(one, entry=entry), {"a": "typed by hand"})
    assert after.end is not None and after.end.code == "CHANGED_IN_SIS"
