"""One suite, every door: what the engine promises, driven through a real adapter against its simulated system.

A door says how to start its system, how to connect, and what the system can do; a test asks the capabilities and
never which system it is. Four more systems join by a row in DOORS.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters import http
from adapters.contract import Adapter
from adapters.eschoolplus import adapter as eschoolplus
from adapters.outcomes import ENDED, TRY
from schemas.gradebook import Choice, RosterEntry, RosterStatus, Score, ScoreFlag
from schemas.results import Outcome, SyncResult
from tests.simulators.client import Simulator
from tests.unit.adapters.desk import Desk, desired, district, scores

SEED = json.loads((Path(__file__).parents[1] / "simulators/examples/district.json").read_text())


@dataclass(frozen=True)
class Door:
    """One way into one system. `sis` are settings of the connection, `switches` and `limits` of the simulator."""

    name: str
    system: str
    connect: Callable[..., Adapter]
    secrets: tuple[str, str]
    sis: Mapping[str, Any] = field(default_factory=dict)
    switches: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)


ONE = ("OneRoster_ABC_123", "demo-secret")
TWO = ("demo-client", "demo-client-secret")
DOORS = (
    Door("eschoolplus-oauth1-sha1", "eschoolplus", eschoolplus.connect, ONE),
    Door(
        "eschoolplus-oauth1-sha256-wrapped-own-ids",
        "eschoolplus",
        eschoolplus.connect,
        ONE,
        sis={"auth": "oauth1-hmac-sha256"},
        switches={"wrapped_errors": True, "allocate_ids": "vendor"},
        limits={"page_size": 2},
    ),
    Door(
        "eschoolplus-oauth2-whole-batch",
        "eschoolplus",
        eschoolplus.connect,
        TWO,
        sis={"auth": "oauth2"},
        switches={"bulk_refusal": "all_or_nothing"},
    ),
)


@dataclass
class Bench:
    """A door with its system running and a district's desk."""

    door: Door
    simulator: Simulator
    desk: Desk
    connect: Callable[..., Adapter]
    start: int

    def fault(self, **rule: Any) -> None:
        self.simulator.fault("abc", **rule)

    def edit(self, action: str, **values: Any) -> None:
        self.simulator.edit("abc", action, **values)

    def deliver(self, *args: Any, **changes: Any) -> tuple[SyncResult, int]:
        """The end of a decision, and the calls the system counted for it (signing in apart)."""
        self.simulator.reset_counters("abc")
        result = self.desk.deliver(desired(*args, **changes))
        counted = self.simulator.counters("abc")["calls"]
        return result, sum(row["count"] for row in counted if "token" not in row["template"])

    @property
    def items(self) -> dict[str, Any]:
        found: dict[str, Any] = self.simulator.state("abc")["lineItems"]
        return found

    @property
    def item(self) -> dict[str, Any]:
        (found,) = self.items.values()
        assert isinstance(found, dict)
        return found

    @property
    def item_id(self) -> str:
        (found,) = self.items
        return found

    @property
    def cells(self) -> dict[str, dict[str, Any]]:
        """What stands in the gradebook, by student; each has one cell."""
        rows = list(self.simulator.state("abc")["results"].values())
        found = {row["student"]: row for row in rows}
        assert len(found) == len(rows), "a student has two scores of one item"
        return found


@pytest.fixture(scope="module")
def simulators() -> Iterator[dict[str, Simulator]]:
    running: dict[str, Simulator] = {}
    yield running
    for simulator in running.values():
        simulator.stop()


@pytest.fixture(params=DOORS, ids=lambda door: door.name)
def bench(
    request: pytest.FixtureRequest, simulators: dict[str, Simulator], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    door: Door = request.param
    if door.system not in simulators:
        simulators[door.system] = Simulator(door.system).start()
    simulator = simulators[door.system]
    simulator.seed(
        {
            **SEED,
            "switches": {**SEED["switches"], **door.switches},
            "limits": {**SEED["limits"], **door.limits},
        }
    )
    monkeypatch.setenv("TEST_SIS_KEY", door.secrets[0])
    monkeypatch.setenv("TEST_SIS_SECRET", door.secrets[1])

    def connect(**sis: Any) -> Adapter:
        made = district(simulator.base("abc"), **{**door.sis, "options": {"call_seconds": "1.0"}, **sis})
        return door.connect(made, lambda: None)

    desk = Desk(connect)
    commits = simulator.commits()
    yield Bench(door, simulator, desk, connect, commits[-1]["seq"] if commits else 0)
    desk.close()


def can(bench: Bench) -> Any:
    return bench.connect().capabilities


# ---- create, update, delta, delete ------------------------------------------------------------------------------


def test_a_new_item_arrives_with_its_scores_in_the_fewest_calls(bench: Bench) -> None:
    result, calls = bench.deliver(scores=scores(stu_1=5.0, stu_2=0.0))
    assert (result.outcome, result.code) == (Outcome.SUCCESSFUL, None)
    assert result.receipt is not None
    assert (result.receipt.action, result.receipt.scores_accepted, calls) == ("created", 2, 2)
    assert result.receipt.calls == calls + (bench.door.sis.get("auth") == "oauth2")  # signing in is a call
    assert (bench.item["title"], bench.item["resultValueMax"]) == ("Title of item-1", 10.0)
    assert {student: row["score"] for student, row in bench.cells.items()} == {"stu-1": 5.0, "stu-2": 0.0}


def test_a_new_item_without_scores_is_one_call(bench: Bench) -> None:
    result, calls = bench.deliver()
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 1)


