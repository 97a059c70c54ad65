"""Plain JSON values to records and back, by the records' own types and strictly: nothing is coerced.

An instant may be an ISO 8601 date-time with its offset, and enum words may be small. A refusal says where, what
and how to mend it; below `scores` and the like it quotes nothing, since what stands there is a student's.
"""

import json
import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from dataclasses import Field as DataclassField
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from math import isfinite
from typing import Any, Union, get_args, get_origin, get_type_hints

#: What stands below one of these belongs to a student.
_PRIVATE = re.compile(r"(?:^|\.)(?:scores?|students|roster|patches|problems)(?:\[|\.|$)")
_LOCAL_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(Z|z|[+-]\d\d:?\d\d)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Most characters of a foreign text that a refusal quotes.
SHOWN = 40
_KINDS_OF_JSON: dict[type[Any], str] = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "a true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class BadField(Exception):
    """A value that does not fit: `path` is the field, `what` is wrong with it, `fix` mends it."""

    def __init__(self, path: str, what: str, fix: str) -> None:
        super().__init__(what)
        self.path, self.what, self.fix = path, what, fix


def read_record(kind: type[Any], document: Any, **given: Any) -> Any:
    """A record of any kind from its JSON object; the fields `given` are known and not looked for.

    BadField for the first thing that does not fit.
    """
    return _struct(kind, document, "", given)


# ---- one value, by the type the record wants ---------------------------------------------------------------------


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _struct(kind: type[Any], document: Any, path: str, given: Mapping[str, Any]) -> Any:
    if not isinstance(document, Mapping):
        raise BadField(path, f"{kind_of(document)} is not an object", f"Write {{...}} with {_names(kind)}.")
    wanted = {field.name: field for field in fields(kind) if field.name not in given}
    for name in document:
        if name not in wanted:
            raise unknown(name, path, wanted.keys())
    values = {
        name: _field(kind, field, document, path)
        for name, field in wanted.items()
        if _has(field, document, path)
    }
    return kind(**values, **given)


def _has(field: DataclassField[Any], document: Mapping[str, Any], path: str) -> bool:
    if field.name in document:
        return True
    if field.default is MISSING and field.default_factory is MISSING:
        raise BadField(_join(path, field.name), "is missing", f'Add "{field.name}".')
    return False


def _field(kind: Any, field: DataclassField[Any], document: Mapping[str, Any], path: str) -> Any:
    place = _join(path, field.name)
    value = document[field.name]
    if field.name == "due":
        return _due(value, place)
    if field.name == "occurred_at":
        return _moment(value, place)
    return _value(_hints(kind)[field.name], value, place)


