"""Items and scores as Aeries is told them, and read back. Pure. Sources: reference/sis-apis.md 5.4, 5.5.

The item. The title is Description. Every field that has a default worth fearing is always sent: the two
...LinkedGradebooks flags (true when left out), RubricAssignment, both dates, both possible values. A PUT erases a
Comment and un-completes grading when they are left out, so what was read of them goes back; the formative or
summative mark and the day assigned are the teacher's too. The LMS's description is not sent: Comment is the
teacher's own, and its length is not published.

Scores are numbers. An empty cell is null [I], never 0; an excused student is null as well, since NA can be read and
not written. What a teacher excuses there (Mark NA or TX) is not overwritten unseen.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.contract import Draft, Prints
from schemas.desired import DesiredItem
from schemas.gradebook import RosterStatus, Score, ScoreFlag
from schemas.results import ScoreProblem

Json = dict[str, Any]

#: Marks that excuse [D:AER-GB].
EXCUSED = frozenset({"NA", "TX"})


def gradebook(sis_section: str) -> str | None:
    """GradebookNumber when the section is named by it: "4321"."""
    return sis_section if is_number(sis_section) else None


def school_section(sis_section: str) -> tuple[str, str] | None:
    """SchoolCode and SectionNumber when it is named as Aeries' OneRoster names classes: "994_1001" [D:AER-OR]."""
    school, separator, section = sis_section.partition("_")
    return (school, section) if separator and is_number(school) and is_number(section) else None


def fitting(rows: Sequence[Json], teacher: str, due: str) -> list[str]:
    """GradebookNumbers of a section that may hold an item: the teacher's, and open when it is due."""
    found = [row for row in rows if row.get("GradebookNumber") is not None]
    if len(found) > 1 and teacher:
        found = [row for row in found if str(row.get("TeacherNumber")) == teacher]
    if len(found) > 1 and due:
        found = [row for row in found if day(row.get("StartDate")) <= due <= (day(row.get("EndDate")) or due)]
    return [str(row["GradebookNumber"]) for row in found]


def is_number(text: str) -> bool:
    """An id as Aeries has them."""
    return text.isascii() and text.isdigit()


def title(desired: DesiredItem) -> str:
    """Without line breaks and double blanks; neither side then sees an edit in them."""
    return " ".join(desired.content.title.split())


def _ours(desired: DesiredItem) -> Json:
    points = desired.content.points or 0.0
    return {
        "Description": title(desired),
        "AssignmentCategoryCode": desired.sis_category,
        "DateDue": desired.due_date,
        "NumberCorrectPossible": points,
        "PointsPossible": points,
        "RubricAssignment": False,
    }


def created(desired: DesiredItem, marker: str) -> Json:
    """The body of a create."""
    fields = {**_ours(desired), "DateAssigned": desired.due_date, "CreateInLinkedGradebooksToo": False}
    return {**fields, "ExternalID": marker} if marker else fields


def replaced(desired: DesiredItem, found: Json, marker: str) -> Json:
    """The body of a PUT: ours, and the teacher's as read."""
    fields: Json = {
        **_ours(desired),
        "DateAssigned": _assigned(desired, found),
        "GradingCompleted": found.get("GradingCompleted") is True,
        "Comment": str(found.get("Comment") or ""),
        "UpdateLinkedGradebooksToo": False,
    }
    if found.get("FormativeSummativeIndicator") in ("F", "S"):
        fields["FormativeSummativeIndicator"] = found["FormativeSummativeIndicator"]
    external = str(found.get("ExternalID") or marker)
    return {**fields, "ExternalID": external} if external else fields


def _assigned(desired: DesiredItem, found: Json) -> str:
    """The teacher's day; the day due where it is ours or would come after it."""
    assigned, due = day(found.get("DateAssigned")), day(found.get("DateDue"))
    return desired.due_date if assigned in ("", due) else min(assigned, desired.due_date)


def category(found: Json) -> str:
    """Code of the category as read: a field of its own or inside the object [D:AER-GB]."""
    whole = found.get("AssignmentCategory")
    code = found.get("AssignmentCategoryCode")
    if code is None and isinstance(whole, dict):
        code = whole.get("Code")
    return "" if code is None else str(code)


def item_seen(found: Json) -> str:
    """Hash of an item as both sides store it."""
    return hashed(
        " ".join(str(found.get("Description") or "").split()),
        day(found.get("DateDue")),
        category(found),
        _number(found.get("PointsPossible")),
        _number(found.get("NumberCorrectPossible")),
    )


def number(score: Score) -> float | None:
    """NumberCorrect. ValueError for what cannot be told."""
    if ScoreFlag.EXCUSED in score.flags:
        return None
    if score.points is not None:
        if not math.isfinite(score.points):
            raise ValueError("number")  # JSON has no word for it, and the one it is given empties a cell
        return score.points
    if score.letter is not None:
        raise ValueError("letter")
    return None


def score_seen(row: Json) -> str:
    """Hash of what stands in a cell, "" for an empty one. Under a rule it is the score that the rule replaced [I]."""
    value = row.get("RuleReplacedScore") if row.get("IsRuleReplacingScore") is True else None
    value = row.get("NumberCorrect") if value is None else value
    if str(row.get("Mark") or "").strip().upper() in EXCUSED:
        return hashed("excused")
    return "" if value is None else hashed("score", _number(value))


def draft(desired: DesiredItem) -> Draft:
    """Hashes of the decision: what would be sent, and what a reading should then show."""
    seen = item_seen(_ours(desired))
    students = roster(desired)
    scores: dict[str, Prints] = {}
    blanks: set[str] = set()
    problems: list[ScoreProblem] = []
    for score in desired.content.scores or ():
        student = students.get(score.student, score.student)
        if student is None:
            continue
        if not is_number(student):
            problems.append(ScoreProblem(student=score.student, code="STUDENT_NOT_IN_SECTION"))
            continue
        try:
            value = number(score)
        except ValueError as reason:
            params = {"reason": str(reason)}
            problems.append(ScoreProblem(student=score.student, code="SCORE_NOT_ACCEPTED", params=params))
            continue
        if value is None:
            blanks.add(score.student)
        stands = score_seen({"NumberCorrect": value})
        scores[score.student] = Prints(hashed(student, stands), stands)
    return Draft(
        item=Prints(hashed(seen, desired.sis_section), seen),
        scores=scores,
        blanks=frozenset(blanks),
        problems=tuple(problems),
    )


def roster(desired: DesiredItem) -> Mapping[str, str | None]:
    """StudentID by LMS id, where they differ; None for who left the section."""
    return {
        entry.student: None if entry.status is RosterStatus.DROPPED else entry.sis_student or entry.student
        for entry in desired.students
    }


def day(value: Any) -> str:
    """The date of a date or instant; "" for none, which some versions tell as year 0001 [D:AER-BUILD]."""
    text = str(value or "")[:10]
    return "" if text.startswith("0001") else text


def _number(value: Any) -> str:
    try:
        return f"{float(value or 0):.4f}"
    except (TypeError, ValueError):
        return str(value)


def hashed(*parts: str) -> str:
    """Eight bytes of a hash, in hexadecimal."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).hexdigest()
