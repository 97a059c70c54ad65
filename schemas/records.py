"""Values to plain dicts and back, by cattrs, in the two forms used: Avro's and the publisher's JSON lines."""

from typing import Any, TypeVar, get_args

from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from schemas.gradebook import Change, GradebookChange
from schemas.registry import NAMESPACE

T = TypeVar("T")
_CHANGES: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Change)}


def _avro() -> Converter:
    """fastavro names the branch of a union of records: `(full name, fields)`."""
    converter = Converter(detailed_validation=False)
    _due_as_told(converter)

    def to_branch(change: Any) -> tuple[str, dict[str, Any]]:
        name = type(change).__name__
        return f"{NAMESPACE}.{name}", converter.unstructure(change, type(change))

    def from_branch(branch: tuple[str, dict[str, Any]], _: object) -> Any:
        name, fields = branch
        return converter.structure(fields, _CHANGES[name.rpartition(".")[2]])

    converter.register_unstructure_hook(Change, to_branch)
    converter.register_structure_hook(Change, from_branch)
    return converter


def _json() -> Converter:
    """A publisher writes `{"type": "ItemDeleted", "item": "7"}`; unknown keys are refused, not ignored."""
    converter = Converter(forbid_extra_keys=True)
    _due_as_told(converter)
    configure_tagged_union(Change, converter, tag_name="type")
    return converter


def _due_as_told(converter: Converter) -> None:
    # a due date is text, a number or nothing, and must not be coerced from one to another
    def structure(value: Any, _: object) -> Any:
        if value is None or isinstance(value, str) or type(value) is int:
            return value
        raise TypeError("due: a date YYYY-MM-DD, an instant in milliseconds, or null")

    converter.register_structure_hook(str | int | None, structure)


AVRO = _avro()
JSON = _json()


def to_avro(record: Any) -> dict[str, Any]:
    """A record as the dict fastavro writes."""
    fields: dict[str, Any] = AVRO.unstructure(record)
    return fields


def from_avro(kind: type[T], fields: dict[str, Any]) -> T:
    """A record from the dict fastavro reads."""
    return AVRO.structure(fields, kind)


__all__ = ["AVRO", "JSON", "GradebookChange", "from_avro", "to_avro"]
