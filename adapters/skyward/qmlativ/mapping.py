"""Items and scores as Qmlativ's Generic API is told them, and read back. Pure. Field names: [D3:RQ].

The decision's hashes are those of the OneRoster systems (oneroster/mapping.py): what a teacher sees is the same.

    number      Score, with decimals; the maximum is whole [D3:OTUS-SKY]
    excused     NoCount, without the number
    missing     IsMissing
    late, incomplete    a clarifier of the district, one per score, the second before the first [I]
    handed in   SubmissionStatus, without a number
    cleared     no Score, and every mark taken back

A clarifier that takes the score out of the average or calls it missing is never used for late or incomplete: the
number would not count. Weight is 1 at the creation [D3:SGY-SKY] and the teacher's from then on.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta, tzinfo
from typing import Any

from adapters.oneroster import mapping
from adapters.oneroster.directory import distinct
from adapters.oneroster.mapping import Dialect, marks_of
from adapters.skyward.mapping import GENERIC
from schemas.desired import DesiredItem
from schemas.district import MarkingPeriod, SisCategory
from schemas.gradebook import Score, ScoreFlag, Sis
from schemas.systems import system

Json = dict[str, Any]

DIALECT = Dialect(marks=marks_of(system(Sis.SKYWARD, GENERIC)), whole_max=True)
#: What SubmissionStatus says of work handed in [I].
SUBMITTED = "Submitted"
#: Fields asked for, per object.
ITEM_FIELDS = (
    "AssignmentID", "SectionID", "CategoryID", "Name", "DueDate", "MaxScore",
    "IsDeleted", "AssignmentSyncKey", "CreatedTime", "ModifiedTime",
)  # fmt: skip
SCORE_FIELDS = ("StudentAssignmentID", "AssignmentID", "StudentSectionID", "Score", "NoCount", "IsMissing")
CATEGORY_FIELDS = ("CategoryID", "Code", "Description")
CLARIFIER_FIELDS = ("ScoreClarifierID", "Code", "Description", "IsMissing", "NoCount")
PERIOD_FIELDS = ("GradingPeriodID", "Code", "Description", "StartDate", "EndDate")


def ident(text: str) -> int | str:
    """An id as JSON: Skyward's are numbers."""
    return int(text) if text.isascii() and text.isdecimal() else text


def assignment(desired: DesiredItem, marker: str) -> Json:
    """The item's fields, for a creation and for a change."""
    content = desired.content
    fields: Json = {
        "SectionID": ident(desired.sis_section),
        "CategoryID": ident(desired.sis_category),
        "Name": mapping.title(desired),
        "AssignedDate": desired.due_date,
        "DueDate": desired.due_date,
        "MaxScore": _whole(content.points),
    }
    if content.description:
        fields["Description"] = content.description  # without one of ours, what a teacher wrote there stays
    return fields | {"AssignmentSyncKey": marker} if marker else fields


def new_assignment(desired: DesiredItem, marker: str) -> Json:
    """The same with what only a creation says."""
    return {**assignment(desired, marker), "Weight": 1, "UseGradeMarkScoring": False}


def read_item(found: Json, zone: tzinfo) -> str:
    """The item's `seen` hash."""
    return mapping.item_seen(
        " ".join(str(found.get("Name") or "").split()),
        mapping.day(str(found.get("DueDate") or ""), zone),
        str(found.get("CategoryID") or ""),
        str(found.get("SectionID") or ""),
        found.get("MaxScore"),
    )


def cell(score: Score, clarifiers: Mapping[ScoreFlag, str]) -> Json:
    """The score's own fields; all of them, so that a mark taken back is taken back."""
    told = mapping.result(score, DIALECT) or {}
    fields: Json = {
        "Score": told.get("score"),
        "NoCount": told.get("scoreStatus") == "exempt",
        "IsMissing": told.get("missing") == "true",
        "ScoreClarifierID": None,
        "Comments": score.comment or "",
    }
    for flag in (ScoreFlag.LATE, ScoreFlag.INCOMPLETE):
        if told.get(flag.lower()) == "true" and flag in clarifiers:
            fields["ScoreClarifierID"] = ident(clarifiers[flag])
    if told.get("scoreStatus") == "submitted":
        fields["SubmissionStatus"] = SUBMITTED
    return fields


def read_cell(row: Json) -> str:
    """The `seen` hash of a row; "" for an empty one."""
    if row.get("NoCount") is True:
        return mapping.score_seen({"scoreStatus": "exempt"})
    return mapping.score_seen({"score": row.get("Score")})


def wants_clarifiers(scores: Iterable[Score]) -> bool:
    """Whether any score bears a mark that only a clarifier can tell."""
    return any({ScoreFlag.LATE, ScoreFlag.INCOMPLETE}.intersection(score.flags) for score in scores)


def clarifiers(rows: Iterable[Json], options: Mapping[str, str]) -> Mapping[ScoreFlag, str]:
    """The district's clarifiers for late and incomplete: the code that `late_clarifier` or `incomplete_clarifier`
    states, or else the one whose code or description is that very word.
    """
    usable = [row for row in rows if not row.get("NoCount") and not row.get("IsMissing")]
    found: dict[ScoreFlag, str] = {}
    for flag in (ScoreFlag.LATE, ScoreFlag.INCOMPLETE):
        wanted = options.get(f"{flag.lower()}_clarifier", flag.lower()).casefold()
        for row in usable:
            names = (str(row.get(name) or "").casefold() for name in ("Code", "Description"))
            if wanted in names and flag not in found:
                found[flag] = str(row.get("ScoreClarifierID") or "")
    return {flag: key for flag, key in found.items() if key}


def categories(rows: Iterable[Json]) -> Iterator[SisCategory]:
    """The district's categories; two of one description have their code in brackets [D3:CANVAS-SKY]."""
    named = {
        str(row["CategoryID"]): (str(row.get("Description") or ""), str(row.get("Code") or ""))
        for row in rows
        if row.get("CategoryID")
    }
    for key, title in distinct(named).items():
        yield SisCategory(id=key, title=title)


def marking_periods(rows: Iterable[Json], extension: int, today: date) -> Iterator[MarkingPeriod]:
    """A period is locked once its end and the district's extension days are over [I] over [D3:RQ]."""
    for row in rows:
        try:
            first = date.fromisoformat(str(row.get("StartDate"))[:10])
            last = date.fromisoformat(str(row.get("EndDate"))[:10])
        except ValueError:
            continue
        yield MarkingPeriod(
            id=str(row.get("GradingPeriodID") or ""),
            title=str(row.get("Description") or row.get("Code") or ""),
            first_day=first.isoformat(),
            last_day=last.isoformat(),
            locked=today > last + timedelta(days=extension),
        )


def extension_days(rows: Iterable[Json]) -> int:
    """GradingPeriodEditExtensionDays of the first configuration that states it; 0 without one."""
    for row in rows:
        days = row.get("GradingPeriodEditExtensionDays")
        if isinstance(days, int) and not isinstance(days, bool):
            return max(days, 0)
    return 0


def _whole(points: float | None) -> float | int | None:
    return int(points) if points is not None and points.is_integer() else points
