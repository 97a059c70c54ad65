"""Checks of fields in bodies, beside the shared ones; types are [I], since the reference gives names only."""

from collections.abc import Mapping
from datetime import date, datetime

from tests.simulators.checks import Check, FieldError, text
from tests.simulators.world import Json


def day(field: str, value: object) -> str:
    """An ISO date, or a date-time of which the day counts as it is written."""
    given = str(text()(field, value))
    try:
        datetime.fromisoformat(given)
        return date.fromisoformat(given[:10]).isoformat()
    except ValueError:
        raise FieldError(field, "must be an ISO date") from None


def moment(field: str, value: object) -> str:
    """An ISO date-time, kept as it is written."""
    given = str(text()(field, value))
    try:
        datetime.fromisoformat(given)
    except ValueError:
        raise FieldError(field, "must be an ISO date-time") from None
    return given


def written(given: Json, checks: Mapping[str, Check], required: tuple[str, ...]) -> Json:
    """Known fields of the right types; null is allowed where a field is not required."""
    kept: Json = {}
    for field, value in given.items():
        if field not in checks:
            raise FieldError(field, "cannot be written")
        if value is None and field in required:
            raise FieldError(field, "is required")
        kept[field] = None if value is None else checks[field](field, value)
    return kept


def created(given: Json, checks: Mapping[str, Check], required: tuple[str, ...]) -> Json:
    """The same for a new object, which has all required fields."""
    for field in required:
        if field not in given:
            raise FieldError(field, "is required")
    return written(given, checks, required)