def _value(hint: Any, value: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _optional(hint, value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise BadField(path, f"{kind_of(value)} is not a list", "Write [...].")
        return tuple(_value(get_args(hint)[0], one, f"{path}[{i}]") for i, one in enumerate(value))
    if origin is not None:
        if not isinstance(value, Mapping):
            raise BadField(path, f"{kind_of(value)} is not an object", "Write {...}.")
        inner = get_args(hint)[1]
        return {_text(name, path): _value(inner, one, _join(path, name)) for name, one in value.items()}
    if is_dataclass(hint):
        return _struct(hint, value, path, {})  # type: ignore[arg-type]
    return _plain(hint, value, path)


def _optional(hint: Any, value: Any, path: str) -> Any:
    if value is None:
        return None
    (wanted,) = (one for one in get_args(hint) if one is not type(None))
    try:
        return _value(wanted, value, path)
    except BadField as bad:
        if bad.path != path or not bad.fix.endswith("."):
            raise
        problem = bad
    raise BadField(path, problem.what, problem.fix.removesuffix(".") + ", or null.")


def _plain(hint: Any, value: Any, path: str) -> Any:
    if hint is str:
        return _text(value, path)
    if hint is bool:
        if not isinstance(value, bool):
            raise _wrong(path, value, "true or false", "Write true or false.")
        return value
    if hint is float:
        return _number(value, path)
    if hint is int:
        return _whole(value, path)
    if issubclass(hint, StrEnum):
        return _word(hint, value, path)
    raise TypeError(f"no JSON for {hint}")


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong(path, value, "text", "Put it in quotes.")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise BadField(path, "holds half a character (a lone surrogate)", "Write the character itself.")
    return value


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(path, value, "a number", "Write a number such as 10.")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise BadField(path, "is too large a number", "Write a number such as 10.")
    return number


def _whole(value: Any, path: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(path, value, "a whole number", "Write a whole number such as 10.")
    if not -(2**63) <= value < 2**63:
        raise BadField(path, "is too large a number", "Write a whole number below 9,223,372,036,854,775,808.")
    return value


def _word(kind: type[StrEnum], value: Any, path: str) -> StrEnum:
    words = ", ".join(kind)
    if not isinstance(value, str):
        raise _wrong(path, value, f"one of {words}", "Put it in quotes.")
    if value.upper() not in set(kind):
        near = get_close_matches(value[:SHOWN].upper(), list(kind), n=1, cutoff=0.5)
        raise _wrong(
            path, value, f"one of {words}", f"Did you mean {near[0]}?" if near else "Write one of them."
        )
    return kind(value.upper())


def _due(value: Any, path: str) -> str | int | None:
    if value is None:
        return None
    if isinstance(value, str) and _LOCAL_DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise _wrong(path, value, "a day of the calendar", "Write a day that exists, or null.") from None
    return _moment(value, path, also="a date such as 2026-11-24, ", end=", or null")


def _moment(value: Any, path: str, also: str = "", end: str = "") -> int:
    """Milliseconds since the epoch, rounded down."""
    fix = f"Write {also}a date-time with its offset such as 2026-11-24T23:59:00-05:00{end}."
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(value, path)
    if not isinstance(value, str):
        raise _wrong(path, value, "a date", fix)
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        raise _wrong(path, value, "a date", fix)
    if match[1] is None:
        raise _wrong(
            path, value, "one moment: its offset is missing", "End it with Z, or an offset such as -05:00."
        )
    try:
        return (datetime.fromisoformat(value.upper()) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise _wrong(path, value, "a moment that exists", fix) from None


# ---- what a refusal says -----------------------------------------------------------------------------------------


def _wrong(path: str, value: Any, wanted: str, fix: str) -> BadField:
    shown = (
        kind_of(value) if _PRIVATE.search(path) or not isinstance(value, str | int | float) else _shown(value)
    )
    return BadField(path, f"{shown} is not {wanted}", fix)


def unknown(name: str, path: str, known: Iterable[str]) -> BadField:
    near = get_close_matches(name[:SHOWN], list(known), n=1, cutoff=0.6)
    fix = f"Did you mean {near[0]}?" if near else f"The fields here are {', '.join(sorted(known))}."
    if _PRIVATE.search(path):  # a name somebody made up may be a student's
        return BadField(path, "there is an unknown field", fix)
    return BadField(_join(path, quoted(name)), "is an unknown field", fix)


def _shown(value: str | float) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)[:SHOWN]


def quoted(text: str) -> str:
    return json.dumps(text if len(text) <= SHOWN else text[: SHOWN - 1] + "…", ensure_ascii=True)


def kind_of(value: Any) -> str:
    return _KINDS_OF_JSON.get(type(value), "this")


def _names(kind: type[Any]) -> str:
    return ", ".join(field.name for field in fields(kind))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# ---- writing -----------------------------------------------------------------------------------------------------


def told(record: Any) -> dict[str, Any]:
    """The fields that say more than their default."""
    return {
        field.name: _json(field.name, value)
        for field in fields(record)
        if (value := getattr(record, field.name)) != _default(field)
    }


def _default(field: DataclassField[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _json(name: str, value: Any) -> Any:
    if name == "due" and isinstance(value, int):
        return instant(value)
    if isinstance(value, float):
        return _number_told(value)
    if isinstance(value, tuple):
        return [_json("", one) for one in value]
    if isinstance(value, Mapping):
        return {key: _json("", one) for key, one in value.items()}
    return told(value) if is_dataclass(value) else value


def _number_told(value: float) -> int | float | str:
    if not isfinite(value):
        return str(value)  # JSON has no such number, and null would be another thing
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def instant(milliseconds: int) -> str | int:
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:  # beyond the calendar: the number itself
        return milliseconds
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
