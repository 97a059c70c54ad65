"""TOML text to a document, or the one thing that makes it no TOML."""

import re
import tomllib
from typing import Any

from streams.district_lines import Path, lines_of
from streams.district_table import FileProblem

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
# what tomllib says -> what to do
_FIXES = (
    ("Cannot overwrite a value", "The key is there twice: keep one."),
    ("Cannot declare", "The table is there twice: keep one, or begin each of a list with [[...]]."),
    ("Invalid date", "There is no such day: correct it (year-month-day)."),
    ("Invalid value", "Put text in quotes; write dates as 2025-09-02 and true or false in small letters."),
    ("Expected '='", "Write key = value."),
    ("Unterminated", "Close the quotes."),
    ("Illegal character", "Close the quotes on the same line."),
    ("Unclosed", "Close the bracket."),
    ("Unescaped", "Write a backslash as two, or use 'single quotes'."),
)
_SYNTAX = "Correct the line: key = value, text in quotes."


def parsed(text: str) -> tuple[dict[str, Any], dict[Path, int]] | FileProblem:
    """The document and the line of each of its keys."""
    try:
        return tomllib.loads(text), lines_of(text)
    except tomllib.TOMLDecodeError as error:
        return _told(str(error), text)
    except ValueError:
        return FileProblem(0, "", "holds a number of thousands of digits", "Remove it.")
    except RecursionError:
        return FileProblem(
            0, "", "is nested too deeply", "Write it as deploy/config/example-district.toml does."
        )


def _told(message: str, text: str) -> FileProblem:
    where = _WHERE.search(message)
    line = 0
    if where is not None:
        line = int(where[1]) if where[1] else text.count("\n") + 1
        message = message[: where.start()]
    fix = next((fix for start, fix in _FIXES if message.startswith(start)), _SYNTAX)
    return FileProblem(line, "", f"is not written as TOML: {message}", fix)
