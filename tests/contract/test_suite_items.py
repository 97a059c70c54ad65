"""Every door: create, update, delta, delete, in the fewest calls (reference/sis-apis.md 8.1)."""

import pytest

from adapters import http
from adapters.contract import Job
from adapters.errors import Gone
from schemas.results import Outcome
from tests.contract.bench import OTHER_CATEGORY, SECTION, SEED, Bench
from tests.unit.adapters.desk import Desk, scores


def test_a_new_item_arrives_with_its_scores_in_the_fewest_calls(bench: Bench) -> None:
    result, calls = bench.deliver(scores=scores(stu_1=5.0, stu_2=0.0))
    assert (result.outcome, result.code, result.sis) == (Outcome.SUCCESSFUL, None, bench.door.kind)
    assert result.receipt is not None
    assert (result.receipt.action, result.receipt.scores_accepted) == ("created", 2)
    assert calls == bench.cost("first", "create", scores=2)
    assert result.receipt.calls == calls + bench.door.signs_in  # signing in is a call
    item = bench.item
    assert (item["title"], item["points"], item["dueDate"]) == ("Title of item-1", 10.0, "2026-11-20")
    assert (item["section"], bench.numbers) == (SECTION, {"stu-1": 5.0, "stu-2": 0.0})


def test_a_new_item_lies_in_its_category(bench: Bench) -> None:
    bench.sync(category=OTHER_CATEGORY)
    if bench.door.files:
        assert bench.item["category"] == OTHER_CATEGORY


def test_a_new_item_carries_what_it_is_known_by(bench: Bench) -> None:
    """Our id, or our marker, or nothing; and none of them tells an outsider what it is (8.1)."""
    bench.sync()
    mark = bench.item["externalId"]
    assert (mark is not None) == (bench.can.vendor_ids or bench.can.marker)
    assert "item-1" not in str(mark)


def test_an_item_that_does_not_count(bench: Bench) -> None:
    """Only where there is a field for it (8.1)."""
    bench.sync(counts=False)
    assert bench.item["native"].get("iscountedinfinalgrade", False) is False
    bench.sync()
    assert bench.item["native"].get("iscountedinfinalgrade", True) is True


def test_one_section_alone_gets_the_item(bench: Bench) -> None:
    """Linked gradebooks are a fan-out that nobody asked for (8.2)."""
    classes = [
        one | {"school": "school-1", "teachers": ["tea-1"], "gradebook": {"linkedGroup": 1}}
        for one in SEED["classes"]
    ]
    bench.reseed(classes=classes)
    bench.sync()
    bench.sync(title="Renamed")
    assert (bench.item["section"], bench.item["title"]) == (SECTION, "Renamed")


def test_a_new_item_without_scores(bench: Bench) -> None:
    result, calls = bench.deliver()
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, bench.cost("first", "create"))


def test_no_change_no_call(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    result, calls = bench.deliver(scores=scores(stu_1=5.0))
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 0)
    assert result.receipt is not None and result.receipt.action == "unchanged"


def test_one_score_changed_one_score_sent(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0, stu_3=7.0))
    before = len(bench.commits("result"))
    result, calls = bench.deliver(scores=scores(stu_1=5.0, stu_2=9.0, stu_3=7.0))
    assert result.receipt is not None and result.receipt.scores_sent == 1
    written = bench.commits("result")[before:]
    assert [(c["content"]["student"], c["content"]["score"]) for c in written] == [("stu-2", 9.0)]
    assert calls == bench.cost("read", "standing", scores=1, rows=3)


def test_a_changed_field_leaves_the_scores_alone(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    result, calls = bench.deliver(title="Renamed", due_date="2026-12-01", scores=scores(stu_1=5.0))
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, bench.cost("read", "replace"))
    assert (bench.item["title"], bench.item["dueDate"]) == ("Renamed", "2026-12-01")
    assert bench.numbers == {"stu-1": 5.0}


def test_a_field_and_a_score_changed(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0))
    _, calls = bench.deliver(title="Renamed", scores=scores(stu_1=5.0, stu_2=7.0))
    assert calls == bench.cost("read", "standing", "replace", scores=1, rows=2)
    assert (bench.item["title"], bench.numbers) == ("Renamed", {"stu-1": 5.0, "stu-2": 7.0})


def test_other_points_leave_each_score_what_it_was(bench: Bench) -> None:
    """Some systems keep the percent when the points change; what the LMS says stands in the end."""
    bench.sync(scores=scores(stu_1=5.0, stu_2=0.0))
    bench.sync(points=20.0, scores=scores(stu_1=5.0, stu_2=0.0))
    assert (bench.item["points"], bench.numbers) == (20.0, {"stu-1": 5.0, "stu-2": 0.0})


def test_a_score_above_the_points_is_taken(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=12.0))
    assert bench.numbers == {"stu-1": 12.0}


def test_a_broken_number_stays_what_it_is(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=7.25))
    assert bench.numbers == {"stu-1": 7.25}
    assert bench.deliver(scores=scores(stu_1=7.25))[1] == 0


def test_delete_then_restore(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    result, calls = bench.deliver(deleted=True)
    if not bench.can.deletes:
        assert (result.outcome, result.code, calls) == (Outcome.ERROR, "DELETE_BY_HAND", 0)
        bench.drop()  # the teacher does as the message says
        assert bench.deliver(deleted=True)[0].code == "DELETE_BY_HAND"
        return
    assert (result.outcome, bench.items, bench.cells) == (Outcome.SUCCESSFUL, [], {})
    assert calls == bench.cost("read", "delete")
    assert bench.deliver(deleted=True)[1] == 0
    result = bench.sync(scores=scores(stu_1=5.0))
    assert result.receipt is not None and result.receipt.action == "created"
    assert bench.numbers == {"stu-1": 5.0}


def test_deleted_before_it_was_ever_sent_is_nothing(bench: Bench) -> None:
    result, calls = bench.deliver(deleted=True)
    assert (result.outcome, calls) == (Outcome.SUCCESSFUL, 0)


def test_deleted_after_a_create_nobody_knows_the_end_of(bench: Bench) -> None:
    """The negative control of the one before: a predecessor may have created it and died."""
    if not bench.can.vendor_ids:
        pytest.skip("an intent in the ledger says so: test_suite_creation.py")
    bench.sync()
    heir = Desk(bench.connect, inherited=True, sis=bench.door.kind)
    assert heir.deliver(bench.desired(deleted=True)).outcome is Outcome.SUCCESSFUL
    heir.close()
    assert bench.items == []


def test_a_successor_with_the_ledger_makes_no_call(bench: Bench) -> None:
    item = bench.desired(scores=scores(stu_1=5.0))
    first = bench.desk.deliver(item)
    heir = bench.desk.restart()
    bench.simulator.reset_counters("abc")
    heir.put(item)
    (again,) = heir.wait(bool)
    heir.close()
    assert (again.outcome, again.step, again.receipt) == (first.outcome, first.step, first.receipt)
    assert bench.simulator.counters("abc")["total"] == 0


def test_calls_are_counted_as_the_system_counts_them(bench: Bench) -> None:
    bench.sync()
    remote = bench.desk.entry().remote
    bench.drop()
    adapter = bench.connect()
    before = http.calls_made()
    bench.simulator.reset_counters("abc")
    with pytest.raises(Gone):
        adapter.read(Job(desired=bench.desired(), remote=remote))
    adapter.close()
    assert http.calls_made() - before == bench.simulator.counters("abc")["total"]