def test_no_change_no_call(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0))
    result, calls = bench.deliver(scores=scores(stu_1=5.0))
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 0)
    assert result.receipt is not None and result.receipt.action == "unchanged"


def test_one_score_changed_one_score_sent(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0, stu_2=6.0, stu_3=7.0))
    before = len(bench.simulator.commits())
    result, calls = bench.deliver(scores=scores(stu_1=5.0, stu_2=9.0, stu_3=7.0))
    assert result.receipt is not None and result.receipt.scores_sent == 1
    written = bench.simulator.commits()[before:]
    assert [(c["kind"], c["content"]["student"], c["content"]["score"]) for c in written] == [
        ("result", "stu-2", 9.0)
    ]
    assert calls <= (4 if bench.door.limits else 3)  # small pages are read to the end


def test_a_changed_field_leaves_the_scores_alone(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0))
    result, calls = bench.deliver(
        title="Renamed", points=20.0, due_date="2026-12-01", scores=scores(stu_1=5.0)
    )
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 2)
    assert bench.item["title"] == "Renamed"
    assert bench.item["dueDate"].startswith("2026-12-01")
    assert bench.cells["stu-1"]["score"] == 5.0


def test_delete_then_restore(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0))
    if not can(bench).deletes:
        assert bench.deliver(deleted=True)[0].code == "DELETE_BY_HAND"
        return
    result, _ = bench.deliver(deleted=True)
    assert (result.outcome, bench.items, bench.cells) == (Outcome.SUCCESSFUL, {}, {})
    assert bench.deliver(deleted=True)[1] == 0
    result, _ = bench.deliver(scores=scores(stu_1=5.0))
    assert result.receipt is not None and result.receipt.action == "created"
    assert bench.cells["stu-1"]["score"] == 5.0


def test_deleted_before_it_was_ever_sent_is_nothing(bench: Bench) -> None:
    result, calls = bench.deliver(deleted=True)
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 0)


def test_deleted_after_a_create_nobody_knows_the_end_of(bench: Bench) -> None:
    """The negative control of the one before: a predecessor may have created it and died."""
    bench.deliver()
    heir = Desk(bench.connect, inherited=True)
    assert heir.deliver(desired(deleted=True)).outcome is Outcome.SUCCESSFUL
    heir.close()
    assert bench.items == {}


# ---- marks ------------------------------------------------------------------------------------------------------


def test_an_empty_cell_never_becomes_a_zero(bench: Bench) -> None:
    bench.deliver(
        scores=(
            Score(student="stu-1", flags=(ScoreFlag.COLLECTED,)),
            Score(student="stu-2", flags=(ScoreFlag.MISSING,)),
            Score(student="stu-3", flags=(ScoreFlag.EXCUSED,), points=4.0),
        )
    )
    assert all(row.get("score") is None for row in bench.cells.values())
    assert bench.cells["stu-3"]["scoreStatus"] == "exempt"
    assert bench.cells["stu-2"]["missing"] == "true"


def test_a_cleared_score_is_emptied_and_an_always_empty_one_not_sent(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0, stu_2=None))
    assert set(bench.cells) == {"stu-1"}
    result, _ = bench.deliver(scores=scores(stu_1=None, stu_2=None))
    assert result.outcome is Outcome.SUCCESSFUL
    assert bench.cells["stu-1"].get("score") is None


