"""Schema ids and the schemas behind them.

Ids are fixed in registry.toml; each released version lies in released/<record>/<version>.avsc as a whole
schema. `Schemas` is the seam where a registry URL takes the files' place.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

from fastavro import parse_schema
from fastavro.schema import load_schema

from schemas.lint import refuse_unsafe

HERE = Path(__file__).parent
NAMESPACE = "org.gradebooksync"

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A schema something was written with: its id, the record's short name, and the parsed schema."""

    id: int
    record: str
    schema: Schema


class Schemas(Protocol):
    """Where schemas come from."""

    def written(self, schema_id: int) -> Written | None:
        """The schema of that id; None when nobody knows it."""

    def current(self, record: str) -> Written:
        """The schema that record is written with today."""


def current_schema(record: str, folder: Path = HERE) -> Schema:
    """A record's schema as its .avsc stands today, every named type inside it resolved."""
    # the loader knows lists too: a record's file always gives a dict
    schema: Schema = load_schema(str(folder / "avro" / f"{NAMESPACE}.{record}.avsc"))  # type: ignore[assignment]
    return schema


class FileSchemas:
    """The checked-in ids and released files below a folder."""

    def __init__(self, folder: Path = HERE) -> None:
        self.folder = folder

    @cached_property
    def ids(self) -> dict[str, list[int]]:
        """Record -> the ids of its released versions, oldest first. ValueError when an id is given twice."""
        ids: dict[str, list[int]] = tomllib.loads((self.folder / "registry.toml").read_text())["records"]
        given = [schema_id for versions in ids.values() for schema_id in versions]
        twice = sorted({schema_id for schema_id in given if given.count(schema_id) > 1})
        if twice:
            raise ValueError(f"registry.toml: schema id {twice[0]} is given twice")
        return ids

    @cached_property
    def _by_id(self) -> dict[int, Written]:
        return {
            schema_id: Written(schema_id, record, self.released(record, version))
            for record, ids in self.ids.items()
            for version, schema_id in enumerate(ids, start=1)
        }

    def released(self, record: str, version: int) -> Schema:
        """A released version (1 is the first), parsed. UnsafeSchema when no record may be read with it."""
        document = json.loads((self.folder / "released" / record / f"{version}.avsc").read_text())
        refuse_unsafe(document)
        schema: Schema = parse_schema(document)  # type: ignore[assignment]
        return schema

    def written(self, schema_id: int) -> Written | None:
        """The schema of that id; None when nobody knows it."""
        return self._by_id.get(schema_id)

    def current(self, record: str) -> Written:
        """The newest released schema of a record. KeyError for a record without an id."""
        return self._by_id[self.ids[record][-1]]


@cache
def schemas() -> FileSchemas:
    """The process's schemas."""
    return FileSchemas()
