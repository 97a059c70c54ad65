"""Items and scores as a OneRoster gradebook is told them, and read back. Pure.

The due date. The LMS gives a local date, OneRoster wants an instant [D:LONG], the SIS keeps a date. Sent is noon
UTC of that date: the one instant that is the same day whether its date part is cut off or it is turned into any US
time zone (Guam +10 to Samoa -11). Midnight or 23:59 would shift by a day under one of the two readings. The assign
date, which the LMS does not have, is the same instant: it then lies in the marking period of the due date.

Scores. A cell nobody filled is never sent as a number: missing is "not submitted" without a score, handed in is
"submitted" without one, excused is "exempt" (no zero beside it, though one LMS sends one [D3:CANVAS-ESP]). late,
missing, incomplete are the 1.2 booleans, which are strings [D:LONG]. 1.1 requires a score [D:LONG], so a mark without
a number is not told there: the 0 that would have to stand beside it is nobody's score. What a door loses
(schemas/systems.toml) is left out, and an excused score of a door without excuses is no score at all: its number would
count.
"""

import hashlib
import math
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from adapters.contract import Draft, Prints
from schemas.desired import DesiredItem
from schemas.gradebook import RosterStatus, Score, ScoreFlag
from schemas.keys import item_key
from schemas.results import ScoreProblem
from schemas.systems import Holding, System

Json = dict[str, Any]

_NAMESPACE = uuid.UUID("5b0f3f1e-6d0a-5a43-9a55-6f4c1f0a7c11")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one door of one system differs.

    `marks`: the flags it holds. `v12`: it is OneRoster 1.2, with its booleans and the school of an item [D:LONG].
    `letters`: textScore is taken. `whole_max`: the maximum is a whole number, and written as one. `sees_category`:
    the category an item is read with is the one it was sent with. `clears`: a score is taken back by deleteResult;
    otherwise by a result without a score. `lists_by_section`: categories are listed per section. `missing_is_zero`: a
    missing mark counts 0 whatever the number, so it is left out beside a number that is none.
    """

    marks: frozenset[ScoreFlag] = frozenset(ScoreFlag) - {ScoreFlag.ABSENT}
    v12: bool = True
    letters: bool = False
    whole_max: bool = False
    sees_category: bool = True
    clears: bool = False
    lists_by_section: bool = True
    missing_is_zero: bool = False


def marks_of(one: System) -> frozenset[ScoreFlag]:
    """The flags a door holds, as schemas/systems.toml says."""
    return frozenset(flag for flag in ScoreFlag if one.marks[flag.lower()] is not Holding.LOST)


#: OneRoster 1.2 as the standard writes it.
PLAIN = Dialect()


def line_item_id(desired: DesiredItem, life: int = 0) -> str:
    """Our id of the item, the same on every try; nothing can be read out of it."""
    key = item_key(desired.tenant, desired.section, desired.item).decode()
    return str(uuid.uuid5(_NAMESPACE, f"{key}#{life}" if life else key))


def result_ids(line_item: str) -> Callable[[str], str]:
    """Our ids of the item's scores, by LMS student id."""
    namespace = uuid.UUID(line_item)
    return lambda student: str(uuid.uuid5(namespace, student))


def roster(desired: DesiredItem) -> tuple[Mapping[str, str], frozenset[str]]:
    """SIS ids by LMS id, where they differ, and the students who left the section."""
    ids = {entry.student: entry.sis_student or entry.student for entry in desired.students}
    dropped = frozenset(e.student for e in desired.students if e.status is RosterStatus.DROPPED)
    return ids, dropped


def instant(date: str) -> str:
    """Noon UTC of a date (see above)."""
    return f"{date}T12:00:00.000Z"


def stamp(milliseconds: int) -> str:
    """An instant as the standard writes it."""
    when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def title(desired: DesiredItem) -> str:
    """NormalizedString [D:1ED12]: no line breaks, no double blanks; neither side then sees an edit in them."""
    return " ".join(desired.content.title.split())


def line_item(desired: DesiredItem, sourced_id: str, dialect: Dialect = PLAIN) -> Json:
    """The item's own fields, references not among them."""
    content = desired.content
    fields: Json = {
        "sourcedId": sourced_id,
        "status": "active",
        "dateLastModified": stamp(desired.decided_at),
        "title": title(desired),
        "assignDate": instant(desired.due_date),
        "dueDate": instant(desired.due_date),
    }
    if content.description:
        fields["description"] = content.description
    if content.points is not None and math.isfinite(content.points):
        whole = dialect.whole_max and content.points.is_integer()
        fields["resultValueMin"] = 0 if whole else 0.0
        fields["resultValueMax"] = int(content.points) if whole else content.points
    return fields