def test_late_incomplete_and_comment_travel_with_the_number(bench: Bench) -> None:
    flags = (ScoreFlag.LATE, ScoreFlag.INCOMPLETE)
    bench.deliver(scores=(Score(student="stu-1", points=3.5, flags=flags, comment="see me"),))
    cell = bench.cells["stu-1"]
    assert (cell["score"], cell["late"], cell["incomplete"], cell["comment"]) == (
        3.5,
        "true",
        "true",
        "see me",
    )


# ---- the roster -------------------------------------------------------------------------------------------------


def test_one_student_refused_the_others_are_in(bench: Bench) -> None:
    result, _ = bench.deliver(scores=scores(stu_1=5.0, stranger=1.0, stu_2=6.0, stu_3=7.0))
    assert (result.outcome, result.code) == (Outcome.ERROR, "SCORES_NOT_ACCEPTED")
    assert dict(result.params) == {"refused": "1", "total": "4"}
    assert [(p.student, p.code) for p in result.problems] == [("stranger", "STUDENT_NOT_IN_SECTION")]
    assert set(bench.cells) == {"stu-1", "stu-2", "stu-3"}
    # enrolled later: only the one is sent
    bench.edit("add_student", class_="class-1", student="stranger")
    result, _ = bench.deliver(scores=scores(stu_1=5.0, stranger=1.0, stu_2=6.0, stu_3=7.0))
    assert result.outcome is Outcome.SUCCESSFUL
    assert result.receipt is not None and result.receipt.scores_sent == 1


def test_dropped_students_are_not_sent_and_no_problem_and_ids_may_differ(bench: Bench) -> None:
    students = (
        RosterEntry(student="lms-7", sis_student="stu-2"),
        RosterEntry(student="gone", status=RosterStatus.DROPPED),
    )
    result, _ = bench.deliver(students=students, scores=scores(lms_7=5.0, gone=1.0, stu_1=2.0))
    assert result.outcome is Outcome.SUCCESSFUL
    assert {student: row["score"] for student, row in bench.cells.items()} == {"stu-2": 5.0, "stu-1": 2.0}


# ---- edits made in the SIS --------------------------------------------------------------------------------------


def test_an_item_edited_in_the_sis_is_not_overwritten(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0))
    bench.edit("change_line_item", lineItem=bench.item_id, set={"title": "Theirs"})
    for change in ({"title": "Ours"}, {"scores": scores(stu_1=9.0)}, {"deleted": True}):
        result, _ = bench.deliver(**{"scores": scores(stu_1=5.0), **change})
        assert (result.outcome, result.code) == (Outcome.ERROR, "CHANGED_IN_SIS")
    assert (bench.item["title"], bench.cells["stu-1"]["score"]) == ("Theirs", 5.0)


def test_a_touched_but_unchanged_item_is_no_edit(bench: Bench) -> None:
    """The negative control: a newer change marker alone stops nobody."""
    bench.deliver()
    bench.edit("change_line_item", lineItem=bench.item_id, set={"title": "Title of item-1"})
    assert bench.deliver(title="Renamed")[0].outcome is Outcome.SUCCESSFUL


def test_a_score_typed_in_the_sis_is_not_overwritten(bench: Bench) -> None:
    if not can(bench).reads_scores:
        pytest.skip("the system does not show its scores")
    bench.deliver(scores=scores(stu_1=5.0, stu_2=6.0))
    bench.edit("change_score", lineItem=bench.item_id, student="stu-1", set={"score": 8.0})
    result, _ = bench.deliver(scores=scores(stu_1=9.0, stu_2=7.0))
    assert (result.code, [p.student for p in result.problems]) == ("CHANGED_IN_SIS", ["stu-1"])
    assert bench.cells["stu-1"]["score"] == 8.0
    # another student's change overwrites nothing typed there
    assert bench.deliver(scores=scores(stu_1=5.0, stu_2=7.0))[0].outcome is Outcome.SUCCESSFUL


@pytest.mark.parametrize(
    ("choice", "title", "score", "action"),
    [
        (Choice.SEND_LMS, "Ours", 9.0, "updated"),
        (Choice.KEEP_SIS, "Theirs", 5.0, "kept"),
        (Choice.ADOPT, "Theirs", 9.0, "adopted"),
    ],
)
def test_the_teacher_chooses(bench: Bench, choice: Choice, title: str, score: float, action: str) -> None:
    bench.deliver(scores=scores(stu_1=5.0))
    bench.edit("change_line_item", lineItem=bench.item_id, set={"title": "Theirs"})
    ours = {"title": "Ours", "scores": scores(stu_1=9.0)}
    assert bench.deliver(**ours)[0].code == "CHANGED_IN_SIS"
    result, _ = bench.deliver(**ours, choice=choice)
    assert (result.outcome, bench.item["title"], bench.cells["stu-1"]["score"]) == (
        Outcome.SUCCESSFUL,
        title,
        score,
    )
    assert result.receipt is not None and result.receipt.action == action
    # settled: the same again is no call, a later change goes through
    assert bench.deliver(**ours)[1] == 0
    assert bench.deliver(title="Later", scores=scores(stu_1=9.0))[0].outcome is Outcome.SUCCESSFUL
    assert bench.item["title"] == "Later"


