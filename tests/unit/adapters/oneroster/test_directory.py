"""Categories and marking periods as OneRoster tells them."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.checks import findings
from adapters.errors import Gone, Misconfigured, Refused, Retry, UnknownOutcome
from adapters.http import Request
from adapters.oneroster.calls import Caller, gone
from adapters.oneroster.client import COMMON, READ_CATEGORIES, READ_PERIODS, GradebookClient
from adapters.oneroster.directory import directory, distinct, marking_periods
from schemas.district import MarkingPeriod
from tests.unit.adapters.network import Wire, reply

ACTIONS = {**COMMON, (READ_CATEGORIES, 404): gone, (READ_PERIODS, 404): gone}


class Unsigned:
    def headers(self, method: str, url: str) -> dict[str, str]:
        return {}

    def renewed(self) -> bool:
        return False


def client(wire: Wire) -> GradebookClient:
    return GradebookClient(Caller(wire.as_transport(), "https://x", Unsigned(), ACTIONS))


def session(key: str, first: str, last: str, parent: str = "", **more: Any) -> dict[str, Any]:
    return {
        "sourcedId": key, "title": key.upper(), "startDate": first, "endDate": last,
        "parent": {"sourcedId": parent}, **more,
    }  # fmt: skip


FALL = session("fall", "2026-08-17", "2026-12-19")
Q1 = session("q1", "2026-08-17", "2026-10-17", "fall")


def test_a_period_ends_the_day_before_its_end_date() -> None:
    """The standard's end date is excluded [D:1ED12]."""
    (period,) = marking_periods([FALL], [Q1])
    assert period == MarkingPeriod(id="q1", title="Q1", first_day="2026-08-17", last_day="2026-10-16")


def test_a_term_without_periods_is_one_itself_and_those_of_other_terms_are_not() -> None:
    spring = session("spring", "2027-01-04", "2027-06-12")
    assert [period.id for period in marking_periods([FALL, spring], [Q1])] == ["q1", "spring"]
    assert list(marking_periods([], [Q1])) == []


@pytest.mark.parametrize("dates", [("", "2026-01-01"), ("2026-01-01", "soon"), ("2026-01-01", "2026-01-01")])
def test_dates_that_are_none_are_left_out(dates: tuple[str, str]) -> None:
    assert list(marking_periods([session("t", *dates)], [])) == []


def test_titles_two_share_have_their_code_in_brackets() -> None:
    named = {"1": ("Quiz", "QZ"), "2": ("Quiz", ""), "3": ("Lab", "LB")}
    assert distinct(named) == {"1": "Quiz (QZ)", "2": "Quiz (2)", "3": "Lab"}


def answers(request: Request) -> Any:
    where = request.url.partition("?")[0].removeprefix("https://x/")
    return {
        "classes/s1/categories": reply(200, {"categories": [
            {"sourcedId": "a", "title": "Quiz", "metadata": {"code": "QZ"}},
            {"sourcedId": "b", "title": "Quiz"},
            {"sourcedId": "c", "title": "Old", "status": "tobedeleted"},
        ]}),
        "categories": reply(200, {"categories": [{"sourcedId": "all", "title": "All"}]}),
        "gradingPeriods": reply(200, {"gradingPeriods": [Q1, session("q0", "2025-08-17", "2025-10-17", "fall",
                                                                      status="tobedeleted")]}),
        "schools/h/terms": reply(200, {"academicSessions": [FALL]}),
    }.get(where, reply(404))  # fmt: skip


def test_a_directory_of_sections_and_schools() -> None:
    wire = Wire(answers)
    found = directory(client(wire), ["s1", "s2"], ["h", "nowhere"])
    assert [(one.id, one.title, one.sis_section) for one in found.categories] == [
        ("a", "Quiz (QZ)", "s1"),
        ("b", "Quiz (b)", "s1"),
        ("all", "All", None),
    ]
    assert {school: [p.id for p in periods] for school, periods in found.marking_periods.items()} == {
        "h": ["q1"]
    }
    assert found.days_off == {}
    assert len(wire.requests) == 6


def test_no_schools_no_calls_for_them() -> None:
    wire = Wire(answers)
    directory(client(wire), [], [])
    assert wire.requests == []


# ---- the self-test's lines ---------------------------------------------------------------------------------------


def raising(error: Exception | None) -> Any:
    def probe() -> None:
        if error is not None:
            raise error

    return probe


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (Misconfigured("SIS_SIGN_IN_FAILED"), [("sign-in", "SIS_SIGN_IN_FAILED")]),
        (Retry("SIS_UNAVAILABLE"), [("sign-in", "SIS_UNAVAILABLE")]),
        (
            Misconfigured("SIS_PERMISSION_MISSING", whole_district=False),
            [("sign-in", None), ("one", "SIS_PERMISSION_MISSING"), ("two", None)],
        ),
        (UnknownOutcome("SIS_UNAVAILABLE"), [("sign-in", None), ("one", "SIS_UNAVAILABLE"), ("two", None)]),
        (Refused("SIS_REFUSED"), [("sign-in", None), ("one", "SIS_REFUSED"), ("two", None)]),
        (Gone(), [("sign-in", None), ("one", None), ("two", None)]),
        (None, [("sign-in", None), ("one", None), ("two", None)]),
    ],
    ids=str,
)
def test_what_stops_every_call_is_told_once(first: Exception | None, told: list[Any]) -> None:
    def probes() -> Iterator[Any]:
        yield "one", raising(first)
        yield "two", raising(None)

    assert [(one.what, one.code) for one in findings(probes())] == told
