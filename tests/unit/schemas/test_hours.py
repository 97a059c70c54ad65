"""Hours of a day by a district's clocks: spans, midnight, and the two nights when the clocks change."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hours import Hours

CHICAGO = ZoneInfo("America/Chicago")


def at(text: str, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO, fold=fold).timestamp()


@pytest.mark.parametrize(
    ("span", "moment", "left"),
    [
        ("08:00-15:30", "2026-11-20T07:59:59", 0),
        ("08:00-15:30", "2026-11-20T08:00:00", 7.5 * 3600),
        ("08:00-15:30", "2026-11-20T15:29:59", 1),
        ("08:00-15:30", "2026-11-20T15:30:00", 0),
        ("22:00-05:00", "2026-11-20T23:00:00", 6 * 3600),
        ("22:00-05:00", "2026-11-20T04:00:00", 3600),
        ("22:00-05:00", "2026-11-20T05:00:00", 0),
        ("22:00-05:00", "2026-12-31T23:30:00", 5.5 * 3600),
        # the night the clocks go forward is an hour shorter, the one they go back an hour longer
        ("22:00-05:00", "2026-03-07T22:00:00", 6 * 3600),
        ("22:00-05:00", "2026-10-31T22:00:00", 8 * 3600),
        # 02:30 does not exist that night
        ("22:00-02:30", "2026-03-08T01:59:00", 31 * 60),
    ],
)
def test_what_is_left_of_a_span(span: str, moment: str, left: float) -> None:
    assert Hours.parse(span).left(CHICAGO, at(moment)) == left


@pytest.mark.parametrize(
    "text", ["", "8:00-9:00", "08:00", "24:00-01:00", "08:00-08:60", "08:00-08:00", "08:00-09:00 "]
)
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Hours.parse(text)


@given(st.integers(0, 1439), st.integers(1, 1439), st.floats(1_790_000_000, 1_830_000_000, allow_nan=False))
def test_after_what_is_left_the_span_is_over(first: int, length: int, moment: float) -> None:
    last = (first + length) % 1440
    span = Hours.parse(f"{first // 60:02}:{first % 60:02}-{last // 60:02}:{last % 60:02}")
    assert Hours.parse(str(span)) == span
    left = span.left(CHICAGO, moment)
    assert 0 <= left <= 25 * 3600
    # twice at most: the hour that the clocks repeat may end a span and begin it again
    later = moment + left + 0.001
    assert span.left(CHICAGO, later) in (0.0, pytest.approx(span.left(CHICAGO, later), abs=1)) or left == 0
    if left:
        again = span.left(CHICAGO, later)
        assert span.left(CHICAGO, later + again + 0.001) == 0
