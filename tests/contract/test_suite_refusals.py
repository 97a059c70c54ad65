"""Every door: what the SIS refuses, and what its administrator must mend (reference/sis-apis.md 8.2)."""

from typing import Any

import pytest

from schemas.results import Outcome
from tests.contract.bench import CODE, Bench
from tests.unit.adapters.desk import scores

#: How a section is refused: as one the SIS does not have, or one the acting teacher does not teach.
NO_SECTION = {"SECTION_NOT_IN_SIS", "TEACHER_NOT_OF_SECTION"}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"due_date": "2026-10-01"}, {"SIS_REFUSED_DUE_DATE"}),
        ({"due_date": "2027-03-01"}, {"SIS_REFUSED_DUE_DATE"}),
        ({"title": "t" * 300}, {"SIS_REFUSED_TITLE"}),
        ({"category": "nowhere"}, {"SIS_REFUSED_CATEGORY"}),
        ({"section": "nowhere"}, NO_SECTION),
    ],
    ids=["closed period", "no period", "title too long", "bad category", "no section"],
)
def test_a_refusal_says_what_is_wrong_and_is_not_repeated(
    bench: Bench, change: dict[str, Any], codes: set[str]
) -> None:
    result, calls = bench.deliver(**change)
    if "category" in change and not bench.door.files:
        assert result.outcome is Outcome.SUCCESSFUL  # accepted (8.2)
        return
    assert (result.outcome, result.code in codes, bench.items) == (Outcome.ERROR, True, [])
    assert calls <= bench.cost("first") + 1
    bench.sync()


def test_the_longest_title_the_data_allow_is_taken(bench: Bench) -> None:
    """systems.toml against the simulator's own reading."""
    bench.sync(title="t" * bench.door.system.title_max)


def test_a_change_that_is_refused_leaves_what_stood(bench: Bench) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    before = bench.item
    result, _ = bench.deliver(title="t" * 300, scores=scores(stu_1=6.0))
    assert (result.code, bench.item["title"]) == ("SIS_REFUSED_TITLE", before["title"])
    bench.sync(title="Short", scores=scores(stu_1=6.0))
    assert (bench.item["title"], bench.numbers) == ("Short", {"stu-1": 6.0})


def test_a_period_that_closes_later(bench: Bench) -> None:
    """Work stands; whether scores still go is the system's own rule, and it says so without being asked again."""
    bench.sync(scores=scores(stu_1=5.0))
    bench.edit("lock_period", gradingPeriod="mp-2")
    result, _ = bench.deliver(title="Renamed", scores=scores(stu_1=5.0))
    assert (result.outcome, result.code) == (Outcome.ERROR, "SIS_REFUSED_DUE_DATE")
    result, _ = bench.deliver(scores=scores(stu_1=6.0))
    if result.outcome is Outcome.ERROR:
        assert result.code in ("SIS_PERIOD_CLOSED", "SCORES_NOT_ACCEPTED")
        assert bench.numbers == {"stu-1": 5.0}
    bench.edit("lock_period", gradingPeriod="mp-2", locked=False)
    bench.sync(title="Renamed", scores=scores(stu_1=6.0))
    assert (bench.item["title"], bench.numbers) == ("Renamed", {"stu-1": 6.0})


@pytest.mark.parametrize("status", [405, 501])
def test_a_sis_that_does_not_delete_says_what_to_do_by_hand(bench: Bench, status: int) -> None:
    bench.sync(scores=scores(stu_1=5.0))
    bench.fault(kind="status", status=status, method="DELETE")
    result, _ = bench.deliver(deleted=True)
    assert (result.outcome, result.code) == (Outcome.ERROR, "DELETE_BY_HAND")
    assert len(bench.items) == 1


