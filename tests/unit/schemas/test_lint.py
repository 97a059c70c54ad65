"""A schema that could be turned against its reader is refused before a record is read with it."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader

from schemas.lint import MAX_DEPTH, MAX_FIELDS, UnsafeSchema, refuse_unsafe
from schemas.registry import FileSchemas, current_schema

LINKED_LIST = {
    "type": "record",
    "name": "Node",
    "fields": [{"name": "next", "type": ["null", "Node"]}],
}
NOTHINGS = {"type": "array", "items": "null"}
EMPTY = {"type": "record", "name": "Empty", "fields": []}


def record(name: str, *types: Any) -> dict[str, Any]:
    """A record with a field of each type."""
    fields = [{"name": f"f{i}", "type": one} for i, one in enumerate(types)]
    return {"type": "record", "name": name, "fields": fields}


def nested(depth: int) -> Any:
    """A list of lists."""
    return {"type": "array", "items": nested(depth - 1)} if depth else "string"


UNSAFE = {
    "a linked list, read 20,000 deep: fastavro ends the process": (LINKED_LIST, "contains itself"),
    "a list of nulls, of which five bytes claim a hundred million": (NOTHINGS, "take no bytes"),
    "a tree": (record("Tree", {"type": "array", "items": "Tree"}), "contains itself"),
    "a map of itself": (record("Map", {"type": "map", "values": ["null", "Map"]}), "contains itself"),
    "two records that contain each other": (record("A", record("B", ["null", "A"])), "A contains itself"),
    "a record that contains itself under its full name": (
        record("A", ["null", "org.x.A"]) | {"namespace": "org.x"},
        "contains itself",
    ),
    "a list of empty records": ({"type": "array", "items": EMPTY}, "take no bytes"),
    "a list of empty records by name": (
        record("A", EMPTY, {"type": "array", "items": "Empty"}),
        "take no bytes",
    ),
    "a list of records of nulls": ({"type": "array", "items": record("N", "null", EMPTY)}, "take no bytes"),
    "a map of nulls": ({"type": "map", "values": "null"}, "take no bytes"),
    "a list of nulls in disguise": (
        {"type": "array", "items": {"type": {"type": "null"}}},
        "take no bytes",
    ),
    "fixed of no size": (
        {"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}},
        "not one we read",
    ),
    "bytes, which avro takes for text": (record("A", "bytes"), "not one we read"),
    "a logical type": (record("A", {"type": "long", "logicalType": "timestamp-millis"}), "logical type"),
    "too many fields": (record("A", *["string"] * (MAX_FIELDS + 1)), "at most 64"),
    "fields multiplied by repetition": (
        record("A", record("B", *["string"] * 60), *["B"] * 9),
        "fields in all",
    ),
    "too deep": (nested(MAX_DEPTH), "nested deeper"),
    "a type nobody defined": (record("A", "Missing"), "not one we read"),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_schemas_are_refused(name: str) -> None:
    schema, why = UNSAFE[name]
    with pytest.raises(UnsafeSchema, match=why):
        refuse_unsafe(schema)


def test_the_place_is_named() -> None:
    with pytest.raises(UnsafeSchema) as refused:
        refuse_unsafe(record("A", "string", {"type": "array", "items": ["null", LINKED_LIST]}))
    assert refused.value.path == "schema.f1.items[1].next[1]"


@pytest.mark.parametrize(
    "schema",
    [
        record("A", "string", {"type": "array", "items": ["null", "string"]}),
        record("A", record("B", "long"), ["null", "B"], {"type": "map", "values": "B"}),
        record("A", *["string"] * MAX_FIELDS),
        nested(MAX_DEPTH - 1),
        EMPTY,
    ],
)
def test_safe_schemas_pass(schema: Any) -> None:
    refuse_unsafe(schema)


@pytest.mark.parametrize("name", FileSchemas().ids)
def test_our_own_schemas_pass(name: str) -> None:
    files = FileSchemas()
    refuse_unsafe(current_schema(name))
    for version in range(1, len(files.ids[name]) + 1):
        refuse_unsafe(files.released(name, version))


@pytest.mark.parametrize("schema", [LINKED_LIST, NOTHINGS])
def test_the_files_are_linted_when_they_are_loaded(
    schema: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "released" / "Bad").mkdir(parents=True)
    (tmp_path / "released" / "Bad" / "1.avsc").write_text(json.dumps(schema))
    (tmp_path / "registry.toml").write_text("[records]\nBad = [901]\n")
    with pytest.raises(UnsafeSchema):
        FileSchemas(tmp_path).written(901)
    monkeypatch.setattr("schemas.registry.refuse_unsafe", lambda _: None)
    assert FileSchemas(tmp_path).written(901), "the negative control: without the lint it loads"


def test_two_records_may_not_share_an_id(tmp_path: Path) -> None:
    (tmp_path / "registry.toml").write_text("[records]\nA = [1]\nB = [2, 1]\n")
    with pytest.raises(ValueError, match="id 1 is given twice"):
        FileSchemas(tmp_path).written(1)


def test_without_the_lint_a_few_bytes_claim_any_number_of_items() -> None:
    """The negative control, at a thousandth of the size that was measured: 100,000 items out of four bytes."""
    body = b"\xc0\x9a\x0c\x00"
    tracemalloc.start()
    try:
        found = schemaless_reader(io.BytesIO(body), parse_schema(NOTHINGS), None)
        assert tracemalloc.get_traced_memory()[1] > 500_000
    finally:
        tracemalloc.stop()
    assert len(found) == 100_000  # type: ignore[arg-type]


def test_without_the_lint_depth_is_the_writers_choice() -> None:
    """The negative control, at a depth that does no harm: one byte a level; 20,000 levels end the process."""
    body = b"\x02" * 200 + b"\x00"
    found: Any = schemaless_reader(io.BytesIO(body), parse_schema(LINKED_LIST), None)
    depth = 0
    while found["next"] is not None:
        found, depth = found["next"], depth + 1
    assert depth > MAX_DEPTH
