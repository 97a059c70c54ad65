"""Items and scores as PowerSchool is told them, and read back. Pure. Sources: reference/sis-apis.md 1.5, 1.6, 1.10.

The item. One element of `_assignmentsections` holds all of it. `weight` is 1 and `totalpointvalue` the product, as
the server demands [D3:PSD]. An extra-credit item asks for 0 points and gives its points as extra credit [I]: nobody
loses by not doing it. What is compared on a reading is what we own; publishing is left to the teacher.

A score (cells.py) is sent again when the points of its item change: whatever `update_scores` made of it, what stands
then is ours.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from adapters.contract import Draft, Prints
from adapters.powerschool.cells import (
    PERCENT,
    POINTS,
    Json,
    Ways,
    blank,
    hashed,
    is_number,
    is_true,
    score_fields,
    score_seen,
)
from schemas.desired import DesiredItem
from schemas.gradebook import RosterStatus
from schemas.results import ScoreProblem

DESCRIPTION_MAX = 4000  # [D:PSDD]
#: Keys of a reading that a PUT does not take back.
_READ_ONLY = frozenset({"islocked", "publisheddate", "_name", "_id"})
#: Keys of the whole assignment that a PUT repeats.
_REPEATED = ("yearid", "standardscoringmethod", "standardcalcdirection")


def place(sis_section: str) -> tuple[str, str]:
    """SECTIONS.DCID, and USERS.DCID of its teacher, "" where it is not given: "12345" or "12345:678"."""
    section, _, teacher = sis_section.partition(":")
    return section, teacher


def school_year(day: date) -> int:
    """TERMS.YEARID of a day: plus 1990 it is the autumn's year [D3:TEAM]; a year begins in July [I]."""
    return (day.year if day.month >= 7 else day.year - 1) - 1990


def title(desired: DesiredItem) -> str:
    """Without line breaks and double blanks; neither side then sees an edit in them."""
    return " ".join(desired.content.title.split())


def score_type(desired: DesiredItem, ways: Ways) -> str:
    """Nobody can take a percent of the 0 points that extra credit asks for."""
    return PERCENT if ways.percent and not desired.content.extra_credit else POINTS


def section_fields(desired: DesiredItem, ways: Ways) -> Json:
    """Our element of `_assignmentsections`. ValueError for ids that are no numbers."""
    content = desired.content
    points = content.points or 0.0
    asked = 0.0 if content.extra_credit else points
    fields: Json = {
        "sectionsdcid": int(place(desired.sis_section)[0]),
        "name": title(desired),
        "duedate": desired.due_date,
        "scoretype": score_type(desired, ways),
        "scoreentrypoints": asked,
        "weight": 1.0,
        "totalpointvalue": asked,
        "extracreditpoints": points if content.extra_credit else 0.0,
        "iscountedinfinalgrade": content.counts,
        "_assignmentcategoryassociations": [
            {"teachercategoryid": int(desired.sis_category), "isprimary": True}
        ],
    }
    if content.description:
        fields["description"] = content.description[:DESCRIPTION_MAX]
    return fields


def created(desired: DesiredItem, ways: Ways) -> Json:
    """The body of a create."""
    return {"_assignmentsections": [{**section_fields(desired, ways), "_assignmentstandardassociations": []}]}


def replaced(found: Json, section: str, ours: Json | None) -> Json:
    """The body of a PUT: the whole object as read [I], with ours in our section's place, or without that section.

    Left out means removed, so other sections, standards and student lists go back as they came.
    """
    elements = []
    for element in _sections(found):
        carried = {key: value for key, value in element.items() if key not in _READ_ONLY}
        if _text(element.get("sectionsdcid")) == section:
            if ours is None:
                continue
            carried |= {**ours, "_assignmentcategoryassociations": _categories(element, ours)}
        elements.append(carried)
    repeated = {key: found[key] for key in _REPEATED if found.get(key) is not None}
    return {**repeated, "_assignmentsections": elements}


