"""Values to the plain dicts that fastavro writes and reads, and back, by cattrs."""

from collections.abc import Callable
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin

from cattrs import Converter

from schemas.gradebook import Change
from schemas.registry import NAMESPACE

T = TypeVar("T")
_CHANGES: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Change)}


def _avro() -> Converter:
    """fastavro names the branch of a union of records: `(full name, fields)`."""
    converter = Converter(detailed_validation=False)
    _due_as_told(converter)
    _name_branches(converter)

    def to_branch(change: Any) -> tuple[str, dict[str, Any]]:
        name = type(change).__name__
        return f"{NAMESPACE}.{name}", converter.unstructure(change, type(change))

    def from_branch(branch: tuple[str, dict[str, Any]], _: object) -> Any:
        name, fields = branch
        return converter.structure(fields, _CHANGES[name.rpartition(".")[2]])

    converter.register_unstructure_hook(Change, to_branch)
    converter.register_structure_hook(Change, from_branch)
    return converter


def _name_branches(converter: Converter) -> None:
    """Say which branch an optional list or record is, so that fastavro need not try the value against each: on an
    item with 25 scores that costs five times what writing it does.
    """

    def hook(optional: Any) -> Callable[[Any], Any]:
        (kind,) = (branch for branch in get_args(optional) if branch is not type(None))
        name = "array" if get_origin(kind) is tuple else f"{NAMESPACE}.{kind.__name__}"
        inner = converter.get_unstructure_hook(kind)
        return lambda value: None if value is None else (name, inner(value))

    converter.register_unstructure_hook_factory(_is_optional_list_or_record, hook)


def _is_optional_list_or_record(kind: Any) -> bool:
    branches = get_args(kind)
    if get_origin(kind) is not UnionType or len(branches) != 2 or type(None) not in branches:
        return False
    (inner,) = (branch for branch in branches if branch is not type(None))
    return get_origin(inner) is tuple or is_dataclass(inner)


def _due_as_told(converter: Converter) -> None:
    # a due date is text, a number or nothing, and must not be coerced from one to another
    def structure(value: Any, _: object) -> Any:
        if value is None or isinstance(value, str) or type(value) is int:
            return value
        raise TypeError("due: a date YYYY-MM-DD, an instant in milliseconds, or null")

    converter.register_structure_hook(str | int | None, structure)


AVRO = _avro()


def to_avro(record: Any) -> dict[str, Any]:
    """A record as the dict fastavro writes."""
    fields: dict[str, Any] = AVRO.unstructure(record)
    return fields


def from_avro(kind: type[T], fields: dict[str, Any]) -> T:
    """A record from the dict fastavro reads."""
    return AVRO.structure(fields, kind)
