"""The two gradebooks as the oracle sees them: the LMS's, folded anew from raw events, and what the SIS should then say.

Written apart from streams/intake and adapters on purpose: agreeing with them would prove nothing if it shared them.
What a system cannot hold is taken from schemas/systems.toml, which is what teachers are told.
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
    MappingChanged,
    RosterChanged,
    RosterStatus,
    Score,
    ScoreFlag,
    ScoresChanged,
    SectionBound,
    Sis,
    SyncRequested,
)
from schemas.systems import Holding, system


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
    """A section as the LMS has it. `sis_ids` by LMS student id, `categories` the SIS's by LMS category."""

    zone: str
    sis_section: str = ""
    categories: dict[str, str] = field(default_factory=dict)
    sis_ids: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    items: dict[str, LmsItem] = field(default_factory=dict)


def folded(changes: Iterable[GradebookChange], zone: str) -> dict[str, LmsSection]:
    """The LMS's gradebook: events in the order of their versions; clicks in the order they were published."""
    sections: dict[str, LmsSection] = {}
    published = list(changes)
    for change in published:
        section = sections.setdefault(change.section, LmsSection(zone))
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
        case MappingChanged(categories=categories):
            section.categories = {one.category: one.sis_category for one in categories}
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


def item_differences(section: LmsSection, content: ItemChanged, found: dict[str, Any]) -> list[str]:
    """What of an item the SIS has otherwise than the LMS."""
    wrong = []
    if found["title"] != content.title:
        wrong.append("title")
    if date.fromisoformat(found["dueDate"]) != _local_due(content.due, section.zone):
        wrong.append("due date")
    if found["points"] != content.points:
        wrong.append("points")
    if found["categoryKey"] != section.categories.get(content.category or ""):
        wrong.append("category")
    return wrong


def score_differs(sis: Sis, score: Score | None, cell: dict[str, Any] | None) -> bool:
    """Whether a cell of the SIS says otherwise than the LMS. None: there is none."""
    said = cell or {}
    number, comment = said.get("value"), said.get("comment") or None
    if score is None:
        return number is not None or comment is not None
    marks = system(sis).marks
    excused = ScoreFlag.EXCUSED in score.flags
    if number != (None if excused else score.points):
        return True
    if marks["comment"] is not Holding.LOST and comment != (score.comment or None):
        return True
    flags = set(said.get("flags", ()))
    if score.points is None and not score.flags:
        return False  # an emptied cell; each system has its own word for it
    if excused:
        return marks["excused"] is not Holding.LOST and "excused" not in flags
    return any(_mark_differs(sis, score, flag, flags) for flag in ScoreFlag)


def _mark_differs(sis: Sis, score: Score, flag: ScoreFlag, said: set[str]) -> bool:
    """A mark that arrives in another form may do so only where there is no number."""
    mark = flag.lower()
    holding = system(sis).marks[mark]
    if holding is Holding.LOST:
        return False
    given = flag in score.flags
    if holding is Holding.NATIVE:
        # in Campus it would turn the number beside it into a 0
        unsaid = sis is Sis.INFINITE_CAMPUS and flag is ScoreFlag.MISSING and bool(score.points)
        return (given and not unsaid) != (mark in said)
    return given and score.points is None and mark not in said


def _local_due(due: str | int | None, zone: str) -> date | None:
    if isinstance(due, int):
        return datetime.fromtimestamp(due / 1000, UTC).astimezone(ZoneInfo(zone)).date()
    return None if due is None else date.fromisoformat(due)
