"""Every door: somebody works in the SIS. Nothing there is overwritten before the teacher has chosen."""

from contextlib import suppress
from typing import Any

import pytest

from adapters.contract import Job
from adapters.errors import Gone
from schemas.catalog import explain
from schemas.gradebook import Choice
from schemas.results import Outcome
from tests.contract.bench import OTHER_CATEGORY, Bench
from tests.unit.adapters.desk import scores

EDITS: tuple[dict[str, Any], ...] = (
    {"title": "Theirs"},
    {"dueDate": "2026-12-02"},
    {"points": 50},
    {"category": OTHER_CATEGORY},
)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: next(iter(edit)))
def test_an_item_edited_in_the_sis_is_not_overwritten(bench: Bench, edit: dict[str, Any]) -> None:
    if "category" in edit and not bench.door.files:
        pytest.skip("the teacher files the work there: no edit")
    bench.sync(scores=scores(stu_1=5.0))
    bench.edit("change_line_item", lineItem=bench.item_id, set=edit)
    theirs, before = bench.item, len(bench.commits("lineItem"))
    changes: tuple[dict[str, Any], ...] = (
        {"title": "Ours"},
        {"scores": scores(stu_1=9.0)},
        {"deleted": True},
    )
    for change in changes:
        result, _ = bench.deliver(**{"scores": scores(stu_1=5.0), **change})
        if change.get("deleted") and not bench.can.deletes:
            assert result.code == "DELETE_BY_HAND"
            continue
        assert (result.outcome, result.code) == (Outcome.ERROR, "CHANGED_IN_SIS")
    assert (bench.item, bench.numbers) == (theirs, {"stu-1": 5.0})
    assert len(bench.commits("lineItem")) == before


def test_the_text_names_the_system_as_its_teachers_do(bench: Bench) -> None:
    bench.sync()
    bench.retitle()
    result, _ = bench.deliver(title="Ours")
    said = explain(str(result.code), result.params, result.sis)
    assert bench.door.system.long in said.message
    assert bench.door.system.short in said.solution


def test_a_touched_but_unchanged_item_is_no_edit(bench: Bench) -> None:
    """The negative control: a newer change marker alone stops nobody."""
    bench.sync()
    bench.edit("change_line_item", lineItem=bench.item_id, set={"description": "a note of theirs"})
    bench.sync(title="Renamed")
    assert bench.item["title"] == "Renamed"


def test_both_sides_came_to_the_same(bench: Bench) -> None:
    bench.sync()
    bench.retitle("Renamed")
    bench.sync(title="Renamed")


def test_a_score_typed_in_the_sis_is_not_overwritten(bench: Bench) -> None:
    assert bench.can.reads_scores
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0))
    bench.put_in("stu-1", 8.0)
    result, _ = bench.deliver(scores=scores(stu_1=9.0, stu_2=7.0))
    assert (result.code, [p.student for p in result.problems]) == ("CHANGED_IN_SIS", ["stu-1"])
    assert bench.numbers == {"stu-1": 8.0, "stu-2": 6.0}
    # another student's change overwrites nothing typed there
    bench.sync(scores=scores(stu_1=5.0, stu_2=7.0))
    assert bench.numbers == {"stu-1": 8.0, "stu-2": 7.0}


def test_a_score_typed_where_none_of_ours_stood_is_not_overwritten(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.put_in("stu-2", 8.0)
    result, _ = bench.deliver(scores=scores(stu_1=5.0, stu_2=7.0))
    assert (result.code, [p.student for p in result.problems]) == ("CHANGED_IN_SIS", ["stu-2"])
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 8.0}


def test_a_district_may_leave_the_reading_of_scores_out(bench: Bench) -> None:
    """The negative control: then the number typed there is overwritten."""
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0))
    bench.put_in("stu-1", 8.0)
    bench.policies = {"check_scores_in_sis": "no"}
    heir = bench.desk.restart()
    decision = bench.desired(scores=scores(stu_1=9.0, stu_2=6.0))
    assert heir.deliver(decision).outcome is Outcome.SUCCESSFUL
    heir.close()
    assert bench.numbers == {"stu-1": 9.0, "stu-2": 6.0}


