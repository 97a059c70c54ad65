"""Scores as PowerSchool is told them, and read back. Pure. Source: reference/sis-apis.md 1.6.

Flags stand beside the number and can be combined [D3:EXT], so each is sent as it is, true or false. A cell without a
number is an empty entry with null points [I], never 0. An excused student has no number. In a PERCENT item the
entered value is the percent of the LMS's points; what is compared is points in either case.
"""

import hashlib
import math
from typing import Any, NamedTuple

from schemas.gradebook import Score, ScoreFlag

Json = dict[str, Any]

POINTS, PERCENT = "POINTS", "PERCENT"
#: Flag -> field, in both directions [D3:EXT].
FLAGS = {
    ScoreFlag.LATE: "islate",
    ScoreFlag.COLLECTED: "iscollected",
    ScoreFlag.EXCUSED: "isexempt",
    ScoreFlag.MISSING: "ismissing",
    ScoreFlag.ABSENT: "isabsent",
    ScoreFlag.INCOMPLETE: "isincomplete",
}


class Ways(NamedTuple):
    """How a district wants scores: `percent` for items typed in percent, `letters` when a grade scale takes
    them, `comments` when its server is known to take them nested in the score.
    """

    percent: bool = False
    letters: bool = False
    comments: bool = False


def score_fields(score: Score, kind: str, possible: float, ways: Ways) -> Json | None:
    """The score's own fields; None for an empty cell. ValueError for what cannot be told."""
    flags = set(score.flags)
    fields: Json = {"actualscoreentered": "", "actualscorekind": "REAL_SCORE", "scoretype": kind}
    if score.points is not None and not math.isfinite(score.points):
        raise ValueError("number")  # JSON has no word for it, and the one it is given reads as an empty cell
    if ScoreFlag.EXCUSED not in flags and score.points is not None:
        fields |= _entered(score.points, kind, possible)
    elif ScoreFlag.EXCUSED not in flags and score.letter is not None:
        if not ways.letters:
            raise ValueError("letter")
        fields["actualscoreentered"] = score.letter
    comment = score.comment if ways.comments else None
    if not fields["actualscoreentered"] and not flags and not comment:
        return None
    return _complete(fields, flags, comment)


def told(score: Score, kind: str, possible: float, ways: Ways) -> Json:
    """The score's fields, those of an empty cell among them. ValueError for what an item of this type cannot hold."""
    if kind not in (POINTS, PERCENT):
        raise ValueError("score type")
    fields = score_fields(score, kind, possible, ways)
    return blank(kind) if fields is None else fields


def blank(kind: str) -> Json:
    """What empties a cell [I]."""
    fields = {"actualscoreentered": "", "actualscorekind": "REAL_SCORE", "scoretype": kind}
    return _complete(fields, set(), None)


def _entered(points: float, kind: str, possible: float) -> Json:
    if kind != PERCENT:
        return {"actualscoreentered": _plain(points), "scorepoints": points}
    if possible <= 0:
        raise ValueError("percent")
    percent = round(points / possible * 100, 6)
    return {"actualscoreentered": _plain(percent), "scorepercent": percent}


def _complete(fields: Json, flags: set[ScoreFlag], comment: str | None) -> Json:
    if not fields["actualscoreentered"]:
        fields["scorepoints"] = None
    fields |= {name: flag in flags for flag, name in FLAGS.items()}
    if comment:
        fields["_assignmentscorecomment"] = {"commentvalue": comment}
    return fields


def score_seen(row: Json, kind: str, possible: float) -> str:
    """Hash of what stands in a cell; "" for an empty one. An unscored row lacks the keys; a table's values are text.

    Flags beside a number are left out: PowerSchool sets some of them by itself.
    """
    if is_true(row.get("isexempt")):
        return hashed("exempt")
    entered = str(row.get("actualscoreentered") or "").strip().rstrip("%")
    if row.get("actualscorekind") == "SCORE_CODE" and entered:
        return hashed("code", entered)
    if not entered:
        return (
            hashed("score", f"{float(row['scorepoints']):.3f}") if is_number(row.get("scorepoints")) else ""
        )
    if not is_number(entered):
        return hashed("text", entered)
    number = float(entered)
    return hashed("score", f"{number * possible / 100 if kind == PERCENT else number:.3f}")


def is_true(value: Any) -> bool:
    return value is True or str(value).lower() in ("true", "1")


def is_number(value: Any) -> bool:
    try:
        return math.isfinite(float(value))
    except (TypeError, ValueError):
        return False


def _plain(number: float) -> str:
    """As a teacher types it: 12, 7.25."""
    return f"{number:.6f}".rstrip("0").rstrip(".")


def hashed(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
