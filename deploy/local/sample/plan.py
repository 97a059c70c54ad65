"""What the teachers assigned: the subjects and the real class, with the awkward cases put in."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from deploy.local.sample.calendar import due_dates, instant
from deploy.local.sample.roster import PER_SECTION, Student, students
from deploy.local.sample.scores import COLLECTED, EXCUSED, MISSING, collected, earned, of_case, usual
from schemas.gradebook import ItemKind, Score

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "config" / "sample"
REAL = "bio7-2"
_KINDS = {"A": ItemKind.ASSIGNMENT, "T": ItemKind.TEST, "D": ItemKind.DISCUSSION}
_REAL_TESTS = ("Assessment",)


@dataclass(frozen=True, slots=True)
class Case:
    """What is awkward about an item: a row of cases.toml."""

    name: str
    section: str
    title: str
    due: str | None = None
    rename: str | None = None
    points: float | None = None
    scores: str | None = None
    published: bool = True
    change: str | None = None
    add: str | None = None
    state: str = "SUCCESSFUL"
    code: str | None = None
    problems: int = 0
    corrected: bool = False
    removed: bool = False


USUAL = Case("usual", "", "")


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item as its teacher has it. `title` is the one at first; `case` what is awkward, USUAL if nothing is."""

    id: str
    kind: ItemKind
    category: str
    title: str
    due: str | int | None
    points: float
    scores: tuple[Score, ...]
    case: Case


@dataclass(frozen=True, slots=True)
class PlannedSection:
    """A section of a sample school. `categories` maps the LMS category's name to the SIS category's id; `offered`
    are the categories its SIS gradebook has, None for all.
    """

    id: str
    title: str
    sis_section: str
    teacher: str
    categories: dict[str, str]
    seats: list[Student]
    offered: tuple[str, ...] | None = None
    items: list[PlannedItem] = field(default_factory=list)


def category_id(name: str) -> str:
    """The LMS's id of a category."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in name.lower()).split()
    return "-".join(words)


@cache
def school() -> tuple[PlannedSection, ...]:
    """Every section of the large sample district, with its items."""
    rows = tomllib.loads((HERE / "subjects.toml").read_text())["section"]
    return tuple(section_of(row, position, cases()) for position, row in enumerate(rows))


@cache
def cases() -> tuple[Case, ...]:
    """Every awkward case of it."""
    rows = tomllib.loads((HERE / "cases.toml").read_text())["case"]
    return tuple(Case(**row) for row in rows)


def section_of(
    row: dict[str, Any], position: int, awkward: Sequence[Case], seats: int = PER_SECTION
) -> PlannedSection:
    """A section as its row in a file of subjects says; `position` is its own among all sections of all samples."""
    section = PlannedSection(
        id=row["id"],
        title=row["title"],
        sis_section=row["sis_section"],
        teacher=row["teacher"],
        categories=row["categories"],
        seats=students(row["id"], position, seats),
        offered=tuple(row["offered"]) if "offered" in row else None,
    )
    items = _real_items(section.seats) if row["id"] == REAL else _items(row, section.seats, awkward)
    return replace(section, items=list(items))


def _items(row: dict[str, Any], seats: list[Student], awkward: Sequence[Case]) -> Iterator[PlannedItem]:
    mine = [case for case in awkward if case.section == row["id"]]
    by_title = {case.title: case for case in mine}
    entries = [*row["items"], *(f"{case.add} | {case.title}" for case in mine if case.add)]
    for number, (entry, day) in enumerate(zip(entries, due_dates(len(entries)), strict=True), start=1):
        category, kind, points, title = (part.strip() for part in entry.split("|"))
        case = by_title.get(title, USUAL)
        name = f"{row['id']}-{number:02d}"
        worth = float(points) if case.points is None else case.points
        yield PlannedItem(
            id=name,
            kind=_KINDS[kind],
            category=category,
            title=title,
            due=day.isoformat() if case.due is None else _due(case.due),
            points=worth,
            scores=tuple(of_case(case.scores, name, seats, worth)),
            case=case,
        )


def _due(told: str) -> str | int | None:
    return instant(told) if "T" in told else told or None


def _real_items(seats: list[Student]) -> Iterator[PlannedItem]:
    by_title = {case.title: case for case in cases() if case.section == REAL}
    lines = (SAMPLE / "real_class.jsonl").read_text().splitlines()
    for number, line in enumerate(lines, start=1):
        told = json.loads(line)
        name = f"{REAL}-{number:02d}"
        yield PlannedItem(
            id=name,
            kind=ItemKind.TEST if told["category"] in _REAL_TESTS else ItemKind.ASSIGNMENT,
            category=told["category"],
            title=told["title"],
            due=told["due"],
            points=float(told["points"]),
            scores=tuple(_real_scores(told, name, seats)),
            case=by_title.get(told["title"], USUAL),
        )


def _real_scores(told: dict[str, Any], item: str, seats: list[Student]) -> Iterator[Score]:
    """The one student the source tells of, as told; the others made up in the same manner."""
    yield _real_score(told, seats[0].id)
    handed_in = told["score"] is None and "isexempt" not in told["flags"]
    for seat in seats[1:]:
        made = collected(item, seat) if handed_in else usual(item, seat, float(told["points"]))
        if made is None:
            continue
        if made.flags == MISSING and told["kind"] == "SCORE_CODE":
            # this teacher gives half the points for work that is missing
            made = replace(made, points=told["points"] / 2)
        yield made


def _real_score(told: dict[str, Any], student: str) -> Score:
    if "isexempt" in told["flags"]:
        return Score(student=student, flags=EXCUSED)
    if told["score"] is None:
        return Score(student=student, flags=COLLECTED)
    return Score(
        student=student,
        points=float(told["score"]),
        flags=MISSING if "ismissing" in told["flags"] else (),
    )


def regraded(item: PlannedItem, seats: list[Student]) -> tuple[Score, ...]:
    """Three students whose test was looked at again."""
    sat = {score.student for score in item.scores if score.points is not None}
    again = [seat for seat in seats if seat.id in sat][:3]
    return tuple(
        Score(student=seat.id, points=min(earned(item.id, seat, item.points) + 2, item.points))
        for seat in again
    )