@pytest.mark.parametrize(
    ("choice", "title", "score", "action"),
    [
        (Choice.SEND_LMS, "Ours", 9.0, "updated"),
        (Choice.KEEP_SIS, "Theirs", 5.0, "kept"),
        (Choice.ADOPT, "Theirs", 9.0, "adopted"),
    ],
)
def test_the_teacher_chooses(bench: Bench, choice: Choice, title: str, score: float, action: str) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.retitle()
    ours: dict[str, Any] = {"title": "Ours", "scores": scores(stu_1=9.0)}
    assert bench.deliver(**ours)[0].code == "CHANGED_IN_SIS"
    result = bench.sync(**ours, choice=choice)
    assert (bench.item["title"], bench.numbers) == (title, {"stu-1": score})
    assert result.receipt is not None and result.receipt.action == action
    # settled: the same again is no call, a later change goes through
    assert bench.deliver(**ours)[1] == 0
    bench.sync(title="Later", scores=scores(stu_1=9.0))
    assert bench.item["title"] == "Later"


@pytest.mark.parametrize(
    ("choice", "score"), [(Choice.SEND_LMS, 9.0), (Choice.KEEP_SIS, 8.0), (Choice.ADOPT, 9.0)]
)
def test_the_teacher_chooses_about_a_score(bench: Bench, choice: Choice, score: float) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.put_in("stu-1", 8.0)
    assert bench.deliver(scores=scores(stu_1=9.0))[0].code == "CHANGED_IN_SIS"
    bench.sync(scores=scores(stu_1=9.0), choice=choice)
    assert bench.numbers == {"stu-1": score}
    assert bench.deliver(scores=scores(stu_1=9.0))[1] == 0


def test_deleted_in_the_sis_is_said_first_and_created_anew_when_synced_again(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.drop()
    changed: dict[str, Any] = {"title": "Renamed", "scores": scores(stu_1=5.0)}
    assert bench.deliver(**changed)[0].code == "DELETED_IN_SIS"
    assert bench.items == []
    result = bench.sync(**changed)
    assert result.receipt is not None and result.receipt.action == "created"
    assert bench.numbers == {"stu-1": 5.0}


def test_deleted_in_the_sis_is_found_by_a_score_as_well(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.drop()
    result, _ = bench.deliver(scores=scores(stu_1=6.0))
    assert (result.outcome, result.code, bench.items) == (Outcome.ERROR, "DELETED_IN_SIS", [])


def test_deleted_by_the_teacher_as_the_message_asks(bench: Bench) -> None:
    bench.sync()
    bench.retitle()
    assert bench.deliver(title="Ours")[0].code == "CHANGED_IN_SIS"
    bench.drop()
    bench.sync(title="Ours")
    assert bench.item["title"] == "Ours"


def test_deleted_on_both_sides(bench: Bench) -> None:
    bench.sync()
    bench.drop()
    result, _ = bench.deliver(deleted=True)
    if bench.can.deletes:
        assert (result.outcome, bench.deliver(deleted=True)[1]) == (Outcome.SUCCESSFUL, 0)
    else:
        assert result.code == "DELETE_BY_HAND"


def test_what_is_the_teachers_own_stays(bench: Bench) -> None:
    """A note of theirs, and the fields we never send: a change of ours replaces neither."""
    bench.sync()
    theirs = {"description": "a note of theirs", "native": dict(bench.door.theirs)}
    bench.edit("change_line_item", lineItem=bench.item_id, set=theirs)
    bench.sync(title="Renamed", points=20.0)
    assert (bench.item["title"], bench.item["description"]) == ("Renamed", "a note of theirs")
    assert bench.item["native"].items() >= bench.door.theirs.items()


def test_scores_for_an_item_deleted_meanwhile(bench: Bench) -> None:
    """Deleted between the reading and the writing: the system's own way of saying so is understood."""
    bench.sync(scores=scores(stu_1=5.0))
    remote = bench.desk.entry().remote
    bench.drop()
    adapter = bench.connect()
    job = Job(desired=bench.desired(scores=scores(stu_1=6.0)), remote=remote)
    with pytest.raises(Gone):
        adapter.send_scores(job, ["stu-1"])
    with suppress(Gone):  # a list of scores may be empty instead
        assert adapter.read_scores(job) == {}
    adapter.close()


def test_a_reading_serves_one_write(bench: Bench) -> None:
    """What was read before the last write is no longer what stands: it must not come back."""
    bench.sync()
    adapter = bench.connect()
    job = Job(desired=bench.desired(title="Renamed"), remote=bench.desk.entry().remote)
    for note in ("an old note", "a new note"):
        bench.edit("change_line_item", lineItem=bench.item_id, set={"description": note})
        if note == "an old note":
            adapter.read(job)
        adapter.write(job)
    adapter.close()
    assert bench.item["description"] != "an old note"
