"""The two gradebooks as the oracle sees them: the LMS's, folded anew from raw events, and what the SIS should then say.

Written apart from streams/intake and adapters on purpose: agreeing with them would prove nothing if it shared them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.gradebook import (
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemRestored,
    RosterChanged,
    RosterStatus,
    Score,
    ScoreFlag,
    ScoresChanged,
    SectionBound,
    SyncRequested,
)


@dataclass(slots=True)
class LmsItem:
    """An item as the LMS has it after all its events. `titles` are all it ever had; `runs` all clicks on it."""

    content: ItemChanged | None = None
    scores: dict[str, Score] = field(default_factory=dict)
    titles: set[str] = field(default_factory=set)
    deleted: bool = False
    runs: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LmsSection:
    """A section as the LMS has it. `sis_ids` by LMS student id."""

    sis_section: str = ""
    sis_ids: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    items: dict[str, LmsItem] = field(default_factory=dict)


def folded(changes: Iterable[GradebookChange]) -> dict[str, LmsSection]:
    """The LMS's gradebook: events in the order of their versions; clicks in the order they were published."""
    sections: dict[str, LmsSection] = {}
    published = list(changes)
    for change in published:
        section = sections.setdefault(change.section, LmsSection())
        _click(section, change)
    for change in sorted(published, key=lambda one: (one.version, one.event)):
        _tell(sections[change.section], change)
    return sections


def _click(section: LmsSection, change: GradebookChange) -> None:
    match change.change:
        case ItemChanged(item=item):
            section.items.setdefault(item, LmsItem())
        case SyncRequested(run=run, items=items):
            for item in section.items if items is None else items:
                section.items.setdefault(item, LmsItem()).runs.append(run)


def _tell(section: LmsSection, change: GradebookChange) -> None:
    match change.change:
        case SectionBound(sis_section=sis_section):
            section.sis_section = sis_section
        case RosterChanged(students=students):
            section.sis_ids = {one.student: one.sis_student or one.student for one in students}
            section.dropped = {one.student for one in students if one.status is RosterStatus.DROPPED}
        case ItemChanged(item=item) as content:
            held = section.items[item]
            held.content = content
            held.titles.add(content.title)
            if content.scores is not None:
                held.scores = {score.student: score for score in content.scores}
        case ScoresChanged(item=item, scores=scores):
            section.items.setdefault(item, LmsItem()).scores.update({one.student: one for one in scores})
        case ItemDeleted(item=item):
            section.items.setdefault(item, LmsItem()).deleted = True
        case ItemRestored(item=item):
            section.items.setdefault(item, LmsItem()).deleted = False


def item_differences(content: ItemChanged, found: dict[str, Any], zone: str) -> list[str]:
    """What of an item the SIS has otherwise than the LMS."""
    wrong = []
    if found["title"] != content.title:
        wrong.append("title")
    if _day(found["dueDate"], zone) != _local_due(content.due, zone):
        wrong.append("due date")
    if found.get("resultValueMax") != content.points:
        wrong.append("points")
    return wrong


def score_differs(score: Score | None, cell: dict[str, Any] | None) -> bool:
    """Whether a cell of the SIS says otherwise than the LMS. None: there is none."""
    said = cell or {}
    number = said.get("score")
    if score is None:
        return number is not None or bool(said.get("comment"))
    flags = set(score.flags)
    if ScoreFlag.EXCUSED in flags:
        return said.get("scoreStatus") != "exempt" or number is not None
    if number != score.points or (score.comment or None) != (said.get("comment") or None):
        return True
    if score.points is None and ScoreFlag.COLLECTED in flags and said.get("scoreStatus") != "submitted":
        return True
    marks = {ScoreFlag.MISSING: "missing", ScoreFlag.LATE: "late", ScoreFlag.INCOMPLETE: "incomplete"}
    return any((flag in flags) != (said.get(name) == "true") for flag, name in marks.items())


def _local_due(due: str | int | None, zone: str) -> date | None:
    if isinstance(due, int):
        return datetime.fromtimestamp(due / 1000, UTC).astimezone(ZoneInfo(zone)).date()
    return None if due is None else date.fromisoformat(due)


def _day(moment: str, zone: str) -> date:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).date()