def test_deleted_in_the_sis_is_said_first_and_created_anew_when_synced_again(bench: Bench) -> None:
    bench.deliver(scores=scores(stu_1=5.0))
    bench.edit("delete_line_item", lineItem=bench.item_id)
    changed = {"title": "Renamed", "scores": scores(stu_1=5.0)}
    assert bench.deliver(**changed)[0].code == "DELETED_IN_SIS"
    assert bench.items == {}
    result, _ = bench.deliver(**changed)
    assert result.receipt is not None and result.receipt.action == "created"
    assert bench.cells["stu-1"]["score"] == 5.0


def test_deleted_by_the_teacher_as_the_message_asks(bench: Bench) -> None:
    bench.deliver()
    bench.edit("change_line_item", lineItem=bench.item_id, set={"title": "Theirs"})
    assert bench.deliver(title="Ours")[0].code == "CHANGED_IN_SIS"
    bench.edit("delete_line_item", lineItem=bench.item_id)
    assert bench.deliver(title="Ours")[0].outcome is Outcome.SUCCESSFUL
    assert bench.item["title"] == "Ours"


# ---- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"due_date": "2026-10-01"}, "SIS_REFUSED_DUE_DATE"),
        ({"due_date": "2026-11-26"}, "SIS_REFUSED_DUE_DATE"),
        ({"title": "t" * 300}, "SIS_REFUSED_TITLE"),
        ({"sis_category": "nowhere"}, "SIS_REFUSED_CATEGORY"),
        ({"sis_section": "nowhere"}, "SECTION_NOT_IN_SIS"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_is_not_repeated(
    bench: Bench, change: dict[str, Any], code: str
) -> None:
    result, calls = bench.deliver(**change)
    assert (result.outcome, result.code, calls, bench.items) == (Outcome.ERROR, code, 1, {})
    assert bench.deliver()[0].outcome is Outcome.SUCCESSFUL


def test_a_missing_permission_is_the_administrators_and_the_item_waits(bench: Bench) -> None:
    bench.fault(kind="forbid", method="POST", path="results")
    result, _ = bench.deliver(scores=scores(stu_1=5.0))
    assert (result.outcome, result.code) == (Outcome.ERROR, "SIS_PERMISSION_MISSING")
    assert result.params["permission"]
    assert result.next_try_at is not None
    receipt = bench.desk.results[-1].receipt
    assert receipt is not None and (receipt.scores_accepted, receipt.scores_total) == (0, 1)
    bench.simulator.clear_faults("abc")
    bench.desk.lane.retry_now()
    bench.desk.crew.offer(bench.desk.lane)
    bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    assert bench.cells["stu-1"]["score"] == 5.0


def test_a_refused_sign_in_stops_the_district_without_a_call_for_each_item(bench: Bench) -> None:
    bench.fault(kind="unauthorized")
    first, _ = bench.deliver()
    second, calls = bench.deliver("item-2")
    assert (first.code, second.code, calls) == ("SIS_SIGN_IN_FAILED", "SIS_SIGN_IN_FAILED", 0)


# ---- faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_reply", "commit_then_500"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_lost_reply_is_one_item_and_one_score_each(bench: Bench, kind: str, method: str) -> None:
    bench.fault(kind=kind, count=2, method=method, path="ims/oneroster")
    result, _ = bench.deliver(scores=scores(stu_1=5.0, stu_2=6.0))
    assert result.outcome is Outcome.SUCCESSFUL
    assert len(bench.items) == 1
    assert {s: row["score"] for s, row in bench.cells.items()} == {"stu-1": 5.0, "stu-2": 6.0}
    commits = bench.simulator.commits(bench.start)
    assert sum(c["created"] for c in commits if c["kind"] == "lineItem") == 1


@pytest.mark.parametrize(
    "kind", ["garbage", "refuse", "redirect", "body_too_large", "no_id_in_reply", "two_pages"]
)
def test_a_nonsensical_answer_is_not_believed(bench: Bench, kind: str) -> None:
    bench.fault(kind=kind, count=1, path="ims/oneroster")
    bench.desk.put(desired(scores=scores(stu_1=5.0, stu_2=6.0)))
    bench.desk.wait(bool)
    if bench.desk.results[-1].code == "SIS_ADDRESS_REFUSED":  # a redirect waits for the administrator
        assert kind == "redirect"
        bench.desk.lane.retry_now()
        bench.desk.crew.offer(bench.desk.lane)
    bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    assert {s: row["score"] for s, row in bench.cells.items()} == {"stu-1": 5.0, "stu-2": 6.0}


def test_429_pauses_the_district_as_long_as_it_asks(bench: Bench) -> None:
    bench.fault(kind="status", status=429, retry_after="0.5", count=1, path="ims/oneroster")
    result, calls = bench.deliver()
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 2)
    progress = bench.desk.results[0]
    assert (progress.outcome, progress.code) == (Outcome.PROGRESS, "SIS_BUSY")
    assert progress.next_try_at is not None
    assert progress.next_try_at - progress.at >= 500
    assert (progress.step, result.step) == (TRY, 2 * TRY + ENDED)


