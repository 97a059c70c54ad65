"""Items and scores as a OneRoster gradebook is told them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.oneroster import mapping
from schemas.gradebook import Score, ScoreFlag
from tests.unit.adapters.desk import desired, scores

CHICAGO = ZoneInfo("America/Chicago")
ZONES = [
    "America/New_York",
    "America/Denver",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "Pacific/Pago_Pago",
]


@given(
    st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    st.sampled_from([*ZONES, "America/Phoenix", "America/Puerto_Rico"]),
)
def test_the_instant_is_that_day_under_both_readings(day: date, zone: str) -> None:
    from datetime import datetime

    sent = mapping.instant(day.isoformat())
    assert sent[:10] == day.isoformat()
    assert datetime.fromisoformat(sent).astimezone(ZoneInfo(zone)).date() == day
    assert mapping.day(sent, ZoneInfo(zone)) == day.isoformat()


def test_midnight_would_shift_a_day() -> None:
    """The negative control of noon."""
    from datetime import datetime

    there = datetime.fromisoformat("2026-11-20T00:00:00Z").astimezone(CHICAGO)
    assert there.date() == date(2026, 11, 20) - timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20",
        "2026-11-20T00:00:00Z",
        "2026-11-20T12:00:00.000Z",
        "2026-11-20T00:00:00-06:00",
        "2026-11-20T23:59:59-06:00",
        "2026-11-20T06:00:00Z",
        "2026-11-21T05:59:59Z",
    ],
)
def test_a_due_date_read_back_in_any_dress_is_the_same_day(text: str) -> None:
    assert mapping.day(text, CHICAGO) == "2026-11-20"


@pytest.mark.parametrize(
    ("score", "fields"),
    [
        (Score(student="s", points=0.0), {"score": 0.0, "scoreStatus": "fully graded"}),
        (Score(student="s"), None),
        (Score(student="s", comment="only words"), None),
        (Score(student="s", flags=(ScoreFlag.ABSENT,)), None),
        (Score(student="s", flags=(ScoreFlag.EXCUSED,)), {"scoreStatus": "exempt"}),
        (Score(student="s", points=0.0, flags=(ScoreFlag.EXCUSED,)), {"scoreStatus": "exempt"}),
        (Score(student="s", flags=(ScoreFlag.COLLECTED,)), {"scoreStatus": "submitted"}),
        (Score(student="s", flags=(ScoreFlag.MISSING,)), {"scoreStatus": "not submitted", "missing": "true"}),
        (
            Score(student="s", points=1.0, flags=(ScoreFlag.MISSING,)),
            {"score": 1.0, "scoreStatus": "fully graded", "missing": "true"},
        ),
        (
            Score(student="s", points=5.0, flags=(ScoreFlag.INCOMPLETE,)),
            {"score": 5.0, "scoreStatus": "partially graded", "incomplete": "true"},
        ),
        (Score(student="s", flags=(ScoreFlag.LATE,)), {"scoreStatus": "submitted", "late": "true"}),
        (Score(student="s", points=12.0), {"score": 12.0, "scoreStatus": "fully graded"}),
    ],
)
def test_each_kind_of_score(score: Score, fields: dict[str, object] | None) -> None:
    assert mapping.result(score) == fields


@given(
    st.sets(st.sampled_from(ScoreFlag)),
    st.none() | st.floats(0, 1000),
    st.none() | st.sampled_from(["A", "B-"]),
)
def test_a_number_is_sent_exactly_when_there_is_one(
    flags: set[ScoreFlag], points: float | None, letter: str | None
) -> None:
    score = Score(student="s", points=points, letter=letter, flags=tuple(sorted(flags)))
    fields = mapping.result(score, mapping.Dialect(letters=True)) or {}
    expected = points if ScoreFlag.EXCUSED not in flags else None
    assert fields.get("score") == expected
    assert set(mapping.blank(score)) <= {"scoreStatus", "missing", "comment"}


@pytest.mark.parametrize(
    "score",
    [
        Score(student="s", points=float("nan")),
        Score(student="s", points=float("inf")),
        Score(student="s", letter="A"),
    ],
)
def test_what_cannot_be_told_is_a_problem_and_not_an_empty_cell(score: Score) -> None:
    draft = mapping.draft(desired(scores=(score, Score(student="t", points=1.0))))
    assert list(draft.scores) == ["t"]
    assert [(p.student, p.code) for p in draft.problems] == [("s", "SCORE_NOT_ACCEPTED")]


def test_prints_see_what_matters_and_nothing_else() -> None:
    base = desired(scores=scores(a=1.0))
    same = desired(scores=scores(a=1.0), decided_at=1_800_000_000_000, title="Title of  item-1 ")
    assert mapping.draft(base) == mapping.draft(same)
    for change in ({"title": "x"}, {"points": 11.0}, {"due_date": "2026-12-01"}, {"sis_category": "c"}):
        assert mapping.draft(desired(**change)).item.seen != mapping.draft(base).item.seen
    described = mapping.draft(desired(description="d", scores=scores(a=1.0)))
    assert described.item.sent != mapping.draft(base).item.sent
    assert described.item.seen == mapping.draft(base).item.seen


def test_an_item_read_back_shows_what_was_sent() -> None:
    item = desired(points=10.0)
    told = mapping.line_item(item, "id") | {
        "class": {"sourcedId": item.sis_section},
        "category": {"sourcedId": item.sis_category},
    }
    expected = mapping.draft(item).item.seen
    assert mapping.read_item(told, CHICAGO) == expected
    assert mapping.read_item(told | {"resultValueMax": 10}, CHICAGO) == expected
    assert mapping.read_item(told | {"resultValueMax": 12}, CHICAGO) != expected
    assert mapping.read_item({}, CHICAGO) != expected


def test_a_whole_maximum_is_written_as_one_where_the_system_wants_it() -> None:
    whole = mapping.Dialect(whole_max=True)
    told = {
        (points, dialect is whole): mapping.line_item(desired(points=points), "id", dialect)["resultValueMax"]
        for points in (10.0, 7.5)
        for dialect in (mapping.PLAIN, whole)
    }
    assert told == {(10.0, True): 10, (10.0, False): 10.0, (7.5, True): 7.5, (7.5, False): 7.5}
    assert type(told[10.0, True]) is int
    assert type(told[10.0, False]) is float


def test_a_cleared_score_keeps_its_comment_only_where_a_result_is_left_to_bear_it() -> None:
    words = Score(student="s", comment="c")
    assert mapping.blank(words)["comment"] == "c"
    assert "comment" not in mapping.blank(words, mapping.Dialect(clears=True))


def test_ids_differ_for_everything_that_differs() -> None:
    items = [desired("a"), desired("b"), desired("a", section="x"), desired("a", tenant="y")]
    ids = {mapping.line_item_id(item) for item in items} | {mapping.line_item_id(items[0], 1)}
    assert len(ids) == 5
    assert mapping.line_item_id(items[0]) == mapping.line_item_id(desired("a"))


@pytest.mark.parametrize("flag", [ScoreFlag.EXCUSED, ScoreFlag.MISSING, ScoreFlag.COLLECTED])
def test_1_1_requires_a_score_so_a_mark_without_one_is_not_told(flag: ScoreFlag) -> None:
    """And 1.2 does not: the negative control. What would be sent is what no server of 1.1 takes [D:LONG]."""
    alone = Score(student="a", flags=(flag,))
    assert mapping.result(alone, mapping.Dialect(v12=False)) is None
    assert mapping.result(alone, mapping.Dialect(v12=True)) is not None
