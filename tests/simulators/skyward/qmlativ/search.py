"""The search body [D3:RQ]: conditions, nested groups, order.

::

    {"SearchCondition": {"SearchConditionGroup": {"ConditionGroupType": "And",
        "Conditions": [{"FieldName": "SectionID", "ConditionType": "Equal", "Value": 1001}]}},
     "SearchSort": [{"FieldName": "ModifiedTime", "Descending": true}]}

The reference names the parts of a condition, not all of its keys, so near spellings are taken, and a condition
may stand alone under a key that names its type (``{"IntCondition": {...}}``) [I].
"""

import operator
from collections.abc import Callable

from tests.simulators.skyward.qmlativ.rows import GenericError, Row
from tests.simulators.world import Json

Test = Callable[[Json], bool]

_FIELD = ("FieldName", "Field")
_TYPE = ("ConditionType", "Type")
_VALUE = ("Value", "Values", "ValueList", "List")
_DESCENDING = ("Descending", "IsDescending", "SortDescending")
_COMPARE: dict[str, Callable[..., bool]] = {
    "less": operator.lt,
    "lessequal": operator.le,
    "greater": operator.gt,
    "greaterequal": operator.ge,
}


def found(rows: list[Row], body: Json) -> list[Row]:
    """The rows that meet the conditions, in the order asked for."""
    condition = body.get("SearchCondition")
    if condition is not None:
        test = _test(condition)
        rows = [row for row in rows if test(row.fields)]
    order = body.get("SearchSort") or []
    if not isinstance(order, list):
        raise GenericError(400, "SearchSort must be an array")
    for one in reversed(order):
        field = str(_pick(_object(one), _FIELD))
        rows = sorted(
            rows,
            key=lambda row: _rank(_read(row.fields, field)),
            reverse=_pick(_object(one), _DESCENDING, default=False) is True,
        )
    return rows


def _test(given: object) -> Test:
    node = _object(given)
    if len(node) == 1 and isinstance(next(iter(node.values())), dict):
        return _test(next(iter(node.values())))
    if "Conditions" in node:
        return _group(node)
    field, kind = str(_pick(node, _FIELD)), str(_pick(node, _TYPE, default="Equal"))
    wanted = _pick(node, _VALUE, default=None)
    return lambda fields: _meets(_read(fields, field), _spelt(kind), wanted)


def _group(node: Json) -> Test:
    listed = node["Conditions"]
    if not isinstance(listed, list):
        raise GenericError(400, "Conditions must be an array")
    tests = [_test(one) for one in listed]
    kind = str(node.get("ConditionGroupType", "And")).casefold()
    if kind not in ("and", "or"):
        raise GenericError(400, "ConditionGroupType must be And or Or")
    together = all if kind == "and" else any
    return lambda fields: not tests or together(test(fields) for test in tests)


def _spelt(kind: str) -> str:
    # LessThanOrEqualTo, LessThanOrEqual and LessOrEqual are one.
    for filler in ("Than", "Or", "To"):
        kind = kind.replace(filler, "")
    return kind.casefold()


def _meets(value: object, kind: str, wanted: object) -> bool:
    options = wanted if isinstance(wanted, list) else [wanted]
    if kind in ("equal", "in"):
        return any(_same(value, one) for one in options)
    if kind in ("notequal", "notin"):
        return not any(_same(value, one) for one in options)
    if kind in ("like", "contains"):
        text = str("" if value is None else value).casefold()
        return any(str(one).strip("%").casefold() in text for one in options)
    if kind not in _COMPARE:
        raise GenericError(400, f"ConditionType {kind} is not known")
    if value is None or wanted is None:
        return False
    return _COMPARE[kind](*_alike(value, wanted))


def _same(value: object, wanted: object) -> bool:
    if value is None or wanted is None:
        return value is wanted
    first, second = _alike(value, wanted)
    return first == second


def _alike(value: object, wanted: object) -> tuple[object, object]:
    if isinstance(value, bool):
        return str(value).casefold(), str(wanted).casefold()
    if isinstance(value, int | float):
        try:
            return float(value), float(str(wanted))
        except ValueError:
            raise GenericError(400, f"{wanted!r} is not a number") from None
    text, other = str(value), str(wanted)
    # A plain date is compared with a date-time by the day.
    return (text[: len(other)], other) if len(other) == len("2026-11-10") and "T" in text else (text, other)


def _rank(value: object) -> tuple[bool, float, str]:
    if isinstance(value, int | float):
        return False, float(value), ""
    return value is None, 0.0, str(value or "")


def _read(fields: Json, field: str) -> object:
    if field not in fields:
        raise GenericError(400, f"{field} is not a field")
    return fields[field]


def _pick(node: Json, names: tuple[str, ...], **default: object) -> object:
    for name in names:
        if name in node:
            return node[name]
    if "default" not in default:
        raise GenericError(400, f"a condition needs {names[0]}")
    return default["default"]


def _object(given: object) -> Json:
    if not isinstance(given, dict):
        raise GenericError(400, "a condition must be an object")
    return given
