"""Which Avro schemas are safe to decode with: checked when a schema is loaded, before any record is read.

fastavro follows a schema wherever it leads: a recursive one can be driven into a stack overflow that no `except`
sees, and a list whose items take no bytes into any amount of memory by a record of five (reference: security.md
row Avro). Bytes, fixed and logical types are no part of our language: avro's compatibility rules call text and
bytes interchangeable, which fastavro does not, and a logical type turns numbers into foreign objects.
"""

from typing import Any

#: Most fields of one record, and most fields of a schema with everything inside it.
MAX_FIELDS = 64
MAX_FIELDS_IN_ALL = 512
#: Deepest nesting of records, lists, maps and unions.
MAX_DEPTH = 16

_PLAIN = frozenset({"null", "boolean", "int", "long", "float", "double", "string"})


class UnsafeSchema(Exception):
    """A schema no record may be decoded with. The text says where and why."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def refuse_unsafe(schema: Any) -> None:
    """Raises UnsafeSchema for the first unsafe part of a schema, as JSON or as fastavro parsed it."""
    _Walk().visit(schema, "schema", 1, "")


class _Walk:
    """One pass over one schema; `space` is the namespace around the current place."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._known: dict[str, Any] = {}
        self._fields = 0

    def visit(self, schema: Any, path: str, depth: int, space: str) -> None:
        """UnsafeSchema when something from here down is."""
        if depth > MAX_DEPTH:
            raise UnsafeSchema(path, f"nested deeper than {MAX_DEPTH}")
        if isinstance(schema, list):
            for i, branch in enumerate(schema):
                self.visit(branch, f"{path}[{i}]", depth + 1, space)
            return
        if isinstance(schema, str):
            self._named(schema, path, depth, space)
            return
        if "logicalType" in schema:
            raise UnsafeSchema(path, f"logical type {schema['logicalType']}")
        match schema["type"]:
            case "record":
                self._record(schema, path, depth, space)
            case "enum":
                self._known[_full_name(schema["name"], schema.get("namespace", space))] = schema
            case "array":
                self._items(schema["items"], f"{path}.items", depth, space)
            case "map":
                self._items(schema["values"], f"{path}.values", depth, space)
            case inner:
                self.visit(inner, path, depth + 1, space)

    def _named(self, name: str, path: str, depth: int, space: str) -> None:
        if name in _PLAIN:
            return
        full = _full_name(name, space)
        if full not in self._known:
            raise UnsafeSchema(path, f"type {name} is not one we read")
        # fields behind a name count wherever it is used: that is how often they are read
        if self._known[full]["type"] == "record":
            self._record(self._known[full], path, depth, full.rpartition(".")[0])

    def _record(self, schema: Any, path: str, depth: int, space: str) -> None:
        name = _full_name(schema["name"], schema.get("namespace", space))
        if name in self._open:
            raise UnsafeSchema(path, f"{name} contains itself")
        self._count(schema, path)
        self._known[name] = schema
        self._open.append(name)
        for field in schema["fields"]:
            self.visit(field["type"], f"{path}.{field['name']}", depth + 1, name.rpartition(".")[0])
        self._open.pop()

    def _count(self, record: Any, path: str) -> None:
        count = len(record["fields"])
        if count > MAX_FIELDS:
            raise UnsafeSchema(path, f"{count} fields, at most {MAX_FIELDS} are read")
        self._fields += count
        if self._fields > MAX_FIELDS_IN_ALL:
            raise UnsafeSchema(path, f"more than {MAX_FIELDS_IN_ALL} fields in all")

    def _items(self, items: Any, path: str, depth: int, space: str) -> None:
        self.visit(items, path, depth + 1, space)
        if self._takes_no_bytes(items, space):
            raise UnsafeSchema(path, "items that take no bytes: five bytes could claim a hundred million")

    def _takes_no_bytes(self, schema: Any, space: str) -> bool:
        """Whether a value may be encoded in zero bytes; a union always has its index."""
        if isinstance(schema, list):
            return False
        if isinstance(schema, str):
            known = self._known.get(_full_name(schema, space))
            return schema == "null" or (known is not None and self._takes_no_bytes(known, space))
        match schema["type"]:
            case "record":
                inner = _full_name(schema["name"], schema.get("namespace", space)).rpartition(".")[0]
                return all(self._takes_no_bytes(field["type"], inner) for field in schema["fields"])
            case "enum" | "array" | "map":
                return False
            case inner:
                return self._takes_no_bytes(inner, space)


def _full_name(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"