def _categories(element: Json, ours: Json) -> list[Json]:
    """Our primary category, by its row's id where the row stands; a second category of the teacher's stays."""
    (wanted,) = ours["_assignmentcategoryassociations"]
    rows = []
    for row in element.get("_assignmentcategoryassociations") or ():
        plain = {key: value for key, value in row.items() if not key.startswith("_")}
        if _text(row.get("teachercategoryid")) == _text(wanted["teachercategoryid"]):
            wanted = {**plain, **wanted}
        elif not is_true(row.get("isprimary")):
            rows.append(plain)
    return [wanted, *rows]


def element_of(found: Json, section: str) -> Json | None:
    """The section's part of an assignment as read."""
    return next((one for one in _sections(found) if _text(one.get("sectionsdcid")) == section), None)


def others(found: Json, section: str) -> bool:
    """Whether a teacher gave the assignment to further sections."""
    return any(_text(one.get("sectionsdcid")) != section for one in _sections(found))


def _sections(found: Json) -> list[Json]:
    return [one for one in found.get("_assignmentsections") or () if isinstance(one, dict)]


def outline(element: Json) -> str:
    """Hash of name, due date, points, category: by these a lost create is known again (reference 8.3)."""
    return hashed(*_outline(element))


def item_seen(element: Json) -> str:
    """Hash of an item as both sides store it [I]. The description is left out: systems trim and escape it."""
    counted = element.get("iscountedinfinalgrade")
    return hashed(
        *_outline(element),
        _text(element.get("sectionsdcid")),
        str(element.get("scoretype") or POINTS),
        _number(element.get("weight") if element.get("weight") is not None else 1),
        _number(element.get("extracreditpoints")),
        str(counted is None or is_true(counted)),
    )


def _outline(element: Json) -> tuple[str, str, str, str]:
    rows = element.get("_assignmentcategoryassociations") or ()
    primary: Json = next((row for row in rows if is_true(row.get("isprimary"))), {})
    return (
        " ".join(str(element.get("name") or "").split()),
        str(element.get("duedate") or "")[:10],
        _number(element.get("scoreentrypoints")),
        _text(primary.get("teachercategoryid")),
    )


def draft(desired: DesiredItem, ways: Ways) -> Draft:
    """Hashes of the decision: what would be sent, and what a reading should then show."""
    content = desired.content
    kind, possible = score_type(desired, ways), content.points or 0.0
    try:
        ours = section_fields(desired, ways)
        seen, known_by = item_seen(ours), outline(ours)
    except ValueError:
        seen = known_by = hashed(desired.sis_section, desired.sis_category)  # refused before it is ever sent
    item = Prints(hashed(seen, content.description or ""), seen)
    students = roster(desired)
    scores: dict[str, Prints] = {}
    blanks: set[str] = set()
    problems: list[ScoreProblem] = []
    for score in content.scores or ():
        student = students.get(score.student, score.student)
        if student is None:
            continue
        if not is_id(student):
            problems.append(ScoreProblem(student=score.student, code="STUDENT_NOT_IN_SECTION"))
            continue
        try:
            fields = score_fields(score, kind, possible, ways)
        except ValueError as reason:
            params = {"reason": str(reason)}
            problems.append(ScoreProblem(student=score.student, code="SCORE_NOT_ACCEPTED", params=params))
            continue
        if fields is None:
            blanks.add(score.student)
            fields = blank(kind)
        sent = hashed(student, _number(possible), *(f"{k}={fields[k]}" for k in sorted(fields)))
        scores[score.student] = Prints(sent, score_seen(fields, kind, possible))
    return Draft(
        item=item, scores=scores, outline=known_by, blanks=frozenset(blanks), problems=tuple(problems)
    )


def roster(desired: DesiredItem) -> Mapping[str, str | None]:
    """STUDENTS.DCID by LMS id, where they differ; None for who left the section."""
    return {
        entry.student: None if entry.status is RosterStatus.DROPPED else entry.sis_student or entry.student
        for entry in desired.students
    }


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> str:
    return f"{float(value):.4f}" if is_number(value) else f"{0:.4f}" if value in (None, "") else str(value)