def result(score: Score, dialect: Dialect = PLAIN) -> Json | None:
    """The score's own fields; None for an empty cell. ValueError for what cannot be told."""
    flags = dialect.marks.intersection(score.flags)
    excused = ScoreFlag.EXCUSED in score.flags
    fields: Json = {}
    if score.points is not None and not math.isfinite(score.points):
        raise ValueError("number")  # JSON has no word for it, and the one it is given reads as an empty cell
    if score.points is not None and not excused:
        fields["score"] = score.points
    elif score.letter is not None and not excused:
        if not dialect.letters:
            raise ValueError("letter")
        fields["textScore"] = score.letter
    status = _status(flags, scored=bool(fields)) if not excused or ScoreFlag.EXCUSED in flags else None
    if status is None or (not dialect.v12 and "score" not in fields):
        return None
    fields["scoreStatus"] = status
    if dialect.missing_is_zero and fields.get("score"):
        flags -= {ScoreFlag.MISSING}
    for flag in (ScoreFlag.LATE, ScoreFlag.MISSING, ScoreFlag.INCOMPLETE):
        if flag in flags and dialect.v12:
            fields[flag.lower()] = "true"
    if score.comment:
        fields["comment"] = score.comment
    return fields


def blank(score: Score, dialect: Dialect = PLAIN) -> Json:
    """What empties a cell: no score, and said not to be missing. Nothing is sent of it where results are deleted."""
    cleared: Json = {"scoreStatus": "not submitted", "missing": "false"}
    if score.comment and not dialect.clears:
        cleared["comment"] = score.comment
    return cleared


def _status(flags: frozenset[ScoreFlag], *, scored: bool) -> str | None:
    if ScoreFlag.EXCUSED in flags:
        return "exempt"
    if scored:
        return "partially graded" if ScoreFlag.INCOMPLETE in flags else "fully graded"
    if ScoreFlag.MISSING in flags:
        return "not submitted"
    if flags & {ScoreFlag.COLLECTED, ScoreFlag.LATE, ScoreFlag.INCOMPLETE}:
        # handed in, late or unfinished, and not graded: says so, and is no number
        return "submitted"
    return None


def draft(desired: DesiredItem, dialect: Dialect = PLAIN) -> Draft:
    """Hashes of the decision: what would be sent, and what a reading should then show."""
    content = desired.content
    ids, dropped = roster(desired)
    category = desired.sis_category if dialect.sees_category else ""
    seen = item_seen(title(desired), desired.due_date, category, desired.sis_section, content.points)
    item = Prints(_hash(seen, content.description or ""), seen)
    scores: dict[str, Prints] = {}
    blanks: set[str] = set()
    problems: list[ScoreProblem] = []
    for score in content.scores or ():
        student = score.student
        if student in dropped:
            continue
        try:
            fields = result(score, dialect)
        except ValueError as reason:
            params = {"reason": str(reason)}
            problems.append(ScoreProblem(student=student, code="SCORE_NOT_ACCEPTED", params=params))
            continue
        if fields is None:
            blanks.add(student)
            fields = blank(score, dialect)
        sent = _hash(ids.get(student, student), *(f"{k}={fields[k]}" for k in sorted(fields)))
        scores[student] = Prints(sent, score_seen(fields))
    return Draft(item=item, scores=scores, blanks=frozenset(blanks), problems=tuple(problems))


def item_seen(name: str, due: str, category: str, section: str, points: float | None) -> str:
    """Hash of an item as both sides store it. The description is left out: systems trim and escape it."""
    return _hash(name, due, category, section, _number(points))


def read_item(found: Json, zone: tzinfo, dialect: Dialect = PLAIN) -> str:
    """The same hash of a line item read from the SIS."""
    return item_seen(
        " ".join(str(found.get("title") or "").split()),
        day(str(found.get("dueDate") or ""), zone),
        id_of(found.get("category")) if dialect.sees_category else "",
        id_of(found.get("class")),
        found.get("resultValueMax"),
    )


def score_seen(fields: Json) -> str:
    """Hash of what stands in a cell; "" for an empty one. Comments and booleans may not come back, so are left out."""
    if fields.get("scoreStatus") == "exempt":
        return _hash("exempt")
    if fields.get("score") is not None:
        return _hash("score", _number(fields["score"]))
    if fields.get("textScore"):
        return _hash("text", str(fields["textScore"]))
    return ""


def day(text: str, zone: tzinfo) -> str:
    """The date a dueDate means: its own date part at midnight, noon or with an offset, else its day in the zone."""
    match = _DATE.match(text)
    if match is None:
        return text
    date, clock, offset = match.groups()
    if clock in (None, "00:00", "12:00") or offset != "Z":
        return str(date)
    return datetime.fromisoformat(text).astimezone(zone).date().isoformat()


def id_of(reference: Any) -> str:
    """The sourcedId of a reference, "" without one."""
    return str(reference.get("sourcedId") or "") if isinstance(reference, dict) else ""


def _number(value: Any) -> str:
    if value is None:
        return ""
    try:
        return f"{float(value):.4f}"
    except (TypeError, ValueError):
        return str(value)


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
