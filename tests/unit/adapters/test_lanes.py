"""Which item goes when: turns, gates, coalescing, and the threads that carry it out."""

import random
import threading
import time
from collections import Counter
from itertools import pairwise
from typing import Any

from adapters.breaker import THRESHOLD
from adapters.crew import Crew
from adapters.fairness import Turns
from adapters.lanes import Decision, Lane, Slot
from adapters.protocol import blank_entry
from adapters.ratelimit import TokenBucket
from tests.unit.adapters.desk import decision, desired


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lane(cap: int = 4, rate: float | None = None, clock: Any = None) -> Lane:
    return Lane("abc", cap, TokenBucket(rate), clock or Clock())


def put(where: Lane, item: str, section: str = "s", **changes: Any) -> Decision | None:
    return where.put(item.encode(), section, decision(desired(item, **changes)), lambda: None)


def entry(slot: Slot) -> Any:
    return blank_entry(slot.decision.desired)


def taken(where: Lane) -> Slot:
    slot = where.take()
    assert slot is not None
    return slot


# ---- turns ------------------------------------------------------------------------------------------------------


def test_a_one_item_section_does_not_wait_behind_ten_thousand() -> None:
    turns: Turns[str] = Turns()
    for n in range(10_000):
        turns.add("big", f"big-{n}")
    assert turns.pop() == "big-0"
    turns.add("small", "small-0")
    assert turns.pop() == "small-0"


def test_sections_take_turns() -> None:
    turns: Turns[str] = Turns()
    for section in "abc":
        for n in range(3):
            turns.add(section, f"{section}{n}")
    assert [turns.pop() for _ in range(9)] == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]


def test_nothing_is_lost_or_doubled_in_any_order() -> None:
    chance = random.Random(7)
    turns: Turns[int] = Turns()
    inside: set[int] = set()
    for n in range(3000):
        if inside and chance.random() < 0.5:
            inside.remove(turns.pop())
        else:
            turns.add(str(chance.randrange(9)), n, first=chance.random() < 0.3)
            inside.add(n)
        assert len(turns) == len(inside)
    assert {turns.pop() for _ in range(len(turns))} == inside


# ---- one slot per item ------------------------------------------------------------------------------------------


def test_an_item_has_one_call_in_flight() -> None:
    where = lane()
    put(where, "a")
    slot = taken(where)
    put(where, "a")
    assert where.take() is None
    where.done(slot, entry(slot))
    assert taken(where) is slot


def test_the_newest_wins_and_the_others_come_back() -> None:
    where = lane()
    assert put(where, "a", revision=7) is None
    passed = put(where, "a", revision=9)
    assert passed is not None and passed.revision == 7
    passed = put(where, "a", revision=8)
    assert passed is not None and passed.revision == 8
    assert taken(where).decision.revision == 9


def test_a_decision_that_comes_while_an_older_one_fails_goes_at_once() -> None:
    where = lane()
    put(where, "a", revision=1)
    slot = taken(where)
    put(where, "a", revision=2)
    passed = where.again(slot, entry(slot), 3600)
    assert passed is not None and passed.revision == 1
    assert taken(where).decision.revision == 2


def test_a_waiting_item_goes_when_due_and_at_the_head_of_its_section() -> None:
    clock = Clock()
    where = lane(clock=clock)
    for item in ("a", "b", "c"):
        put(where, item)
    slot = taken(where)
    where.again(slot, entry(slot), 5)
    assert taken(where).key == b"b"
    clock.now = 5.0
    assert taken(where).key == b"a"


# ---- gates ------------------------------------------------------------------------------------------------------


def test_the_cap_holds() -> None:
    where = lane(cap=2)
    for item in ("a", "b", "c"):
        put(where, item)
    first = taken(where)
    taken(where)
    assert where.take() is None
    where.done(first, entry(first))
    assert taken(where).key == b"c"


def test_a_pause_stops_the_whole_district_until_it_ends() -> None:
    clock = Clock()
    where = lane(clock=clock)
    put(where, "a")
    where.pause(30)
    where.pause(10)
    assert (where.take(), where.outlook()) == (None, (0, 30.0))
    clock.now = 30.0
    assert where.take() is not None


def test_an_open_breaker_lets_nothing_through_and_then_one() -> None:
    clock = Clock()
    where = lane(clock=clock)
    for n in range(3):
        put(where, f"item-{n}")
    for _ in range(THRESHOLD):
        where.breaker.failed(clock.now)
    assert where.take() is None
    clock.now = 3600.0
    assert where.take() is not None
    assert where.take() is None


def test_a_changed_configuration_lets_everything_try_again() -> None:
    where = lane()
    put(where, "a")
    slot = taken(where)
    where.again(slot, entry(slot), 3600)
    where.pause(3600)
    where.retry_now()
    assert taken(where) is slot
    # the news came while it ran
    where.retry_now()
    where.again(slot, entry(slot), 3600)
    assert where.take() is slot


def test_a_closed_lane_gives_nothing() -> None:
    where = lane()
    put(where, "a")
    where.close()
    assert where.take() is None
    assert where.outlook() == (0, None)


# ---- the crew ---------------------------------------------------------------------------------------------------


