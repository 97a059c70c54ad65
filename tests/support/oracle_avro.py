"""The oracle's own Avro: the `avro` package on the released schema files, and nothing of schemas.codec.

Records are long and verdicts need their first fields only, so a record may be read up to a named field: the schema
is cut there and the rest of the bytes is left alone.
"""

import io
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from avro.io import BinaryDecoder, DatumReader
from avro.schema import make_avsc_object

_SCHEMAS = Path(__file__).parents[2] / "schemas"
_HEADER = 5


class NotTheRecord(Exception):
    """The bytes are not what the oracle was told to expect on that topic."""


@cache
def _records() -> dict[int, tuple[str, int]]:
    """Schema id -> record and version."""
    ids = tomllib.loads((_SCHEMAS / "registry.toml").read_text())["records"]
    return {number: (record, i) for record, known in ids.items() for i, number in enumerate(known, start=1)}


@cache
def _reader(record: str, version: int, until: str | None) -> DatumReader:
    document = json.loads((_SCHEMAS / "released" / record / f"{version}.avsc").read_text())
    if until is not None:
        names = [field["name"] for field in document["fields"]]
        document = document | {"fields": document["fields"][: names.index(until)]}
    return DatumReader(make_avsc_object(document))


def read(record: str, value: bytes | None, until: str | None = None) -> dict[str, Any]:
    """The fields of a record in Confluent wire format; those before `until`, or all. NotTheRecord for anything else."""
    if value is None or len(value) < _HEADER or value[0] != 0:
        raise NotTheRecord(f"no {record}: {value!r:.80}")
    known = _records().get(int.from_bytes(value[1:_HEADER]))
    if known is None or known[0] != record:
        raise NotTheRecord(f"{known} where {record} was expected")
    decoder = BinaryDecoder(io.BytesIO(value[_HEADER:]))
    fields: dict[str, Any] = _reader(record, known[1], until).read(decoder)  # type: ignore[assignment]
    return fields
