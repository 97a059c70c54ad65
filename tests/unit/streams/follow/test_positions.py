"""When a follower has caught up, and how far behind it says it is."""

from streams.follow import Positions
from streams.follow.positions import PROBE_SECONDS


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_caught_up_means_past_the_ends_seen_first_however_far_the_topic_has_moved_on() -> None:
    positions = Positions(Clock())
    positions.ends({0: 5, 1: 3}, 100.0)
    positions.reached(0, 5)
    told = [positions.caught_up]
    positions.ends({0: 50, 1: 30}, 100.0)
    positions.reached(1, 3)
    assert [*told, positions.caught_up] == [False, True]
    assert sum(one.behind for one in positions.partitions()) == 45 + 27


def test_an_empty_topic_is_caught_up_with_and_an_unknown_one_is_not() -> None:
    positions = Positions(Clock())
    told = []
    nothing: dict[int, int] = {}
    for ends in (nothing, {0: 0, 1: 0}):
        told.append(positions.caught_up)
        positions.ends(ends, 100.0)
    assert [*told, positions.caught_up] == [False, False, True]


def test_a_partition_added_later_does_not_take_caught_up_back() -> None:
    positions = Positions(Clock())
    positions.ends({0: 0}, 100.0)
    positions.ends({0: 0, 1: 9}, 101.0)
    assert positions.caught_up
    assert positions.partitions()[1].behind == 9


def test_seconds_behind_count_from_when_everything_was_last_known_to_be_there() -> None:
    clock = Clock()
    positions = Positions(clock)
    assert positions.seconds_behind() is None
    positions.ends({0: 5}, 100.0)
    assert positions.seconds_behind() is None, "never had everything"
    clock.now = 102.0
    positions.reached(0, 5)
    assert positions.seconds_behind() == 0.0
    clock.now = 103.5
    assert positions.seconds_behind() == 3.5, "it is known to have had everything at 100"
    positions.ends({0: 5}, 103.5)
    assert positions.seconds_behind() == 0.0
    clock.now = 104.0
    positions.ends({0: 8}, 104.0)
    assert positions.seconds_behind() == 0.5
    positions.reached(0, 8)
    clock.now = 105.0
    positions.ends({0: 8}, 105.0)
    assert positions.seconds_behind() == 0.0


def test_a_silent_broker_makes_a_whole_view_grow_old() -> None:
    clock = Clock()
    positions = Positions(clock)
    assert positions.silent_seconds() is None
    positions.ends({0: 0}, 100.0)
    assert (positions.seconds_behind(), positions.silent_seconds()) == (0.0, 0.0)
    clock.now += 3 * PROBE_SECONDS + 5
    assert (positions.seconds_behind(), positions.silent_seconds()) == (8.0, 8.0)