@pytest.mark.parametrize("status", [405, 501])
def test_a_sis_that_does_not_delete_scores_says_which_to_clear_by_hand(bench: Bench, status: int) -> None:
    """Only where a score is taken back by deleting it; the others empty the cell."""
    bench.sync(scores=scores(stu_1=5.0, stu_2=6.0))
    bench.fault(kind="status", status=status, method="DELETE")
    result, _ = bench.deliver(scores=scores(stu_1=None, stu_2=7.0))
    if result.outcome is Outcome.SUCCESSFUL:
        assert bench.numbers == {"stu-2": 7.0}
        return
    assert [(one.student, one.code) for one in result.problems] == [("stu-1", "CLEAR_BY_HAND")]
    assert bench.numbers == {"stu-1": 5.0, "stu-2": 7.0}


def test_a_missing_permission_is_the_administrators_and_the_item_waits(bench: Bench) -> None:
    bench.fault_at(bench.door.routes.score, kind="forbid")
    result, _ = bench.deliver(scores=scores(stu_1=5.0))
    assert (result.outcome, result.code) == (Outcome.ERROR, "SIS_PERMISSION_MISSING")
    assert result.params["permission"]
    assert result.next_try_at is not None
    receipt = bench.desk.results[-1].receipt
    assert receipt is not None and (receipt.scores_accepted, receipt.scores_total) == (0, 1)
    assert bench.created() == 1
    bench.calm()
    bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    assert (bench.numbers, bench.created()) == ({"stu-1": 5.0}, 1)


def test_a_right_taken_away_is_named_and_its_return_is_noticed(bench: Bench) -> None:
    """In the system's own words, by the simulator's own rights."""
    bench.sync(scores=scores(stu_1=5.0))
    bench.simulator.settings(CODE, denied=[next(iter(bench.door.rights))])
    result, _ = bench.deliver(scores=scores(stu_1=6.0))
    assert (result.code, bool(result.params["permission"])) == ("SIS_PERMISSION_MISSING", True)
    bench.simulator.settings(CODE, denied=[])
    bench.calm()
    bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    assert bench.numbers == {"stu-1": 6.0}


def test_a_refused_sign_in_stops_the_district_without_a_call_for_each_item(bench: Bench) -> None:
    bench.fault(kind="unauthorized")
    first, _ = bench.deliver()
    second, calls = bench.deliver("item-2")
    assert (first.code, second.code, calls) == ("SIS_SIGN_IN_FAILED", "SIS_SIGN_IN_FAILED", 0)


def test_a_wrong_secret_is_not_tried_for_each_item(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SIS_SECRET", "wrong-secret-wrong-secret-wrong-!")
    first, _ = bench.deliver()
    assert first.code == "SIS_SIGN_IN_FAILED"
    bench.desk.put(*[bench.desired(f"more-{n}") for n in range(5)])
    bench.simulator.reset_counters(CODE)
    bench.desk.wait(lambda results: len({result.item for result in results}) == 6)
    assert bench.simulator.counters(CODE)["total"] == 0


def test_a_second_credential_is_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    if "vendor_secret" not in bench.door.options:
        pytest.skip("there is none")
    monkeypatch.setenv("TEST_VENDOR_SECRET", "wrong")
    result, _ = bench.deliver()
    assert (result.outcome, result.code) == (Outcome.ERROR, "SIS_PARTNER_KEY_REFUSED")


def test_a_token_that_ends_is_renewed_once(bench: Bench) -> None:
    if not bench.door.signs_in:
        pytest.skip("no token")
    bench.sync()
    bench.fault(kind="token_expire_now")
    bench.simulator.reset_counters(CODE)
    bench.desk.put(*[bench.desired(f"more-{n}") for n in range(8)])
    bench.desk.wait(lambda results: len(results) == 9)
    assert {r.outcome for r in bench.desk.results} == {Outcome.SUCCESSFUL}
    counted = bench.simulator.counters(CODE)["calls"]
    assert sum(row["count"] for row in counted if "token" in row["template"]) == 1
    assert bench.created() == 9
