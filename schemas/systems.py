"""The five systems as data: names, limits, and the marks each can hold. Read from systems.toml and nowhere else.

`python -m schemas.systems > docs/flags.md` writes the table for people.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from schemas.gradebook import Sis

_CALLS = ("concurrency", "peak_hours", "peak_concurrency")
_FILE = Path(__file__).with_name("systems.toml")
#: What a gradebook can say beside a number, in the order people read it.
MARKS = (
    "excused", "missing", "late", "incomplete", "collected", "absent",
    "extra_credit", "cleared", "comment", "letter",
)  # fmt: skip


class Holding(StrEnum):
    """NATIVE: a place for exactly this. MAPPED: another form, same meaning. LOST: left out."""

    NATIVE = "native"
    MAPPED = "mapped"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class System:
    """One SIS through one of its doors.

    `concurrency`: calls at once it takes at most; `peak_hours`, "07:00-16:00" on school days, when it takes
    `peak_concurrency`; None where nothing asks for a limit.

    `long` and `short` are its names in a teacher's texts, `product` the vendor's spelling. `title_max` counts
    Unicode code points. `sources` says per value where it comes from.
    """

    sis: Sis
    product: str
    long: str
    short: str
    door: str
    auth: tuple[str, ...]
    title_max: int
    points_max: float | None
    whole_points: bool
    due_required: bool
    concurrency: int | None
    peak_hours: str | None
    peak_concurrency: int | None
    marks: Mapping[str, Holding]
    sources: Mapping[str, str]
    notes: Mapping[str, str]
    mapped_when: Mapping[str, str]

    def lost(self, options: Mapping[str, str]) -> frozenset[str]:
        """The marks a district with these `sis.options` loses."""
        return frozenset(
            mark
            for mark, holding in self.marks.items()
            if holding is Holding.LOST and not _says(options, self.mapped_when.get(mark))
        )


@cache
def system(sis: Sis, door: str | None = None) -> System:
    """The system, through that door or the one used when a district names none. KeyError: no such door."""
    row = _rows()[sis]
    if door is None or door == row["door"]:
        return _system(row, row["door"], row["marks"])
    for other in row.get("other_door", ()):
        if other["name"] == door:
            return _system(row, door, row["marks"] | other["marks"])
    raise KeyError(door)


@cache
def doors(sis: Sis) -> tuple[str, ...]:
    """The system's doors, the one used by default first."""
    row = _rows()[sis]
    return (row["door"], *(other["name"] for other in row.get("other_door", ())))


@cache
def _rows() -> dict[Sis, dict[str, Any]]:
    return {Sis(row["sis"]): row for row in tomllib.loads(_FILE.read_text())["system"]}


def _system(row: dict[str, Any], door: str, marks: dict[str, Any]) -> System:
    facts = {key: fact for key, fact in row.items() if isinstance(fact, dict) and "by" in fact}
    said = facts | {f"marks.{mark}": marks[mark] for mark in MARKS}
    return System(
        sis=Sis(row["sis"]),
        product=row["product"],
        long=row["long"],
        short=row["short"],
        door=door,
        auth=tuple(facts["auth"]["is"]),
        title_max=facts["title_max"]["is"],
        points_max=facts["points_max"].get("is"),
        whole_points=facts["whole_points"]["is"],
        due_required=facts["due_required"]["is"],
        **{name: facts[name]["is"] if name in facts else None for name in _CALLS},
        marks=MappingProxyType({mark: Holding(marks[mark]["is"]) for mark in MARKS}),
        sources=MappingProxyType({key: fact["by"] for key, fact in said.items()}),
        notes=MappingProxyType({key: fact["note"] for key, fact in said.items() if "note" in fact}),
        mapped_when=MappingProxyType(
            {mark: marks[mark]["mapped_when"] for mark in MARKS if "mapped_when" in marks[mark]}
        ),
    )


def _says(options: Mapping[str, str], wanted: str | None) -> bool:
    if wanted is None:
        return False
    name, _, value = wanted.partition("=")
    return options.get(name) == value


_HEAD = """# What each system holds

Written by `python -m schemas.systems` from schemas/systems.toml; change that file, not this one.

native: the system has a place for exactly this. mapped: it arrives in another form with the same meaning.
**lost**: the system cannot hold it. The item is synced without it, and the review says so before the click.
A cleared score, a missing score and a score of 0 are three things; none ever becomes another.

In brackets the source: D documented by the owner or the standard, D3 by a third party only, I inferred.
A district may override the limits in its own file (`[limits]`; the hours in `[policies]`), and name its door
(`sis.options.door`).
"""
_DOORS = "What differs from the door above, which is used when a district names none."


def flags_page() -> str:
    """The text of docs/flags.md."""
    defaults = [system(sis) for sis in Sis]
    lines = [_HEAD, "## Marks", "", *_marks(defaults), ""]
    lines += ["## Limits", "", *_limits(defaults), ""]
    lines += ["## Other doors", "", _DOORS, "", *_other_doors(), ""]
    lines += ["## Notes", "", *_notes(defaults)]
    return "\n".join(lines) + "\n"


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _cell(one: System, mark: str) -> str:
    holding = one.marks[mark]
    word = f"**{holding}**" if holding is Holding.LOST else str(holding)
    if mark in one.mapped_when:
        word += f" (mapped with `{one.mapped_when[mark]}`)"
    return f"{word} [{one.sources[f'marks.{mark}']}]"


def _marks(systems: list[System]) -> Iterator[str]:
    rows = [[mark.replace("_", " "), *(_cell(one, mark) for one in systems)] for mark in MARKS]
    return _table(["", *(f"{one.product} ({one.door})" for one in systems)], rows)


def _limits(systems: list[System]) -> Iterator[str]:
    names = {
        "title_max": "longest title, code points",
        "points_max": "most points",
        "whole_points": "whole points only",
        "due_required": "due date required",
        "concurrency": "most calls at once",
        "peak_hours": "hours with fewer, on school days",
        "peak_concurrency": "calls at once in them",
    }
    rows = [
        [title, *(f"{_plain(getattr(one, name))} [{one.sources.get(name, 'I')}]" for one in systems)]
        for name, title in names.items()
    ]
    return _table(["", *(one.product for one in systems)], rows)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _other_doors() -> Iterator[str]:
    rows = []
    for sis in Sis:
        first = system(sis)
        for name in doors(sis)[1:]:
            other = system(sis, name)
            changed = [mark for mark in MARKS if other.marks[mark] is not first.marks[mark]]
            rows.append([first.product, name, ", ".join(f"{mark} {_cell(other, mark)}" for mark in changed)])
    return _table(["System", "Door", "Differs"], rows)


def _notes(systems: list[System]) -> Iterator[str]:
    rows = [
        [one.product, key.removeprefix("marks.").replace("_", " "), note]
        for one in systems
        for key, note in one.notes.items()
    ]
    return _table(["System", "Value", "Note"], rows)


if __name__ == "__main__":
    sys.stdout.write(flags_page())
