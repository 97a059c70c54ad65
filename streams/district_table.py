"""Reads one table of a district file key by key, noting every problem instead of stopping at the first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from streams.district_lines import Path
from streams.rules.calendar import FIRST_YEAR, LAST_YEAR, plain_date

_MISSING = object()


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """What is wrong in a district file. `line` counts from 1; 0: the file as a whole. Never repeats a secret."""

    line: int
    path: str
    what: str
    fix: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.path}{': ' if self.path else ''}{self.what}. {self.fix}"


@dataclass(slots=True)
class Report:
    """The problems so far, and where each key stands."""

    lines: dict[Path, int]
    problems: list[FileProblem] = field(default_factory=list)

    def add(self, path: Path, what: str, fix: str) -> None:
        """Note a problem of the key at that path, or of the nearest table around it that the file has."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        self.problems.append(FileProblem(self.lines.get(known, 1), told(path), what, fix))

    def line(self, path: Path) -> int:
        """The line of a key."""
        return self.lines.get(path, 1)


def told(path: Path) -> str:
    """A path as people read it: places in a list count from 1."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def near(word: str, known: Sequence[str], otherwise: str = "") -> str:
    """A fix for a word that is not known."""
    close = get_close_matches(word[:80].lower(), [one.lower() for one in known], n=1, cutoff=0.6)
    if close:
        return f"Did you mean {next(one for one in known if one.lower() == close[0])}?"
    return otherwise or (f"Known are: {', '.join(known)}." if known else "Remove it.")


class Table:
    """A table of the file. Each method reads one key; `close` reports the keys nobody read."""

    def __init__(self, values: dict[str, Any], path: Path, report: Report) -> None:
        self._values = values
        self.path = path
        self.report = report
        self._asked: list[str] = []

    def problem(self, key: str, what: str, fix: str) -> None:
        """Note a problem of a key."""
        self.report.add((*self.path, key), what, fix)

    def has(self, key: str) -> bool:
        """Whether the file states the key."""
        return key in self._values

    def text(self, key: str, *, example: str, limit: int = 400) -> str:
        """A compulsory text; empty when it is missing or no text, which is noted."""
        value = self._take(key)
        if value is _MISSING:
            self.problem(key, "is missing", f'Add {key} = "{example}".')
            return ""
        return self._text(key, value, example, limit)

    def maybe_text(self, key: str, *, example: str, limit: int = 400) -> str | None:
        """A text or None."""
        value = self._take(key)
        return None if value is _MISSING else self._text(key, value, example, limit) or None

    def _text(self, key: str, value: object, example: str, limit: int) -> str:
        if not isinstance(value, str):
            self.problem(key, "must be text", f'Put it in quotes, such as {key} = "{example}".')
        elif not value.strip():
            self.problem(key, "is empty", f'Fill it in, such as {key} = "{example}".')
        elif value != value.strip() or not value.isprintable():
            self.problem(key, "has blanks around it or characters that cannot be seen", "Type it anew.")
        elif len(value) > limit:
            self.problem(key, f"has {len(value)} characters", f"Use at most {limit}.")
        else:
            return value
        return ""

    def choice(self, key: str, known: Sequence[str], default: str | None = None) -> str | None:
        """One of the known words; None, noted, when it is another."""
        value = self._take(key)
        if value is _MISSING and default is not None:
            return default
        if value is _MISSING:
            self.problem(key, "is missing", f"Add it. Known are: {', '.join(known)}.")
        elif not isinstance(value, str):
            self.problem(key, "must be text", f'Put it in quotes, such as {key} = "{known[0]}".')
        elif value in known:
            return value
        else:
            self.problem(key, f"{_said(value)} is not known", near(value, known))
        return None

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false; a key without a default is compulsory."""
        value = self._take(key, _MISSING if default is None else default)
        if isinstance(value, bool):
            return value
        if value is _MISSING:
            self.problem(key, "is missing", f"Add {key} = true or {key} = false.")
        else:
            self.problem(
                key, "must be true or false", f"Write {key} = true or {key} = false, without quotes."
            )
        return False

    def maybe_flag(self, key: str) -> bool | None:
        """true, false or None."""
        if self.has(key):
            return self.flag(key)
        self._take(key)
        return None

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number from low to high, or the default."""
        value = self._take(key, default)
        if value is default or value is _MISSING:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.problem(key, "is out of range", f"Use a whole number from {low} to {high}, without quotes.")
        return default

    def whole_or(self, key: str, word: str, low: int, high: int) -> str | None:
        """A whole number from low to high, as text, or the word; None, noted, when it is neither."""
        value = self._take(key)
        if value == word or (type(value) is int and low <= value <= high):
            return str(value)
        self.problem(
            key, "is out of range", f'Use a whole number from {low} to {high}, without quotes, or "{word}".'
        )
        return None

    def positive(self, key: str) -> float | None:
        """A number above 0, or None."""
        value = self._take(key)
        if value is _MISSING:
            return None
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and 0 < value < 1e9
            and math.isfinite(value)
        ):
            return float(value)
        self.problem(key, "is no number above 0", f"Use a number such as {key} = 20, or leave the line out.")
        return None

    def day(self, key: str, default: date | None = None) -> date | None:
        """A date, written 2025-09-02 with or without quotes; None, noted, when it is none."""
        value = self._take(key)
        if value is _MISSING and default is not None:
            return default
        if value is _MISSING:
            self.problem(key, "is missing", f"Add {key} = 2025-09-02 (year-month-day).")
            return None
        found = value if isinstance(value, date) and not isinstance(value, datetime) else None
        if isinstance(value, str):
            found = plain_date(value)
        if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.problem(key, "is no date", f"Write it as year-month-day, such as {key} = 2025-09-02.")
            return None
        return found

    def weekdays(self, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """Weekdays 1 to 7, Monday to Sunday, in order and once each."""
        value = self._take(key)
        if value is _MISSING:
            return default
        good = isinstance(value, list) and all(type(day) is int and 1 <= day <= 7 for day in value)
        if not good or not value:
            self.problem(key, "is no list of weekdays", f"Monday is 1, Sunday 7: {key} = [1, 2, 3, 4, 5].")
            return default
        if len(set(value)) != len(value):
            self.problem(key, "names a weekday twice", f"Name each once: {key} = {sorted(set(value))}.")
        return tuple(sorted(set(value)))

    def texts(self) -> dict[str, str]:
        """All of the table, when its keys are free names and its values texts."""
        return {name: self.text(name, example="...", limit=2_000) for name in self._values}

    def table(self, key: str) -> "Table":
        """A table; empty when it is missing."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            self.problem(key, "must be a table", f"Begin it with a line [{self._head(key)}].")
            value = {}
        return Table(value, (*self.path, key), self.report)

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of a list."""
        value = self._take(key, [])
        full = self._head(key)
        if not isinstance(value, list):
            self.problem(key, "must be a list of tables", f"Begin each with a line [[{full}]].")
            return
        for place, inner in enumerate(value):
            if isinstance(inner, dict):
                yield Table(inner, (*self.path, key, place), self.report)
            else:
                self.report.add(
                    (*self.path, key, place), "must be a table", f"Begin it with a line [[{full}]]."
                )

    def close(self) -> None:
        """Report the keys that mean nothing here."""
        for key in self._values:
            if key not in self._asked:
                self.problem(key, f"{_said(key)} is no key here", near(key, self._asked))

    def _head(self, key: str) -> str:
        return ".".join(step for step in (*self.path, key) if isinstance(step, str))

    def _take(self, key: str, default: object = _MISSING) -> Any:
        self._asked.append(key)
        return self._values.get(key, default)


def _said(word: str) -> str:
    clean = "".join(char if char.isprintable() else "?" for char in word[:40])
    return f'"{clean}"' + ("…" if len(word) > 40 else "")
