"""The stall watch tells deaf from idle, without waiting: the clock is an argument."""

import time

from streams.stage import TopicPartition
from streams.stall import StallWatch

TP = TopicPartition("in", 0)


def test_work_and_no_progress_for_too_long_is_a_stall() -> None:
    watch = StallWatch(60)
    assert watch.behind({TP: 5}, {TP: 10}, 0) is None
    assert watch.behind({TP: 5}, {TP: 20}, 60) is None
    assert watch.behind({TP: 5}, {TP: 20}, 61) == TP


def test_idle_or_moving_is_not() -> None:
    watch = StallWatch(60)
    for now in range(0, 1_000, 50):
        assert watch.behind({TP: 10}, {TP: 10}, now) is None
    for now in range(1_000, 2_000, 50):
        assert watch.behind({TP: now}, {TP: 10_000}, now) is None


def test_the_time_counts_from_when_there_was_work() -> None:
    watch = StallWatch(60)
    assert watch.behind({TP: 10}, {TP: 10}, 0) is None
    assert watch.behind({TP: 10}, {TP: 11}, 59) is None
    assert watch.behind({TP: 10}, {TP: 11}, 61) == TP


def test_a_partition_that_left_and_came_back_starts_anew() -> None:
    watch = StallWatch(60)
    watch.behind({TP: 5}, {TP: 10}, 0)
    watch.behind({}, {}, 30)
    assert watch.behind({TP: 5}, {TP: 10}, 61) is None


def test_no_membership_for_too_long_is_a_stall() -> None:
    watch = StallWatch(60)
    now = time.monotonic()
    assert watch.member(-1, now + 10) is None
    assert watch.member(4, now + 50) is None
    assert watch.member(-1, now + 100) is None
    assert watch.member(-1, now + 120) == "no_membership"
