"""What PowerSchool and Aeries share: readings kept for a moment, batches, days."""

import itertools
import threading
from typing import Any

import pytest

from adapters import batches
from adapters.contract import Sent
from adapters.days import a_day, spans
from adapters.errors import Refused, Retry
from adapters.last_read import FRESH, LastRead
from adapters.remembered import Remembered


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_reading_serves_the_same_item_for_a_moment() -> None:
    clock = Clock()
    last = LastRead(clock)
    assert last.of("a") is None
    last.keep("a", {"x": 1})
    clock.now = FRESH
    assert last.of("a") == {"x": 1} and last.of("b") is None
    clock.now = FRESH + 0.1
    assert last.of("a") is None
    last.keep("a", {"x": 2})
    last.forget()
    assert last.of("a") is None


def test_nobody_takes_another_threads_reading() -> None:
    last = LastRead()
    last.keep("a", {"x": 1})
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(last.of("a")))
    thread.start()
    thread.join()
    assert seen == [None] and last.of("a") == {"x": 1}


def test_one_thread_fetches_for_all_that_wait() -> None:
    calls: list[str] = []
    inside, go = threading.Event(), threading.Event()

    def fetch(key: str) -> int:
        calls.append(key)
        inside.set()
        assert go.wait(5)
        return len(calls)

    known = Remembered(fetch, 60.0)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(known.get("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert inside.wait(5)
    go.set()
    for thread in threads:
        thread.join()
    assert (found, calls) == ([1] * 8, ["a"])


def test_what_is_old_forgotten_or_not_enough_is_fetched_anew() -> None:
    clock, count = Clock(), itertools.count(1)

    def fetch(_: str) -> int:
        return next(count)

    known = Remembered(fetch, 60.0, clock)
    assert [known.get("a"), known.get("a")] == [1, 1]
    clock.now = 60.0
    assert known.get("a") == 2
    assert known.get("a", lambda value: value > 2) == 3
    known.forget("a")
    assert known.get("a") == 4


def test_a_fetch_that_failed_is_not_remembered() -> None:
    outcomes: list[Exception | int] = [Retry("SIS_BUSY"), 1]

    def fetch(_: str) -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    known = Remembered(fetch, 60.0)
    with pytest.raises(Retry):
        known.get("a")
    assert known.get("a") == 1


def test_no_rows_are_no_call() -> None:
    def put(_: object) -> Sent:
        raise AssertionError("called")

    assert batches.send({}, put, "id") == Sent(accepted={})


@pytest.mark.parametrize("offenders", [set(), {0}, {29}, {7, 8}, {0, 10, 20}, set(range(30))])
def test_every_offender_is_found_and_all_the_others_are_in(offenders: set[int]) -> None:
    rows = {f"lms-{n}": {"id": n} for n in range(30)}
    taken: list[str] = []

    def put(batch: Any) -> Sent:
        if any(row["id"] in offenders for row in batch.values()):
            raise Refused("SCORE_NOT_ACCEPTED")
        taken.extend(batch)
        return Sent(accepted=dict.fromkeys(batch))

    sent = batches.send(rows, put, "id")
    assert {problem.student for problem in sent.problems} == {f"lms-{n}" for n in offenders}
    assert sorted(taken) == sorted(sent.accepted) == sorted(set(rows) - {f"lms-{n}" for n in offenders})


def test_days_are_spans_without_weekends() -> None:
    closed = {
        "2026-12-24": "Winter break",
        "2026-12-23": "Winter break",
        "2026-12-25": "Holiday",
        "2026-12-26": "Holiday",
        "2026-12-28": "Holiday",
    }
    assert [(one.first_day, one.last_day, one.title) for one in spans(closed)] == [
        ("2026-12-23", "2026-12-24", "Winter break"),
        ("2026-12-25", "2026-12-25", "Holiday"),
        ("2026-12-28", "2026-12-28", "Holiday"),
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-11-20", "2026-11-20"), ("2026-11-20T00:00:00", "2026-11-20"), ("", ""), ("x", "")],
)
def test_a_day_is_a_date_or_nothing(text: str, day: str) -> None:
    assert a_day(text) == day
