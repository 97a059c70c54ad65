"""The error catalog: what happened, what to do, who can fix it. Read from catalog.toml and from nowhere else.

`python -m schemas.catalog > docs/errors.md` writes the table for people.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from schemas.gradebook import Sis
from schemas.systems import system

_FILE = Path(__file__).with_name("catalog.toml")
#: The entry behind every code the catalog does not have.
UNKNOWN = "UNKNOWN"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SHOWN = 200
#: Names every text may use without a parameter.
_NAMES = frozenset({"sis", "sis_short"})
#: Placeholder -> the parameter that holds a system as code writes it.
_SYSTEMS = {"section_sis": "sis", "district_sis": "district_sis"}
_NO_SYSTEM = "the SIS"
#: "the {sis} system" and "your {sis} gradebook" have their article already.
_ARTICLE = re.compile(r"\b(the|The|your|Your) \{sis(?:_short)?\}(?: system)?")


class FixedBy(StrEnum):
    """Who can mend it; WAIT: nobody needs to."""

    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"
    WAIT = "wait"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An error in words a teacher reads, no part of which is a student's data."""

    code: str
    message: str
    solution: str
    fixed_by: FixedBy
    retried: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """A sentence for the message or the solution, said when its parameters are there."""

    to: str
    text: str
    when: Mapping[str, str]

    def said(self, params: Mapping[str, str]) -> bool:
        """Whether everything it speaks of is known and is what it speaks of."""
        fits = all(params.get(name) == value for name, value in self.when.items())
        return fits and _named(self.text) <= params.keys()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of catalog.toml: texts are templates. `message_alone` stands in when a parameter is missing."""

    code: str
    stage: str
    message: str
    message_alone: str
    solution: str
    fixed_by: FixedBy
    retried: bool
    details: tuple[Detail, ...]


def explain(code: str, params: Mapping[str, str], sis: Sis | None) -> Explanation:
    """The words for a code, in the language of the section's system.

    Never raises: an unknown code is explained in general words, a missing parameter leaves its sentence out.
    """
    entry = catalog().get(code) or catalog()[UNKNOWN]
    known = _known(params, sis)
    message = entry.message if _named(entry.message) <= known.keys() else entry.message_alone
    return Explanation(
        code=code if _CODE.fullmatch(code) else UNKNOWN,
        message=_text(entry, "message", message, known),
        solution=_text(entry, "solution", entry.solution, known),
        fixed_by=entry.fixed_by,
        retried=entry.retried,
    )


@cache
def catalog() -> Mapping[str, Entry]:
    """Code -> entry, in the order of the file. ValueError for a code given twice or a text that needs too much."""
    entries: dict[str, Entry] = {}
    for row in tomllib.loads(_FILE.read_text())["error"]:
        entry = _entry(row)
        if entry.code in entries:
            raise ValueError(f"catalog.toml: {entry.code} is given twice")
        if not _named(entry.message_alone) | _named(entry.solution) <= _NAMES:
            raise ValueError(f"catalog.toml: {entry.code} has no text for when a parameter is missing")
        entries[entry.code] = entry
    return MappingProxyType(entries)


def _entry(row: Mapping[str, Any]) -> Entry:
    fields = {name: row[name] for name in ("code", "stage", "message", "solution", "retried")}
    details = tuple(Detail(one["to"], one["text"], one.get("when", {})) for one in row.get("detail", ()))
    alone = row.get("message_alone", row["message"])
    return Entry(**fields, message_alone=alone, fixed_by=FixedBy(row["fixed_by"]), details=details)


@cache
def _named(template: str) -> frozenset[str]:
    """The parameters a template speaks of."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def _known(params: Mapping[str, str], sis: Sis | None) -> dict[str, str]:
    """Everything a text may speak of, each as one short readable line."""
    known = {name: _readable(str(value)) for name, value in params.items() if name not in _SYSTEMS.values()}
    for placeholder, name in _SYSTEMS.items():
        if params.get(name) in set(Sis):
            known[placeholder] = system(Sis(params[name])).long
    names = None if sis is None else system(sis)
    known["sis"] = _NO_SYSTEM if names is None else names.long
    known["sis_short"] = _NO_SYSTEM if names is None else names.short
    return known


def _readable(value: str) -> str:
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value[:_SHOWN])
    return clean if len(value) <= _SHOWN else clean[:-1] + "…"


def _text(entry: Entry, part: str, first: str, known: Mapping[str, str]) -> str:
    sentences = [first, *(one.text for one in entry.details if one.to == part and one.said(known))]
    template = " ".join(sentences)
    if known["sis"] == _NO_SYSTEM:
        template = _ARTICLE.sub(r"\1 SIS", template)
    return template.format_map(known)


_HEAD = """# Errors

Written by `python -m schemas.catalog` from schemas/catalog.toml; change that file, not this one.

Words in braces are filled in: `{sis}` and `{sis_short}` with the names of the section's system, the others with
what the result carries in `params`. A sentence in brackets is said only when everything it speaks of is known.
The texts of stage "dead letter" are for the operator; all others are what a teacher reads.
"""


def errors_page() -> str:
    """The text of docs/errors.md."""
    return "\n".join([_HEAD, *_table()]) + "\n"


def _table() -> Iterator[str]:
    yield "| Code | Stage | Message | Solution | Fixed by | Retried |"
    yield "|---|---|---|---|---|---|"
    for entry in catalog().values():
        cells = (
            f"`{entry.code}`",
            entry.stage,
            _shown(entry, "message", entry.message),
            _shown(entry, "solution", entry.solution),
            entry.fixed_by,
            "yes" if entry.retried else "no",
        )
        yield "| " + " | ".join(cells) + " |"


def _shown(entry: Entry, part: str, first: str) -> str:
    optional = (f"[{one.text}]" for one in entry.details if one.to == part)
    return " ".join([first, *optional]).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(errors_page())
