"""Checks of fields in bodies; types are [I], since the reference gives names only."""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime

from tests.simulators.skyward.qmlativ.rows import GenericError
from tests.simulators.world import Json

Check = Callable[[str, object], object]


def refuse(field: str, why: str) -> GenericError:
    """The refusal of a body because of one field."""
    return GenericError(400, f"{field}: {why}")


def text(field: str, value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise refuse(field, "must be a string")
    return value


def whole(field: str, value: object) -> int:
    """An id."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(field, "must be a whole number")
    return value


def number(field: str, value: object) -> float:
    """A decimal."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refuse(field, "must be a number")
    return value


def truth(field: str, value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise refuse(field, "must be true or false")
    return value


def day(field: str, value: object) -> str:
    """An ISO date, or a date-time of which the day counts as it is written."""
    given = text(field, value)
    try:
        datetime.fromisoformat(given)
        return date.fromisoformat(given[:10]).isoformat()
    except ValueError:
        raise refuse(field, "must be an ISO date") from None


def moment(field: str, value: object) -> str:
    """An ISO date-time, kept as it is written."""
    given = text(field, value)
    try:
        datetime.fromisoformat(given)
    except ValueError:
        raise refuse(field, "must be an ISO date-time") from None
    return given


def checked(given: Json, checks: Mapping[str, Check], required: tuple[str, ...]) -> Json:
    """Known fields of the right types; null is allowed where a field is not required."""
    kept: Json = {}
    for field, value in given.items():
        if field not in checks:
            raise refuse(field, "cannot be written")
        if value is None and field in required:
            raise refuse(field, "is required")
        kept[field] = None if value is None else checks[field](field, value)
    return kept


def demanded(given: Json, required: tuple[str, ...]) -> None:
    """All required fields are there."""
    for field in required:
        if given.get(field) is None:
            raise refuse(field, "is required")