def wait_for(true: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_every_item_runs_once_and_slots_stay_within_the_cap() -> None:
    runs: Counter[bytes] = Counter()
    most, lock = [0], threading.Lock()
    lanes = [lane(cap=3, clock=time.monotonic) for _ in range(4)]

    def run(where: Lane, slot: Slot) -> None:
        with lock:
            runs[slot.key] += 1
            most[0] = max(most[0], where.running)
        time.sleep(0.001)
        where.done(slot, entry(slot))

    faults: list[BaseException] = []
    crew = Crew(run, faults.append, threads=16, reserve=4)
    for n in range(200):
        put(lanes[n % 4], f"item-{n}")
        crew.offer(lanes[n % 4])
    wait_for(lambda: sum(runs.values()) == 200)
    assert crew.stop(5)
    assert (faults, set(runs.values()), most[0]) == ([], {1}, 3)


def test_an_idle_thread_is_not_counted_for_two_calls() -> None:
    """Items that come while one thread stands idle must fill every slot, not share that thread."""
    where = lane(cap=8, clock=time.monotonic)
    full = threading.Event()

    def run(where: Lane, slot: Slot) -> None:
        if where.running == 8:
            full.set()
        if slot.key != b"warm":
            full.wait(5)
        where.done(slot, entry(slot))

    crew = Crew(run, lambda _: None, threads=32, reserve=8)
    put(where, "warm")
    crew.offer(where)
    wait_for(lambda: len(where) == 0 and crew.busy == 0)
    for n in range(8):
        put(where, f"item-{n}")
        crew.offer(where)
    assert full.wait(2)
    crew.stop(5)


def test_hanging_districts_do_not_take_the_reserve() -> None:
    """Three districts hang with every hand they may have; a fourth still finishes at once."""
    release = threading.Event()
    hanging = [lane(cap=4, clock=time.monotonic) for _ in range(3)]
    healthy = lane(cap=4, clock=time.monotonic)
    done: list[bytes] = []

    def run(where: Lane, slot: Slot) -> None:
        if where is not healthy:
            release.wait(20)
        done.append(slot.key)
        where.done(slot, entry(slot))

    crew = Crew(run, lambda _: None, threads=8, reserve=2)
    for where in hanging:
        for n in range(10):
            put(where, f"{id(where)}-{n}")
        crew.offer(where)
    wait_for(lambda: sum(where.running for where in hanging) >= 6)
    for n in range(5):
        put(healthy, f"item-{n}")
    crew.offer(healthy)
    wait_for(lambda: len(done) == 5)
    assert crew.threads <= 8
    release.set()
    wait_for(lambda: len(done) == 35)
    crew.stop(5)


def test_hundreds_of_districts_share_few_threads() -> None:
    done: list[bytes] = []
    lanes = [lane(cap=4, clock=time.monotonic) for _ in range(300)]

    def run(where: Lane, slot: Slot) -> None:
        done.append(slot.key)
        where.done(slot, entry(slot))

    crew = Crew(run, lambda _: None, threads=8, reserve=2)
    for number, where in enumerate(lanes):
        for n in range(3):
            put(where, f"{number}-{n}")
        crew.offer(where)
    wait_for(lambda: len(done) == 900)
    assert crew.threads <= 8
    crew.stop(5)


def test_an_item_that_waits_holds_no_thread_and_comes_back_by_itself() -> None:
    tries: list[float] = []
    where = lane(clock=time.monotonic)

    def run(where: Lane, slot: Slot) -> None:
        tries.append(time.monotonic())
        if len(tries) < 3:
            where.again(slot, entry(slot), 0.1)
        else:
            where.done(slot, entry(slot))

    crew = Crew(run, lambda _: None, threads=4, reserve=1)
    put(where, "a")
    crew.offer(where)
    wait_for(lambda: len(tries) == 1 and crew.busy == 0)
    wait_for(lambda: len(tries) == 3)
    assert min(b - a for a, b in pairwise(tries)) >= 0.1
    crew.stop(5)


def test_after_a_probe_all_hands_come_back() -> None:
    where = lane(cap=4, clock=time.monotonic)
    together = threading.Barrier(4, timeout=10)

    def run(where: Lane, slot: Slot) -> None:
        if slot.key != b"probe":
            together.wait()
        with where.lock:
            where.breaker.succeeded()
        where.done(slot, entry(slot))

    faults: list[BaseException] = []
    crew = Crew(run, faults.append, threads=8, reserve=2)
    put(where, "probe")
    for n in range(4):
        put(where, f"item-{n}")
    for _ in range(THRESHOLD):
        where.breaker.failed(time.monotonic() - 3600)
    crew.offer(where)
    wait_for(lambda: len(where) == 0)
    assert faults == []
    crew.stop(5)


def test_a_fault_in_a_hand_is_told() -> None:
    def run(where: Lane, slot: Slot) -> None:
        raise ZeroDivisionError

    faults: list[BaseException] = []
    crew = Crew(run, faults.append, threads=2, reserve=0)
    where = lane(clock=time.monotonic)
    put(where, "a")
    crew.offer(where)
    wait_for(lambda: faults)
    assert isinstance(faults[0], ZeroDivisionError)
