"""Plausible scores that are the same every time: chance is a hash of who and what."""

from hashlib import blake2b

from deploy.local.sample.roster import Student
from schemas.gradebook import Score, ScoreFlag

EXCUSED = (ScoreFlag.EXCUSED,)
MISSING = (ScoreFlag.MISSING,)
LATE = (ScoreFlag.LATE,)
COLLECTED = (ScoreFlag.COLLECTED,)


def chance(*names: str) -> float:
    """A number from 0 to below 1 that belongs to these names."""
    digest = blake2b("\x1f".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def usual(item: str, student: Student, points: float) -> Score | None:
    """One student's score: mostly a number, at times late, missing or excused, at times nothing yet."""
    luck = chance("what", item, student.id)
    if luck < 0.03:
        return None
    if luck < 0.05:
        return Score(student=student.id, flags=MISSING)
    if luck < 0.06:
        return Score(student=student.id, flags=EXCUSED)
    flags = LATE if luck < 0.10 else ()
    return Score(student=student.id, points=earned(item, student, points), flags=flags)


def earned(item: str, student: Student, points: float) -> float:
    """Points to the half: a student's level and a day's form."""
    level = 0.62 + 0.36 * chance("level", student.id)
    form = 0.14 * (chance("form", item, student.id) - 0.5)
    return round(min(max(level + form, 0.0), 1.0) * points * 2) / 2


def collected(item: str, student: Student) -> Score | None:
    """An item that is only handed in."""
    if chance("collected", item, student.id) < 0.08:
        return None
    return Score(student=student.id, flags=COLLECTED)


def of_case(kind: str | None, item: str, seats: list[Student], points: float) -> list[Score]:
    """The scores of an item with that awkward case (`scores` in cases.toml; None: nothing awkward)."""
    if kind == "none":
        return []
    told = [(seat, usual(item, seat, points)) for seat in seats if not seat.newcomer]
    scores = {seat.id: score for seat, score in told if score}
    first, second, third = (seat.id for seat in seats[:3])
    if kind == "above":
        scores[first] = Score(student=first, points=points + 3)
    elif kind == "excused_and_missing":
        scores[first] = Score(student=first, flags=EXCUSED)
        scores[second] = Score(student=second, flags=MISSING)
        scores[third] = Score(student=third, points=0.0, flags=MISSING)
    elif kind == "comment":
        scores[first] = Score(
            student=first, points=points, comment="Strong use of shadow. See me about the show."
        )
    elif kind == "cleared":
        scores[first] = Score(student=first)
    elif kind == "newcomer":
        scores |= {seat.id: Score(student=seat.id, points=points) for seat in seats if seat.newcomer}
    return list(scores.values())
