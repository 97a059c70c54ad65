"""Every door: exactly one item, whatever becomes of a create's reply (reference/sis-apis.md 8.2 and 8.3)."""

from typing import Any

import pytest

from schemas.gradebook import Choice
from schemas.results import Outcome, SyncResult
from tests.contract.bench import CALL, LATENESS, Bench
from tests.unit.adapters.desk import Desk, desired, scores

MODES: dict[str, dict[str, Any]] = {
    "commit_then_drop": {"kind": "commit_then_drop"},
    "commit_then_500": {"kind": "commit_then_500"},
    "late_commit": {"kind": "late_commit", "seconds": LATENESS / 2},
    "late_commit_hanging": {"kind": "late_commit", "seconds": LATENESS / 2, "then": "hang"},
    "no_id_in_reply": {"kind": "no_id_in_reply"},
    "garbage": {"kind": "garbage"},
    "refuse": {"kind": "refuse"},
    "hang": {"kind": "hang"},
    "503": {"kind": "status", "status": 503},
}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_one_item_whatever_becomes_of_the_reply(bench: Bench, mode: str, times: int) -> None:
    bench.fault_at(bench.door.routes.create, **MODES[mode], count=times)
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0))
    assert (bench.created(), len(bench.items)) == (1, 1)
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 6.0}


@pytest.mark.parametrize("mode", ["commit_then_drop", "late_commit", "no_id_in_reply"])
def test_one_item_where_lists_lag_and_come_in_two_pages(bench: Bench, mode: str) -> None:
    bench.sync("other-1")
    bench.sync("other-2")
    bench.fault(kind="search_lag", seconds=LATENESS / 3)
    bench.fault(kind="two_pages")
    bench.fault_at(
        bench.door.routes.create, **MODES[mode] | ({"seconds": 0.1} if "late" in mode else {}), count=1
    )
    bench.sync(scores=scores(stu_1=5.0))
    assert (bench.created(), len(bench.items)) == (3, 3)


def test_without_the_lateness_there_are_two(bench: Bench) -> None:
    """The negative control of the wait before looking."""
    if bench.can.vendor_ids:
        pytest.skip("an id of ours cannot be there twice")
    bench.options = {"lateness_seconds": str(-4 * CALL)}
    bench.fault_at(bench.door.routes.create, kind="late_commit", seconds=0.6, count=1)
    bench.sync()
    bench.wait_for(lambda: bench.created() == 2)


def test_one_item_when_the_worker_dies_after_the_post(bench: Bench) -> None:
    bench.fault_at(bench.door.routes.create, kind="commit_then_drop", count=1)
    decision = bench.desired(scores=scores(stu_1=5.0))
    bench.lose(decision)  # the intent is kept, the outcome unknown
    heir = bench.desk.restart()
    assert heir.deliver(decision).outcome is Outcome.SUCCESSFUL
    heir.close()
    assert (bench.created(), len(bench.items), bench.numbers) == (1, 1, {"stu-1": 5.0})


def test_a_changed_decision_finds_the_lost_create_and_then_sends_the_change(bench: Bench) -> None:
    bench.fault_at(bench.door.routes.create, kind="commit_then_drop", count=1)
    bench.lose(bench.desired(title="First"))
    bench.sync(title="Second", scores=scores(stu_1=5.0))
    assert (bench.created(), bench.item["title"], bench.numbers) == (1, "Second", {"stu-1": 5.0})


def test_a_deletion_finds_the_lost_create(bench: Bench) -> None:
    bench.fault_at(bench.door.routes.create, kind="commit_then_drop", count=1)
    bench.lose(bench.desired())
    result, _ = bench.deliver(deleted=True)
    if bench.can.deletes:
        assert (result.outcome, bench.items) == (Outcome.SUCCESSFUL, [])
    else:
        assert (result.code, len(bench.items)) == ("DELETE_BY_HAND", 1)


