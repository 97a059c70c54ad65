"""Backoff, rate, breaker: arithmetic over a clock of the test's."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.backoff import RETRY_AFTER_MAX, full_jitter, retry_after
from adapters.breaker import FIRST, LONGEST, THRESHOLD, Breaker, State
from adapters.fence import Fence, PausedTooLong
from adapters.ratelimit import TokenBucket

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_never_passes_its_cap(tries: int, draw: float) -> None:
    assert 0 <= full_jitter(tries, draw) <= 300
    assert full_jitter(tries, draw, cap=7) <= 7


def test_the_ceiling_doubles() -> None:
    assert [full_jitter(n, 0.5) for n in range(4)] == [0.5, 1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        (" 2.5 ", 2.5),
        ("Tue, 24 Nov 2026 12:00:07 GMT", 7.0),
        ("999999", RETRY_AFTER_MAX),
        ("Wed, 24 Nov 2027 12:00:00 GMT", RETRY_AFTER_MAX),
        ("inf", RETRY_AFTER_MAX),
        ("-1", None),
        ("0", None),
        ("nan", None),
        ("Mon, 23 Nov 2026 12:00:00 GMT", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_every_dress(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, lambda: NOW) == seconds


def test_a_bucket_spreads_who_asks_at_once() -> None:
    bucket = TokenBucket(4.0)
    assert [bucket.reserve(100.0) for _ in range(4)] == pytest.approx([0.0, 0.25, 0.5, 0.75])
    assert bucket.wait(101.0) == pytest.approx(0.0)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=200), st.floats(0.5, 50))
def test_no_second_sees_more_calls_than_the_rate_and_one(gaps: list[float], rate: float) -> None:
    bucket = TokenBucket(rate)
    now, starts = 0.0, []
    for gap in gaps:
        now += gap
        starts.append(now + bucket.reserve(now))
    for start in starts:
        within = sum(start <= other < start + 1 - 1e-6 for other in starts)
        assert within <= rate + 1


def test_no_rate_no_wait() -> None:
    assert [TokenBucket(None).reserve(0.0), TokenBucket(0).reserve(0.0)] == [0.0, 0.0]


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_probe_out() -> None:
    breaker = Breaker()
    for _ in range(THRESHOLD - 1):
        breaker.failed(0.0)
    breaker.succeeded()
    for _ in range(THRESHOLD - 1):
        breaker.failed(0.0)
    assert breaker.wait(0.0) == 0  # the negative control: not in a row
    breaker.failed(0.0)
    assert breaker.wait(0.0) == FIRST
    assert breaker.wait(FIRST) == 0
    breaker.started()
    assert breaker.wait(FIRST) == float("inf")
    breaker.succeeded()
    assert (breaker.state, breaker.wait(FIRST)) == (State.CLOSED, 0.0)


def test_each_failed_probe_doubles_the_wait_up_to_the_longest() -> None:
    breaker = Breaker()
    now, waits = 0.0, []
    for _ in range(THRESHOLD):
        breaker.failed(now)
    for _ in range(8):
        waits.append(breaker.wait(now))
        now += waits[-1]
        breaker.started()
        breaker.failed(now)
    assert waits[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert max(waits) == LONGEST


def test_failures_of_calls_under_way_when_it_opened_prolong_nothing() -> None:
    breaker = Breaker()
    for _ in range(THRESHOLD):
        breaker.failed(0.0)
    for _ in range(20):
        breaker.failed(1.0)
    assert breaker.wait(1.0) == FIRST - 1.0


def test_a_probe_that_needed_no_call_is_still_owed() -> None:
    breaker = Breaker()
    for _ in range(THRESHOLD):
        breaker.failed(0.0)
    breaker.started()
    breaker.unused()
    assert breaker.wait(FIRST) == 0


def test_a_pause_beyond_the_session_breaks_the_fence_for_good() -> None:
    now = [0.0]
    told: list[BaseException] = []
    fence = Fence(6.0, told.append, lambda: now[0])
    now[0] = 5.0
    fence.beat()
    now[0] = 10.9
    assert fence.holds()  # the negative control: a short pause
    now[0] = 11.0
    assert not fence.holds()
    fence.beat()
    now[0] = 11.1
    fence.beat()
    assert not fence.holds()
    assert [type(error) for error in told] == [PausedTooLong]
