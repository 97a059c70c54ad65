"""Every schema against everything ever released: whatever was written stays readable, in both directions.

A released version never changes, and the newest one is the .avsc as it stands. `python -m schemas.compatibility`
says what is wrong; `python -m schemas.compatibility release RECORD` writes the next version once nothing but
the release itself is missing.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import avro.compatibility
import avro.schema

from schemas.lint import UnsafeSchema, refuse_unsafe
from schemas.registry import FileSchemas, current_schema, schemas

_COMPATIBLE = avro.compatibility.SchemaCompatibilityType.compatible
_RELEASE = "python -m schemas.compatibility release"


def differences(old: Any, new: Any) -> list[str]:
    """Why records of one schema cannot be read with the other, in either direction; empty when all can."""
    return [*_unreadable(new, old, "new cannot read old"), *_unreadable(old, new, "old cannot read new")]


def problems(files: FileSchemas | None = None) -> list[str]:
    """One sentence per thing wrong with the .avsc files and their released versions; empty when all is well."""
    files = files or schemas()
    return [line for record, ids in files.ids.items() for line in _record_problems(files, record, len(ids))]


def release(record: str, files: FileSchemas | None = None) -> Path:
    """Write a record's .avsc as its next released version. ValueError when it is no change, or not a safe one."""
    files = files or schemas()
    ids = files.ids.get(record, [])
    current = current_schema(record, files.folder)
    if ids and _plain(current) == _plain(files.released(record, len(ids))):
        raise ValueError(f"{record}: version {len(ids)} is the .avsc as it stands")
    wrong = [line for line in _record_problems(files, record, len(ids)) if _RELEASE not in line]
    if wrong:
        raise ValueError(wrong[0])
    path = files.folder / "released" / record / f"{len(ids) + 1}.avsc"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_plain(current), indent=2) + "\n")
    return path


def _record_problems(files: FileSchemas, record: str, versions: int) -> Iterator[str]:
    current = current_schema(record, files.folder)
    try:
        refuse_unsafe(_plain(current))
    except UnsafeSchema as unsafe:
        yield f"{record}: {unsafe}"
        return
    for version in range(1, versions + 1):
        for difference in differences(files.released(record, version), current):
            yield f"{record} against its version {version}: {difference}"
    if not versions or _plain(current) != _plain(files.released(record, versions)):
        yield (
            f"{record}: its .avsc is not released. Run `{_RELEASE} {record}`, then add a new id to its list in "
            "registry.toml"
        )


def _unreadable(reader: Any, writer: Any, direction: str) -> Iterator[str]:
    checker = avro.compatibility.ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(_avro(reader), _avro(writer))
    if result.compatibility is not _COMPATIBLE:
        places = ", ".join(sorted(result.locations))
        yield f"{direction} at {places}: {'; '.join(sorted(result.messages))}"


def _avro(schema: Any) -> avro.schema.Schema:
    return avro.schema.parse(json.dumps(_plain(schema)))


def _plain(schema: Any) -> Any:
    """A schema without the marks fastavro leaves in it."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if not key.startswith("__")}
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


def main(arguments: Sequence[str]) -> int:
    """The command. 0: all well, or released; 1: not; 2: not understood."""
    match arguments:
        case []:
            found = problems()
            sys.stdout.write(
                "".join(f"{line}\n" for line in found) or "all schemas are released and compatible\n"
            )
            return 1 if found else 0
        case ["release", record]:
            try:
                sys.stdout.write(f"wrote {release(record)}; now add its id to registry.toml\n")
            except (ValueError, OSError) as error:
                sys.stderr.write(f"not released: {error}\n")
                return 1
            return 0
    sys.stderr.write(f"usage: {_RELEASE} RECORD\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
