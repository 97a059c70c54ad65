"""Every door: a SIS that is slow, busy, broken or talks nonsense (reference/sis-apis.md 8.2)."""

import threading

import pytest

from adapters.outcomes import ENDED, TRY
from schemas.results import Outcome
from tests.contract.bench import CODE, Bench
from tests.unit.adapters.desk import scores


@pytest.mark.parametrize(
    "kind", ["garbage", "refuse", "redirect", "body_too_large", "two_pages", "no_id_in_reply"]
)
def test_a_nonsensical_answer_is_not_believed(bench: Bench, kind: str) -> None:
    bench.fault_anywhere(kind=kind, count=1)
    bench.desk.put(bench.desired(scores=scores(stu_1=5.0, stu_2=6.0)))
    bench.desk.wait(bool)
    if bench.desk.results[-1].code == "SIS_ADDRESS_REFUSED":  # a redirect waits for the administrator
        assert kind == "redirect"
        bench.calm()
    bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    assert (bench.created(), bench.numbers) == (1, {"stu-1": 5.0, "stu-2": 6.0})


def test_429_pauses_the_district_as_long_as_it_asks(bench: Bench) -> None:
    bench.fault_at(bench.door.routes.create, kind="status", status=429, retry_after="0.5", count=1)
    result, _ = bench.deliver()
    assert (result.outcome, bench.created()) == (Outcome.SUCCESSFUL, 1)
    progress = bench.desk.results[0]
    assert (progress.outcome, progress.code) == (Outcome.PROGRESS, "SIS_BUSY")
    assert progress.next_try_at is not None
    assert progress.next_try_at - progress.at >= 500
    assert progress.step == TRY


def test_503_is_tried_again_and_shown_as_progress(bench: Bench) -> None:
    bench.sync()
    seen = len(bench.desk.results)
    bench.fault_at(bench.door.routes.read, kind="status", status=503, count=2)
    bench.sync(title="Renamed")
    found = bench.desk.results[seen:]
    assert [r.outcome for r in found] == [Outcome.PROGRESS, Outcome.PROGRESS, Outcome.SUCCESSFUL]
    assert [r.step for r in found] == [TRY, 2 * TRY, 3 * TRY + ENDED]
    assert found[0].code == "SIS_UNAVAILABLE"


def test_a_long_outage_shows_an_error_and_heals(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.outcomes.PATIENCE", 2)
    bench.sync()
    bench.fault_at(bench.door.routes.read, kind="status", status=503, count=3)
    bench.deliver(title="Renamed")
    results = bench.desk.wait(lambda results: results[-1].outcome is Outcome.SUCCESSFUL)
    shown = next(result for result in results if result.outcome is Outcome.ERROR)
    assert (shown.code, shown.params["retried"]) == ("SIS_UNAVAILABLE", "true")
    assert results[-1].step > shown.step


def test_the_answer_to_resubmit_is_sent_once_more(bench: Bench) -> None:
    """412 on PowerSchool's scores asks for the same again [D:PS-XTE]; to the others it says nothing, and it heals."""
    bench.fault_at(bench.door.routes.score, kind="status", status=412, count=1)
    result, _ = bench.deliver(scores=scores(stu_1=5.0))
    if result.outcome is Outcome.SUCCESSFUL:
        assert bench.numbers == {"stu-1": 5.0}
    else:
        assert (result.code, bench.created()) in (("SCORES_NOT_ACCEPTED", 1), ("SIS_REFUSED", 1))
        bench.sync(scores=scores(stu_1=5.0))
    assert bench.created() == 1


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_a_hanging_call_ends_at_its_deadline(bench: Bench, kind: str) -> None:
    bench.sync()
    before = threading.active_count()
    bench.fault_at(bench.door.routes.read, kind=kind, count=1)
    bench.sync(title="Renamed")
    progress = next(r for r in bench.desk.results if r.outcome is Outcome.PROGRESS)
    assert progress.code == "SIS_UNAVAILABLE"
    assert threading.active_count() <= before + 2


def test_the_concurrency_cap_is_kept_and_used(bench: Bench) -> None:
    bench.fault_anywhere(kind="latency", seconds=0.05)
    bench.sync()
    bench.simulator.reset_counters(CODE)
    bench.desk.put(*[bench.desired(f"more-{n}") for n in range(24)])
    bench.desk.wait(lambda results: len(results) == 25)
    assert bench.simulator.counters(CODE)["max_concurrent"] == bench.desk.cap
