"""Checks of single values in request bodies: strict on type and form, each naming the field it refuses.

Tolerances, each for a named real client: a reference may lack ``href`` and ``type``, and ``scoreDate`` may
come as a date-time (Google Classroom and others, sis-apis 6.6 and issue 5). Date-times are kept in UTC with
milliseconds, whatever offset they came in [I].
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NoReturn

from tests.simulators.oneroster.errors import RefusalError

Check = Callable[[str, object], object]

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SCORE_STATUSES = {"exempt", "fully graded", "not submitted", "partially graded", "submitted"}
_EXTENSION = re.compile(r"ext:[a-zA-Z0-9.\-_]+")
_OBJECTIVE_SOURCE = re.compile(r"case|unknown|/(?!case$)(?!unknown$)[a-z0-9]+")


def refuse(field: str, why: str, status: int = 400) -> NoReturn:
    """Refuse a body because of one field."""
    raise RefusalError(status, f"{field}: {why}")


def text(field: str, value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        refuse(field, "must be a string")
    return value


def identifier(field: str, value: object) -> str:
    """A string that is not empty."""
    if not text(field, value):
        refuse(field, "must not be empty")
    return str(value)


def number(field: str, value: object) -> float:
    """A finite JSON number."""
    return _finite(field, value, 400)


def score(field: str, value: object) -> float:
    """A finite JSON number; anything else is well-formed JSON with the wrong meaning, hence 422."""
    return _finite(field, value, 422)


def flag(field: str, value: object) -> str:
    """The strings true and false, not the JSON words [D:LONG]."""
    if value not in ("true", "false") or not isinstance(value, str):
        refuse(field, 'must be the string "true" or "false"')
    return value


def status(field: str, value: object) -> str:
    """``active``; deletion has its own verb, so ``tobedeleted`` is refused [I]."""
    if value == "tobedeleted":
        refuse(field, "use DELETE", 422)
    if value != "active":
        refuse(field, "must be active or tobedeleted")
    return "active"


def score_status(field: str, value: object) -> str:
    """The vocabulary of OneRoster 1.2 with its ``ext:`` extensions [D:LONG]."""
    known = text(field, value)
    if known not in _SCORE_STATUSES and not _EXTENSION.fullmatch(known):
        refuse(field, f"{known!r} is not in the vocabulary")
    return known


def score_status_1p1(field: str, value: object) -> str:
    """The vocabulary of OneRoster 1.1, which cannot be extended [D:LONG]."""
    known = text(field, value)
    if known not in _SCORE_STATUSES:
        refuse(field, f"{known!r} is not in the vocabulary")
    return known


def date_time(field: str, value: object) -> str:
    """An ISO 8601 date-time with offset, as UTC with milliseconds."""
    given = text(field, value)
    if not _DATE_TIME.fullmatch(given):
        refuse(field, "must be a date-time with offset")
    try:
        moment = datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):
        refuse(field, "is not a real date-time")
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def day(field: str, value: object) -> str:
    """A date; of a date-time the date part as it was written [I]."""
    given = text(field, value)
    if _DATE_TIME.fullmatch(given):
        given = given[:10]
    if not _DATE.fullmatch(given):
        refuse(field, "must be a date")
    try:
        date.fromisoformat(given)
    except ValueError:
        refuse(field, "is not a real date")
    return given


def free_object(field: str, value: object) -> dict[str, object]:
    """An object of the caller's own making."""
    if not isinstance(value, dict):
        refuse(field, "must be an object")
    return value


def reference(kind: str) -> Check:
    """An object with sourcedId, and href and type where they are given; its id is kept."""

    def check(field: str, value: object) -> str:
        given = free_object(field, value)
        for key in given.keys() - {"href", "sourcedId", "type"}:
            refuse(f"{field}.{key}", "is not a known field")
        if "href" in given:
            identifier(f"{field}.href", given["href"])
        if given.get("type", kind) != kind:
            refuse(f"{field}.type", f"must be {kind}")
        if "sourcedId" not in given:
            refuse(f"{field}.sourcedId", "is missing")
        return identifier(f"{field}.sourcedId", given["sourcedId"])

    return check


def objectives(inner: str) -> Check:
    """A learningObjectiveSet; ``inner`` is the key of its list (ids for a line item, results for a result)."""

    def check(field: str, value: object) -> list[object]:
        if not isinstance(value, list):
            refuse(field, "must be an array")
        for entry in value:
            _objective(field, inner, free_object(field, entry))
        return value

    return check


def _objective(field: str, inner: str, entry: dict[str, object]) -> None:
    for key in entry.keys() - {"source", inner}:
        refuse(f"{field}.{key}", "is not a known field")
    if not _OBJECTIVE_SOURCE.fullmatch(text(f"{field}.source", entry.get("source"))):
        refuse(f"{field}.source", "is not in the vocabulary")
    listed = entry.get(inner)
    if not isinstance(listed, list) or not listed:
        refuse(f"{field}.{inner}", "must be an array with at least one entry")
    if inner == "learningObjectiveIds":
        for objective in listed:
            identifier(f"{field}.{inner}", objective)
        return
    for objective in listed:
        _objective_result(f"{field}.{inner}", free_object(f"{field}.{inner}", objective))


def _objective_result(field: str, given: dict[str, object]) -> None:
    for key in given.keys() - {"learningObjectiveId", "score", "textScore"}:
        refuse(f"{field}.{key}", "is not a known field")
    identifier(f"{field}.learningObjectiveId", given.get("learningObjectiveId"))
    if "score" in given:
        score(f"{field}.score", given["score"])
    if "textScore" in given:
        text(f"{field}.textScore", given["textScore"])


def _finite(field: str, value: object, wrong: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        refuse(field, "must be a number", wrong)
    return value