def test_503_is_tried_again_and_shown_as_progress(bench: Bench) -> None:
    bench.fault(kind="status", status=503, count=2, path="ims/oneroster")
    bench.deliver()
    assert [r.outcome for r in bench.desk.results] == [Outcome.PROGRESS, Outcome.PROGRESS, Outcome.SUCCESSFUL]
    assert [r.step for r in bench.desk.results] == [TRY, 2 * TRY, 3 * TRY + ENDED]
    assert bench.desk.results[0].code == "SIS_UNAVAILABLE"


def test_a_long_outage_shows_an_error_and_heals(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.outcomes.PATIENCE", 2)
    bench.fault(kind="status", status=503, count=3, path="ims/oneroster")
    result, _ = bench.deliver()
    assert (result.outcome, result.code, result.params["retried"]) == (
        Outcome.ERROR,
        "SIS_UNAVAILABLE",
        "true",
    )
    bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    assert bench.desk.results[-1].step > result.step


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_hanging_call_ends_at_its_deadline(bench: Bench, kind: str) -> None:
    bench.fault(kind=kind, count=1, method="GET", path="ims/oneroster")
    bench.deliver()
    before = threading.active_count()
    result, _ = bench.deliver(title="Renamed")
    assert result.outcome is Outcome.SUCCESSFUL
    progress = next(r for r in bench.desk.results if r.outcome is Outcome.PROGRESS)
    assert progress.code == "SIS_UNAVAILABLE"
    assert threading.active_count() <= before + 2


def test_a_token_that_ends_is_renewed_once(bench: Bench) -> None:
    if bench.door.sis.get("auth") != "oauth2":
        pytest.skip("no token")
    bench.deliver()
    bench.fault(kind="token_expire_now")
    bench.simulator.reset_counters("abc")
    bench.desk.put(*[desired(f"more-{n}") for n in range(8)])
    bench.desk.wait(lambda results: len(results) == 9)
    assert {r.outcome for r in bench.desk.results} == {Outcome.SUCCESSFUL}
    counted = bench.simulator.counters("abc")["calls"]
    assert sum(row["count"] for row in counted if "token" in row["template"]) == 1


def test_the_concurrency_cap_is_kept_and_used(bench: Bench) -> None:
    bench.fault(kind="latency", seconds=0.05)
    bench.simulator.reset_counters("abc")
    bench.desk.put(*[desired(f"more-{n}") for n in range(24)])
    bench.desk.wait(lambda results: len(results) == 24)
    assert bench.simulator.counters("abc")["max_concurrent"] == bench.desk.cap


def test_a_successor_with_the_ledger_makes_no_call(bench: Bench) -> None:
    item = desired(scores=scores(stu_1=5.0))
    first = bench.desk.deliver(item)
    heir = bench.desk.restart()
    bench.simulator.reset_counters("abc")
    heir.put(item)
    (again,) = heir.wait(bool)
    heir.close()
    assert (again.outcome, again.step, again.receipt) == (first.outcome, first.step, first.receipt)
    assert bench.simulator.counters("abc")["total"] == 0


def test_calls_are_counted_as_the_system_counts_them(bench: Bench) -> None:
    before = http.calls_made()
    adapter = bench.connect()
    with pytest.raises(Exception, match="DELETED_IN_SIS"):
        adapter.read(_job())
    adapter.close()
    assert http.calls_made() - before >= 1


def _job() -> Any:
    from adapters.contract import Job

    return Job(desired=desired(), remote={})
