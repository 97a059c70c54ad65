"""What a system takes: titles, points, scores, and the marks it has no place for.

Lengths count Unicode code points. What a reader sees as one character (an emoji with a skin tone, a letter with a
combining accent) may be several, and a system may count bytes or UTF-16 units; the limits of the five are published
as plain numbers, so code points are the reading that agrees with all of them for the text of ordinary titles.
"""

import math
import re
import unicodedata
from collections.abc import Iterable

from schemas.gradebook import Score, ScoreFlag
from schemas.results import ScoreProblem
from schemas.systems import MARKS
from streams.rules.problem import (
    POINTS_INVALID,
    POINTS_MISSING,
    POINTS_NOT_WHOLE,
    POINTS_TOO_HIGH,
    SCORE_INVALID,
    TITLE_EMPTY,
    TITLE_TOO_LONG,
    TITLE_UNREADABLE,
    Problem,
    number,
)
from streams.rules.titles import shorter

# controls, line and paragraph separators, direction overrides (a title that reads other than it is), surrogates
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff\ufffe\uffff]")
_FLAG_MARKS = {flag: flag.value.lower() for flag in ScoreFlag}
_SUGGESTIBLE = 2_000


def sent_title(title: str) -> str:
    """The title as adapters send it and limits count it: blanks around it gone, runs of blanks one space."""
    return " ".join(title.split())


def title_problem(title: str, limit: int | None) -> Problem | None:
    """Why a title cannot be sent. `limit` is in code points, None when the system is not known."""
    text = sent_title(title)
    if not text:
        return Problem(TITLE_EMPTY)
    # a line break between words is no blank: a title of two lines was pasted by mistake
    if (match := _UNREADABLE.search(title.strip())) is not None:
        where = {"position": str(match.start() + 1), "character": f"U+{ord(match[0]):04X}"}
        return Problem(TITLE_UNREADABLE, where)
    if not text.isascii() and not any(map(_is_visible, text)):
        return Problem(TITLE_EMPTY)
    if limit is not None and len(text) > limit:
        # the number words of a pasted page are not worth reading
        suggestion = shorter(text[:_SUGGESTIBLE], limit)
        return Problem(
            TITLE_TOO_LONG, {"length": str(len(text)), "limit": str(limit), "suggestion": suggestion}
        )
    return None


def _is_visible(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) not in {"Cf", "Mn", "Me"}


def points_problem(points: float | None, points_max: float | None, whole_points: bool) -> Problem | None:
    """Why points possible cannot be sent. 0 is allowed; missing is not 0."""
    if points is None:
        return Problem(POINTS_MISSING)
    if not math.isfinite(points) or points < 0:
        return Problem(POINTS_INVALID, {"points": number(points) if math.isfinite(points) else str(points)})
    if points_max is not None and points > points_max:
        return Problem(POINTS_TOO_HIGH, {"points": number(points), "limit": number(points_max)})
    if whole_points and points != int(points):
        return Problem(POINTS_NOT_WHOLE, {"points": number(points)})
    return None


def score_problems(scores: Iterable[Score]) -> tuple[ScoreProblem, ...]:
    """The scores that are no number. They are left out; the others are sent."""
    return tuple(
        ScoreProblem(student=score.student, code=SCORE_INVALID)
        for score in scores
        if score.points is not None and not math.isfinite(score.points)
    )


def lost_marks(extra_credit: bool, scores: Iterable[Score], lost: frozenset[str]) -> tuple[str, ...]:
    """The marks in use that the district's system loses (`System.lost`), in the order of `MARKS`. A warning only."""
    used = {"extra_credit"} if extra_credit else set()
    for score in scores:
        if score.flags:
            used.update(_FLAG_MARKS[flag] for flag in score.flags)
        elif score.points is None and score.letter is None:
            used.add("cleared")
        if score.comment:
            used.add("comment")
        if score.letter is not None:
            used.add("letter")
    found = used & lost
    return tuple(mark for mark in MARKS if mark in found) if found else ()
