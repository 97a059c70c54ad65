"""Due dates: the day is never shifted, and the nearest open day is the nearest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.district import School
from streams.rules.calendar import SchoolCalendar, due_date_problem, local_due, plain_date
from streams.rules.problem import Problem
from tests.unit.streams.rules.districts import SCHOOL, off, period, school

ZONES = sorted(available_timezones())
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REFUSE: dict[str, str] = {}
Reading = Callable[[str | int | None, str], date | Problem]


def milliseconds(moment: datetime) -> int:
    return (moment.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)


def exists(wall: datetime) -> bool:
    """Whether the clocks ever show that time: not inside a DST gap, nor on a day a zone left out."""
    return wall.astimezone(UTC).astimezone(wall.tzinfo).replace(fold=wall.fold) == wall


# --- readings that are wrong on purpose: each test below goes red on the one it is there to catch


def reads_in_utc(due: str | int | None, zone: str) -> date | Problem:
    return local_due(due, "UTC")


def reads_a_date_as_utc_midnight(due: str | int | None, zone: str) -> date | Problem:
    if isinstance(due, str) and (day := plain_date(due)):
        return local_due(milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC)), zone)
    return local_due(due, zone)


def reads_with_the_offset_of_january(due: str | int | None, zone: str) -> date | Problem:
    if not isinstance(due, int):
        return local_due(due, zone)
    moment = EPOCH + timedelta(milliseconds=due)
    winter = datetime(moment.year, 1, 1, tzinfo=ZoneInfo(zone)).utcoffset() or timedelta()
    return (moment + winter).date()


def survives(reading: Reading, due: str | int, zone: str, expected: date) -> bool:
    return reading(due, zone) == expected


@given(day=DAYS, zone=st.sampled_from(ZONES))
def test_a_local_date_is_the_same_date_in_every_zone(day: date, zone: str) -> None:
    assert local_due(day.isoformat(), zone) == day


def test_the_last_minute_of_a_day_is_that_day_in_every_zone() -> None:
    for zone, month in product(ZONES, range(1, 13)):
        wall = datetime(2025, month, 28, 23, 59, tzinfo=ZoneInfo(zone))
        assert local_due(milliseconds(wall), zone) == wall.date()


@given(
    wall=st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30)),
    zone=st.sampled_from(ZONES),
    fold=st.sampled_from([0, 1]),
)
@example(wall=datetime(2025, 3, 9, 1, 59), zone="America/New_York", fold=0)
@example(wall=datetime(2025, 11, 2, 1, 30), zone="America/New_York", fold=0)
@example(wall=datetime(2025, 11, 2, 1, 30), zone="America/New_York", fold=1)
@example(wall=datetime(2025, 9, 7, 1, 0), zone="America/Santiago", fold=0)  # midnight itself was left out
@example(wall=datetime(2025, 4, 5, 23, 30), zone="America/Santiago", fold=1)  # the last hour came twice
@example(wall=datetime(2011, 12, 31, 0, 0), zone="Pacific/Apia", fold=0)  # the day before was left out
@example(wall=datetime(2024, 2, 29, 23, 59), zone="Pacific/Kiritimati", fold=0)
def test_an_instant_made_from_a_wall_clock_comes_back_as_its_day(
    wall: datetime, zone: str, fold: int
) -> None:
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=fold)
    if exists(local):
        assert local_due(milliseconds(local), zone) == wall.date()


@pytest.mark.parametrize(
    ("wrong", "due", "zone", "right"),
    [
        # 23:59 in New York is the next day in UTC
        (reads_in_utc, milliseconds(datetime(2025, 11, 7, 23, 59, tzinfo=ZoneInfo("America/New_York"))),
         "America/New_York", date(2025, 11, 7)),
        # midnight in Tokyo is still the day before in UTC
        (reads_in_utc, milliseconds(datetime(2025, 11, 7, tzinfo=ZoneInfo("Asia/Tokyo"))),
         "Asia/Tokyo", date(2025, 11, 7)),
        # UTC midnight is the evening before in New York
        (reads_a_date_as_utc_midnight, "2025-11-07", "America/New_York", date(2025, 11, 7)),
        # in summer time, 00:30 is not yesterday
        (reads_with_the_offset_of_january,
         milliseconds(datetime(2025, 9, 12, 0, 30, tzinfo=ZoneInfo("America/New_York"))),
         "America/New_York", date(2025, 9, 12)),
    ],
)  # fmt: skip
def test_wrong_readings_are_caught(wrong: Reading, due: str | int, zone: str, right: date) -> None:
    assert survives(local_due, due, zone, right)
    assert not survives(wrong, due, zone, right)


def test_an_instant_at_utc_midnight_is_the_day_the_district_sees() -> None:
    midnight = milliseconds(datetime(2025, 11, 7, tzinfo=UTC))
    assert local_due(midnight, "America/New_York") == date(2025, 11, 6)
    assert local_due(midnight, "Europe/Berlin") == date(2025, 11, 7)


NO_DATES: tuple[str | int, ...] = (
    "", "tomorrow", "2025-02-29", "2025-13-01", "20250918", "2025-W38-4", "2025-9-18", "18/09/2025",
    "2025-09-18T23:59:00Z", " 2025-09-18", "2025-09-18\n", "٢٠٢٥-٠٩-١٨", "1899-12-31", "2200-01-01",
    "9999-12-31", "x" * 100_000, "\x00", "\ud800",
    2**63, -(2**63), 10**5000, -(10**5000), 253_402_300_799_999, -62_135_596_800_000, True, False,
)  # fmt: skip


@pytest.mark.parametrize("due", NO_DATES, ids=[str(place) for place in range(len(NO_DATES))])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_what_is_no_date_is_a_problem_and_never_an_exception(due: str | int, zone: str) -> None:
    found = local_due(due, zone)
    assert isinstance(found, Problem)
    assert found.code == "DUE_DATE_INVALID"
    assert len(found.params["due"]) <= 40
    assert found.params["due"].isprintable()


def test_a_missing_date_is_its_own_problem() -> None:
    assert local_due(None, "UTC") == Problem("DUE_DATE_MISSING")


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "/etc/passwd", "../UTC", "America", "\x00", "\ud800", "x" * 5000]
)
def test_a_district_without_real_clocks_cannot_place_an_instant(zone: str) -> None:
    found = local_due(1_760_000_000_000, zone)
    assert isinstance(found, Problem)
    assert found.code == "DISTRICT_UNKNOWN"
    assert local_due("2025-10-09", zone) == date(2025, 10, 9)


@given(due=st.one_of(st.text(), st.integers()), zone=st.one_of(st.sampled_from(ZONES), st.text()))
def test_nothing_makes_reading_a_date_raise(due: str | int, zone: str) -> None:
    assert isinstance(local_due(due, zone), date | Problem)


# --- open days


def cause(found: Problem | None) -> dict[str, str]:
    assert found is not None
    assert found.code == "DUE_DATE_OUTSIDE_MARKING_PERIOD"
    return dict(found.params)


@pytest.mark.parametrize("day", ["2025-11-10", "2025-11-11", "2026-01-23", "2025-12-19", "2026-01-05"])
def test_first_and_last_days_and_the_days_around_a_break_are_open(day: str) -> None:
    assert due_date_problem(date.fromisoformat(day), SCHOOL, REFUSE) is None


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-01-24", {"cause": "outside", "nearest": "2026-01-23"}),
        ("2025-11-09", {"cause": "outside", "nearest": "2025-11-10"}),
        ("2025-09-02", {"cause": "locked", "period": "Q1", "nearest": "2025-11-10"}),
        ("2025-11-07", {"cause": "locked", "period": "Q1", "nearest": "2025-11-10"}),
        ("2025-12-22", {"cause": "day_off", "day_off_title": "Winter break", "nearest": "2025-12-19"}),
        ("2026-01-02", {"cause": "day_off", "day_off_title": "Winter break", "nearest": "2026-01-05"}),
        # 2025-12-19 and 2026-01-05 lie 8 and 9 days away
        ("2025-12-27", {"cause": "day_off", "day_off_title": "Winter break", "nearest": "2025-12-19"}),
        ("2025-11-15", {"cause": "day_off", "day_off_title": "Saturday", "nearest": "2025-11-14"}),
        ("2025-11-16", {"cause": "day_off", "day_off_title": "Sunday", "nearest": "2025-11-17"}),
        ("1900-01-01", {"cause": "outside", "nearest": "2025-11-10"}),
        ("2199-12-31", {"cause": "outside", "nearest": "2026-01-23"}),
    ],
)
def test_a_refused_day_says_why_and_what_is_nearest(day: str, expected: dict[str, str]) -> None:
    assert cause(due_date_problem(date.fromisoformat(day), SCHOOL, REFUSE)) == {"due": day, **expected}


def test_of_two_equally_near_days_the_earlier_is_named() -> None:
    broken = school(period("2025-11-10", "2025-11-14"), days_off=(off("2025-11-12", "2025-11-12"),))
    assert cause(due_date_problem(date(2025, 11, 12), broken, REFUSE))["nearest"] == "2025-11-11"


def test_a_policy_opens_days_off_but_not_weekends() -> None:
    allow = {"due_on_day_off": "allow"}
    assert due_date_problem(date(2025, 12, 25), SCHOOL, allow) is None
    assert cause(due_date_problem(date(2025, 12, 27), SCHOOL, allow))["day_off_title"] == "Saturday"


def test_a_policy_that_is_not_known_refuses() -> None:
    assert due_date_problem(date(2025, 12, 25), SCHOOL, {"due_on_day_off": "perhaps"}) is not None


def test_a_saturday_is_open_in_a_school_that_has_saturdays() -> None:
    six = school(period("2025-11-10", "2026-01-23"), days=(1, 2, 3, 4, 5, 6))
    assert due_date_problem(date(2025, 11, 15), six, REFUSE) is None


def test_the_leap_day_is_a_day() -> None:
    leap = school(period("2024-02-26", "2024-02-29"))
    assert due_date_problem(date(2024, 2, 29), leap, REFUSE) is None
    assert cause(due_date_problem(date(2024, 3, 1), leap, REFUSE))["nearest"] == "2024-02-29"


@pytest.mark.parametrize(
    "empty",
    [
        school(),
        school(period("2025-09-02", "2025-11-07"), days=()),
        school(period("2025-09-02", "2025-11-07", locked=True)),
        school(period("2025-09-02", "2025-11-07"), days_off=(off("2025-01-01", "2025-12-31"),)),
        school(period("2025-11-07", "2025-09-02")),
        school(period("soon", "later")),
        school(period("2025-11-15", "2025-11-16")),
    ],
)
def test_a_calendar_without_open_days_refuses_and_names_no_nearest(empty: School) -> None:
    assert "nearest" not in cause(due_date_problem(date(2025, 10, 1), empty, REFUSE))


def test_a_span_of_centuries_is_answered_at_once() -> None:
    long = school(period("1900-01-01", "2199-12-31"), days_off=(off("1900-01-02", "2199-12-30"),), days=(5,))
    assert cause(due_date_problem(date(2050, 6, 1), long, REFUSE)).get("nearest") is None
    hollow = school(
        period("1900-01-01", "2199-12-31"), days_off=(off("1900-01-02", "2199-12-30"),), days=(1, 2)
    )
    assert cause(due_date_problem(date(2050, 6, 1), hollow, REFUSE))["nearest"] == "2199-12-31"


# --- against brute force

BASE = date(2025, 1, 1)
SPAN = st.tuples(st.integers(0, 80), st.integers(0, 30)).map(
    lambda pair: (
        (BASE + timedelta(days=pair[0])).isoformat(),
        (BASE + timedelta(days=pair[0] + pair[1])).isoformat(),
    )
)
SCHOOLS = st.builds(
    lambda periods, breaks, days: school(
        *(period(first, last, "P", locked=locked) for (first, last), locked in periods),
        days_off=tuple(off(*span) for span in breaks),
        days=tuple(sorted(days)),
    ),
    st.lists(st.tuples(SPAN, st.booleans()), max_size=4),
    st.lists(SPAN, max_size=4),
    st.sets(st.integers(1, 7)),
)


def is_open(day: date, where: School, policy: str) -> bool:
    text = day.isoformat()
    inside = any(one.first_day <= text <= one.last_day for one in where.marking_periods if not one.locked)
    free = policy == "allow" or not any(one.first_day <= text <= one.last_day for one in where.days_off)
    return inside and free and day.isoweekday() in where.school_days


def nearest_by_scanning(day: date, where: School, policy: str) -> date | None:
    for away in range(300):
        for found in (day - timedelta(days=away), day + timedelta(days=away)):
            if is_open(found, where, policy):
                return found
    return None


@given(where=SCHOOLS, offset=st.integers(-60, 170), policy=st.sampled_from(["refuse", "allow"]))
def test_the_nearest_day_is_open_and_none_is_nearer(where: School, offset: int, policy: str) -> None:
    day = BASE + timedelta(days=offset)
    found = SchoolCalendar.of(where, {"due_on_day_off": policy}).problem(day)
    assert (found is None) == is_open(day, where, policy)
    if found is not None:
        nearest = nearest_by_scanning(day, where, policy)
        assert found.params.get("nearest") == (nearest.isoformat() if nearest else None)


def later_of_two(day: date, where: School) -> date | None:
    steps = (day + sign * timedelta(days=away) for away in range(300) for sign in (1, -1))
    return next((found for found in steps if is_open(found, where, "refuse")), None)


def blind_to_days_off(day: date, where: School) -> date | None:
    return nearest_by_scanning(day, where, "allow")


def blind_to_locks(day: date, where: School) -> date | None:
    opened = tuple(replace(one, locked=False) for one in where.marking_periods)
    return nearest_by_scanning(day, replace(where, marking_periods=opened), "refuse")


def only_back(day: date, where: School) -> date | None:
    steps = (day - timedelta(days=away) for away in range(300))
    return next((found for found in steps if is_open(found, where, "refuse")), None)


@pytest.mark.parametrize(
    ("wrong", "day"),
    [
        (later_of_two, date(2025, 11, 12)),
        (blind_to_days_off, date(2025, 11, 12)),
        (blind_to_locks, date(2025, 11, 5)),
        (only_back, date(2025, 11, 9)),
    ],
)
def test_a_calendar_that_is_wrong_is_caught(wrong: Callable[[date, School], date | None], day: date) -> None:
    where = school(
        period("2025-11-03", "2025-11-07", locked=True),
        period("2025-11-10", "2025-11-14"),
        days_off=(off("2025-11-12", "2025-11-12"),),
    )
    right = cause(due_date_problem(day, where, REFUSE))["nearest"]
    found = wrong(day, where)
    assert right == str(nearest_by_scanning(day, where, "refuse"))
    assert right != str(found)
