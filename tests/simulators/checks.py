"""Checks of single values in request bodies, for the systems with an API of their own.

Each takes the field's name and the value, and gives the value as it is kept, or FieldError.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date

from tests.simulators.world import Json

Check = Callable[[str, object], object]


class FieldError(Exception):
    """A field is not accepted; ``malformed`` is true where its type is already wrong."""

    def __init__(self, field: str, why: str, *, malformed: bool = False) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why
        self.malformed = malformed


def text(longest: int | None = None) -> Check:
    """A string of at most so many characters."""

    def check(field: str, value: object) -> str:
        if not isinstance(value, str):
            raise FieldError(field, "must be a string", malformed=True)
        if longest is not None and len(value) > longest:
            raise FieldError(field, f"must not be longer than {longest} characters")
        return value

    return check


def one_of(*words: str) -> Check:
    """One of some words."""

    def check(field: str, value: object) -> str:
        if text()(field, value) not in words:
            raise FieldError(field, f"must be one of {', '.join(words)}")
        return str(value)

    return check


def number(field: str, value: object) -> float:
    """A finite JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FieldError(field, "must be a number", malformed=True)
    return value


def whole(field: str, value: object) -> int:
    """A JSON integer."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise FieldError(field, "must be a whole number", malformed=True)
    return value


def truth(field: str, value: object) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise FieldError(field, "must be true or false", malformed=True)
    return value


def day(field: str, value: object) -> str:
    """A date, ``YYYY-MM-DD``."""
    given = str(text()(field, value))
    try:
        found = date.fromisoformat(given)
    except ValueError as error:
        raise FieldError(field, "must be a date as YYYY-MM-DD", malformed=True) from error
    if str(found) != given:
        raise FieldError(field, "must be a date as YYYY-MM-DD", malformed=True)
    return given


def or_null(check: Check) -> Check:
    """The same, or null."""
    return lambda field, value: None if value is None else check(field, value)


def ignored(_field: str, _value: object) -> None:
    """A field that may be sent and says nothing, such as one of the read shape."""


def rows(field: str, value: object) -> list[object]:
    """A JSON array."""
    if not isinstance(value, list):
        raise FieldError(field, "must be an array", malformed=True)
    return value


def fields(where: str, given: object, checks: Mapping[str, Check], required: tuple[str, ...] = ()) -> Json:
    """The checked fields of an object; one that is not known is refused."""
    if not isinstance(given, dict):
        raise FieldError(where, "must be an object", malformed=True)
    kept: Json = {}
    for key, value in given.items():
        check = checks.get(key)
        if check is None:
            raise FieldError(str(key), "is not a known field", malformed=True)
        kept[key] = check(key, value)
    for key in required:
        if key not in kept:
            raise FieldError(key, "is missing")
    return kept
