"""Titles, points, scores and marks against what a system takes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.gradebook import Score, ScoreFlag, Sis
from schemas.systems import system
from streams.rules.limits import lost_marks, points_problem, score_problems, sent_title, title_problem
from streams.rules.problem import Problem
from streams.rules.titles import shorter


def code(found: Problem | None) -> str | None:
    return None if found is None else found.code


@pytest.mark.parametrize(
    "title",
    ["A", "x" * 50, "  x" + "y" * 49 + "  ", "Ünït 2", "文学 3", "شعر",
     "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "👩🏽‍🔬 Lab", "two  blanks"],
)  # fmt: skip
def test_ordinary_and_odd_titles_are_fine(title: str) -> None:
    assert title_problem(title, 50) is None


@pytest.mark.parametrize("title", ["", "   ", "\t\n", "\u200b", "\u00a0\u200f", "\ufeff"])
def test_a_title_with_nothing_to_read_is_empty(title: str) -> None:
    assert code(title_problem(title, 50)) == "TITLE_EMPTY"


@pytest.mark.parametrize(
    ("title", "position", "character"),
    [
        ("Quiz\x00", "5", "U+0000"),
        ("Quiz\r\nX-Header: 1", "5", "U+000D"),
        ("a\tb", "2", "U+0009"),
        ("gpj.\u202eexe", "5", "U+202E"),
        ("a\u2028b", "2", "U+2028"),
        ("a\x7fb", "2", "U+007F"),
        ("a\ud800b", "2", "U+D800"),
    ],
)
def test_a_character_nobody_can_see_is_named(title: str, position: str, character: str) -> None:
    expected = Problem("TITLE_UNREADABLE", {"position": position, "character": character})
    assert title_problem(title, 50) == expected


def test_a_long_title_is_counted_and_a_shorter_one_suggested() -> None:
    found = title_problem("Pre-Reading #3: Antibiotics and the Microbiome", 30)
    assert found == Problem(
        "TITLE_TOO_LONG", {"length": "46", "limit": "30", "suggestion": "Pre-Reading #3: Antibiotics"}
    )


def test_code_points_are_counted_not_bytes() -> None:
    assert title_problem("é" * 50, 50) is None
    assert code(title_problem("e\u0301" * 26, 50)) == "TITLE_TOO_LONG"


def test_without_a_system_no_length_is_too_much() -> None:
    assert title_problem("x" * 10_000, None) is None


@pytest.mark.parametrize(
    ("title", "limit", "expected"),
    [
        ("Patient Zero Case Study Discussion Part 2", 30, "Patient Zero Case Study Part 2"),
        ("Warm-Ups 11/24-11/28 on everything so far", 30, "Warm-Ups 11/24-11/28"),
        ("Supercalifragilisticexpialidocious", 10, "Supercalif"),
        ("Supercalifragilisticexpialidocious 7", 10, "Supercal 7"),
        ("Essay: The Causes of the First World War", 20, "Essay: The Causes"),
    ],
)
def test_suggestions_are_cut_between_words_and_keep_numbers(title: str, limit: int, expected: str) -> None:
    assert shorter(title, limit) == expected


def test_titles_that_differ_only_in_a_late_number_stay_different() -> None:
    long = "A Very Long Common Beginning Of A Series Of Laboratory Reports, Number {}"
    assert len({shorter(long.format(number), 30) for number in range(1, 30)}) == 29


@given(title=st.text(min_size=1, max_size=200), limit=st.integers(1, 60))
def test_a_suggestion_is_never_longer_than_the_limit_and_is_itself_fine(title: str, limit: int) -> None:
    found = title_problem(title, limit)
    if found is not None and found.code == "TITLE_TOO_LONG":
        suggestion = found.params["suggestion"]
        assert 0 < len(suggestion) <= limit
        assert code(title_problem(suggestion, limit)) in (None, "TITLE_EMPTY")
        assert sent_title(suggestion) == suggestion


def test_an_accent_is_not_torn_from_its_letter() -> None:
    assert shorter("abce\u0301", 4) == "abc"


@given(
    points=st.one_of(st.none(), st.floats()),
    most=st.one_of(st.none(), st.floats(0, 1e6)),
    whole=st.booleans(),
)
def test_points_are_judged_without_raising(points: float | None, most: float | None, whole: bool) -> None:
    found = code(points_problem(points, most, whole))
    if points is None:
        assert found == "POINTS_MISSING"
    elif not math.isfinite(points) or points < 0:
        assert found == "POINTS_INVALID"
    elif most is not None and points > most:
        assert found == "POINTS_TOO_HIGH"
    else:
        assert found == ("POINTS_NOT_WHOLE" if whole and points % 1 else None)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (0.0, None),
        (-0.0, None),
        (7.5, "POINTS_NOT_WHOLE"),
        (1e308, "POINTS_TOO_HIGH"),
        (-1.0, "POINTS_INVALID"),
        (math.nan, "POINTS_INVALID"),
        (math.inf, "POINTS_INVALID"),
    ],
)
def test_the_awkward_numbers_of_points(points: float, expected: str | None) -> None:
    assert code(points_problem(points, 100.0, whole_points=True)) == expected


def test_numbers_are_written_as_people_write_them() -> None:
    found = points_problem(150.0, 100.0, whole_points=False)
    assert found == Problem("POINTS_TOO_HIGH", {"points": "150", "limit": "100"})


def test_a_score_that_is_no_number_is_named_and_the_others_stand() -> None:
    scores = [
        Score(student="1", points=math.nan),
        Score(student="2", points=0.0),
        Score(student="3"),
        Score(student="4", points=-math.inf),
        Score(student="5", points=-2.0),
    ]
    found = score_problems(scores)
    assert [(one.student, one.code) for one in found] == [("1", "SCORE_INVALID"), ("4", "SCORE_INVALID")]


def test_what_a_score_holds_is_never_repeated() -> None:
    secret = Score(student="1", points=math.nan, comment="Zxqv Canary")
    assert "Canary" not in repr(score_problems([secret]))


@pytest.mark.parametrize(
    ("sis", "score", "expected"),
    [
        (Sis.AERIES, Score(student="1", flags=(ScoreFlag.EXCUSED,)), ("excused",)),
        (Sis.AERIES, Score(student="1", points=1.0, comment="well done"), ("comment",)),
        (Sis.AERIES, Score(student="1", points=0.0), ()),
        (Sis.AERIES, Score(student="1"), ()),
        (Sis.ESCHOOLPLUS, Score(student="1", letter="B"), ("letter",)),
        (Sis.SKYWARD, Score(student="1", flags=(ScoreFlag.LATE, ScoreFlag.EXCUSED)), ("excused", "late")),
        (Sis.POWERSCHOOL, Score(student="1", flags=tuple(ScoreFlag)), ()),
        (Sis.POWERSCHOOL, Score(student="1", comment="x", letter="A"), ("comment", "letter")),
    ],
)
def test_marks_the_system_cannot_hold_are_named(sis: Sis, score: Score, expected: tuple[str, ...]) -> None:
    assert lost_marks(extra_credit=False, scores=[score], lost=system(sis).lost({})) == expected


def test_a_cleared_score_is_a_mark_and_a_zero_is_not() -> None:
    everything = frozenset({"cleared"})
    assert lost_marks(extra_credit=False, scores=[Score(student="1")], lost=everything) == ("cleared",)
    assert lost_marks(extra_credit=False, scores=[Score(student="1", points=0.0)], lost=everything) == ()


def test_extra_credit_is_a_mark_of_the_item() -> None:
    lost = system(Sis.ESCHOOLPLUS).lost({})
    assert lost_marks(extra_credit=True, scores=(), lost=lost) == ("extra_credit",)