@pytest.mark.parametrize("kind", ["drop_reply", "commit_then_500"])
def test_a_lost_reply_to_scores_is_one_score_each(bench: Bench, kind: str) -> None:
    bench.fault_at(bench.door.routes.score, kind=kind, count=2)
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0))
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 6.0}
    assert sum(one["created"] for one in bench.commits("result")) == 2


def test_a_lost_reply_to_a_change_is_said_again(bench: Bench) -> None:
    bench.sync()
    bench.fault_at(bench.door.routes.replace, kind="drop_reply", count=1)
    bench.sync(title="Renamed")
    assert bench.item["title"] == "Renamed"


def test_a_lost_reply_to_a_deletion_is_a_deletion(bench: Bench) -> None:
    if not bench.can.deletes:
        pytest.skip("there is no delete")
    bench.sync()
    bench.fault_at(bench.door.routes.delete, kind="drop_reply", count=1)
    assert bench.deliver(deleted=True)[0].outcome is Outcome.SUCCESSFUL
    assert bench.items == []


def test_a_refused_create_leaves_nothing_to_look_for(bench: Bench) -> None:
    assert bench.deliver(title="t" * 300)[0].code == "SIS_REFUSED_TITLE"
    result, calls = bench.deliver()
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, bench.cost("create"))


# ---- alike ------------------------------------------------------------------------------------------------------


def ambiguous(bench: Bench) -> SyncResult:
    """A lost create beside an item that looks the same and is nobody's."""
    twin = Desk(bench.connect, sis=bench.door.kind)
    twin.deliver(bench.desired("twin", title="Quiz"))
    twin.close()
    bench.fault_at(bench.door.routes.create, kind="commit_then_drop", count=1)
    return bench.deliver(title="Quiz")[0]


def test_two_alike_are_told_apart_by_the_marker_or_a_person_is_asked(bench: Bench) -> None:
    if bench.can.vendor_ids:
        pytest.skip("an id of ours is nobody else's")
    result = ambiguous(bench)
    assert (bench.created(), len(bench.items)) == (2, 2)
    if bench.can.marker:
        assert result.outcome is Outcome.SUCCESSFUL
        return
    assert (result.outcome, result.code, dict(result.params)) == (
        Outcome.ERROR,
        "NEEDS_REVIEW",
        {"found": "2"},
    )
    # the same again, without a choice, asks again and creates nothing
    assert bench.deliver(title="Quiz")[0].code == "NEEDS_REVIEW"
    assert len(bench.items) == 2


@pytest.mark.parametrize(("choice", "items"), [(Choice.ADOPT, 2), (Choice.SEND_LMS, 3)])
def test_a_person_says_which_of_the_two_it_is(bench: Bench, choice: Choice, items: int) -> None:
    if bench.can.vendor_ids or bench.can.marker:
        pytest.skip("never asked here")
    ambiguous(bench)
    bench.sync(title="Quiz", scores=scores(stu_1=5.0), choice=choice)
    assert (len(bench.items), bench.numbers) == (items, {"stu-1": 5.0})
    assert bench.deliver(title="Quiz", scores=scores(stu_1=5.0))[1] == 0


def test_two_items_that_look_alike_are_two(bench: Bench) -> None:
    """Campus has names unique in a section: there the second is refused [D3:COLUMBUS]."""
    bench.sync("one", title="Quiz")
    result, _ = bench.deliver("two", title="Quiz")
    if result.outcome is Outcome.SUCCESSFUL:
        assert len(bench.items) == 2
    else:
        assert (result.code, len(bench.items)) == ("SIS_REFUSED_TITLE", 1)


def test_ids_given_by_the_sis_are_kept_in_the_receipt(bench: Bench) -> None:
    result = bench.sync()
    assert result.receipt is not None
    assert set(result.receipt.remote.values()) & {str(one) for one in bench.item["ids"].values()}
    assert desired().item not in result.receipt.remote.values()
