"""What a row hears while its change waits: a reason, a place, a time; and what keeps a district from being called."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters import outcomes
from adapters.errors import Misconfigured
from adapters.lanes import SILENCE, Lane
from adapters.protocol import blank_entry
from adapters.timetable import Timetable, timetable
from adapters.waiting import reason
from schemas.gradebook import Choice, Sis
from schemas.hours import Hours
from schemas.results import Outcome
from tests.unit.adapters.desk import decision, desired, district
from tests.unit.adapters.test_lanes import Clock, entry, lane, put, taken

NIGHT = Hours.parse("22:00-05:00")
AT_NIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC).timestamp()


def quiet(clock: float = AT_NIGHT) -> Timetable:
    return Timetable(quiet=NIGHT, clock=lambda: clock)


def test_nothing_goes_in_quiet_hours_and_no_attempt_is_used_up() -> None:
    where = lane()
    where.timetable = quiet()
    put(where, "a")
    assert where.take() is None
    assert where.outlook() == (0, 6 * 3600)
    where.timetable = quiet(AT_NIGHT + 6 * 3600)
    assert where.take() is not None


def test_in_peak_hours_fewer_calls_at_once() -> None:
    where = lane(cap=4)
    where.timetable = Timetable(peak=NIGHT, peak_cap=2, clock=lambda: AT_NIGHT)
    for item in "abcd":
        put(where, item)
    assert [where.take() is not None for _ in range(3)] == [True, True, False]
    where.timetable = replace(where.timetable, clock=lambda: AT_NIGHT - 7200)
    assert [where.take() is not None for _ in range(3)] == [True, True, False]


def test_a_districts_policies_make_its_timetable() -> None:
    config = replace(
        district("https://sis.example"),
        policies={"quiet_hours": "22:00-05:00", "peak_hours": "07:00-16:00", "peak_concurrency": "2"},
    )
    made = timetable(config)
    assert (made.quiet, made.peak, made.peak_cap) == (NIGHT, Hours.parse("07:00-16:00"), 2)
    assert made.zone.key == "America/Chicago"
    assert timetable(None).wait() == 0


@pytest.mark.parametrize(
    ("kind", "policies", "at", "calls"),
    [
        (Sis.INFINITE_CAMPUS, {}, "2026-11-25T15:00:00+00:00", 1),
        (Sis.INFINITE_CAMPUS, {}, "2026-11-25T03:00:00+00:00", 5),
        (Sis.INFINITE_CAMPUS, {}, "2026-11-28T15:00:00+00:00", 5),  # a Saturday
        (Sis.INFINITE_CAMPUS, {"peak_hours": "none"}, "2026-11-25T15:00:00+00:00", 5),
        (Sis.INFINITE_CAMPUS, {"peak_hours": "20:00-22:00"}, "2026-11-25T15:00:00+00:00", 5),
        (Sis.INFINITE_CAMPUS, {"peak_hours": "20:00-22:00"}, "2026-11-25T03:00:00+00:00", 1),
        (Sis.INFINITE_CAMPUS, {"peak_concurrency": "3"}, "2026-11-25T15:00:00+00:00", 3),
        (Sis.AERIES, {}, "2026-11-25T15:00:00+00:00", 8),
        (Sis.AERIES, {"peak_hours": "07:00-16:00"}, "2026-11-25T15:00:00+00:00", 1),
    ],
)
def test_a_systems_own_hours_hold_until_the_district_says_otherwise(
    kind: Sis, policies: dict[str, str], at: str, calls: int
) -> None:
    """09:00 and 21:00 in Chicago; a district that allows eight at once."""
    now = datetime.fromisoformat(at).timestamp()
    config = replace(district("https://sis.example", kind=kind), policies=policies)
    assert timetable(config, lambda: now).cap(8) == calls


def test_the_days_of_peak_hours_are_the_schools_own() -> None:
    sunday = datetime(2026, 11, 29, 15, tzinfo=UTC).timestamp()
    config = district("https://sis.example", kind=Sis.INFINITE_CAMPUS)
    open_on_sunday = replace(config, schools=(replace(config.schools[0], school_days=(7,)),))
    assert [timetable(one, lambda: sunday).cap(8) for one in (config, open_on_sunday)] == [5, 1]
    assert timetable(replace(config, schools=()), lambda: sunday).cap(8) == 5


def test_who_waits_without_a_word_gets_one_and_then_silence_is_fine() -> None:
    clock = Clock()
    where = lane(cap=1, clock=clock)
    for n in range(4):
        put(where, f"a{n}", "a")
    put(where, "b0", "b")
    assert where.silent(10) == []
    clock.now = SILENCE + 1
    words = where.silent(10)
    assert [(w.decision.desired.item, w.place) for w in words] == [
        ("a0", 1), ("a1", 3), ("a2", 5), ("a3", 7), ("b0", 2),
    ]  # fmt: skip
    assert where.silent(10) == []
    clock.now += SILENCE + 1
    assert len(where.silent(2)) == 2
    assert len(where.silent(10)) == 3


def test_what_was_there_before_this_worker_hears_at_once() -> None:
    where = lane()
    put(where, "a")
    where.retry_now()
    assert where.silent(10) == []
    inherited = Lane("abc", 4, where.bucket, Clock())
    item = desired("a")
    inherited.put(b"a", "s", decision(item, inherited=True), lambda: None)
    inherited.clock.now = 0.1  # type: ignore[attr-defined] # a Clock
    assert len(inherited.silent(10)) == 1


def test_the_pace_of_the_lane_says_about_when() -> None:
    clock = Clock()
    where = lane(cap=1, clock=clock)
    for n in range(12):
        put(where, f"a{n}")
    for _ in range(10):
        slot = taken(where)
        clock.now += 40
        where.done(slot, entry(slot))
    clock.now += 0.0
    first, second = where.silent(10)
    assert (first.place, first.seconds) == (1, 40.0)
    assert (second.place, second.seconds) == (2, 80.0)


def test_the_gate_that_holds_the_lane_is_the_reason() -> None:
    clock = Clock()
    where = lane(clock=clock)
    assert reason(where)[0] == "IN_QUEUE"
    for _ in range(20):
        where.breaker.failed(clock())
    assert reason(where)[0] == "SIS_UNAVAILABLE"
    where.pause(30)
    assert reason(where)[0] == "SIS_BUSY"
    where.timetable = quiet()
    assert reason(where) == ("QUIET_HOURS", {"hours": "22:00-05:00"})
    where.trouble = (Misconfigured("SIS_SIGN_IN_FAILED"), 100.0)
    assert reason(where)[0] == "SIS_SIGN_IN_FAILED"


@pytest.mark.parametrize("tries", [0, 3])
def test_words_count_up_between_two_tries(tries: int) -> None:
    clock = Clock()
    where = lane(clock=clock)
    put(where, "a")
    clock.now = SILENCE + 1
    (waiting,) = where.silent(1)
    item = waiting.decision.desired
    if tries:
        known = replace(blank_entry(item), trying=item.revision, tries=tries)
        waiting = replace(waiting, entry=known)
    why: tuple[str, dict[str, str]] = ("IN_QUEUE", {})
    told = [
        outcomes.waits(waiting, why, Sis.AERIES, item.decided_at + minutes * 60_000)
        for minutes in (0, 4, 5, 60, 10**6)
    ]
    assert {result.outcome for result in told} == {Outcome.PROGRESS}
    steps = [result.step for result in told]
    assert steps == sorted(steps)
    assert steps[0] == steps[1] < steps[2] < steps[3] < steps[4]
    assert tries * outcomes.TRY < steps[0] and steps[4] < tries * outcomes.TRY + outcomes.ENDED - 1
    assert told[0].params == {"place": "1"}
    assert told[0].next_try_at == item.decided_at


def test_a_teachers_choice_goes_on_with_the_newer_decision() -> None:
    where = lane()
    put(where, "a", choice=Choice.KEEP_SIS)
    put(where, "a")
    assert taken(where).decision.desired.choice is Choice.KEEP_SIS


def test_a_choice_passed_over_while_another_runs_is_kept_too() -> None:
    where = lane()
    put(where, "a")
    slot = taken(where)
    put(where, "a", choice=Choice.ADOPT)
    put(where, "a")
    where.done(slot, entry(slot))
    assert taken(where).decision.desired.choice is Choice.ADOPT


def test_a_choice_that_could_not_be_carried_out_yet_is_kept() -> None:
    where = lane()
    put(where, "a", choice=Choice.SEND_LMS)
    slot = taken(where)
    put(where, "a")
    assert where.again(slot, entry(slot), 10.0) is not None
    assert taken(where).decision.desired.choice is Choice.SEND_LMS


def test_a_newer_choice_is_the_one_that_counts() -> None:
    where = lane()
    put(where, "a", choice=Choice.SEND_LMS)
    put(where, "a", choice=Choice.KEEP_SIS)
    assert taken(where).decision.desired.choice is Choice.KEEP_SIS


def test_a_choice_that_was_carried_out_is_not_repeated() -> None:
    where = lane()
    put(where, "a", choice=Choice.SEND_LMS)
    slot = taken(where)
    put(where, "a")
    where.done(slot, entry(slot))
    assert taken(where).decision.desired.choice is None
