"""fastavro and the codec's walk against the `avro` package: the same bytes, the same values, the same verdicts."""

import io
import json
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import avro.errors
import avro.io
import avro.schema
import pytest
from fastavro import schemaless_reader, schemaless_writer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schemas.codec import Refused, decode, encode
from schemas.registry import FileSchemas, current_schema, schemas
from tests.unit.schemas.bad_bytes import BAD_VALUES, ODD_BUT_GOOD, header
from tests.unit.schemas.generated import values
from tests.unit.schemas.test_examples import KINDS, RECORDS, examples

MODERATE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def strict_schema(record: str) -> avro.schema.Schema:
    """A record's schema as the `avro` package knows it."""
    written = schemas().current(record).schema
    return avro.schema.parse(json.dumps({k: v for k, v in written.items() if not k.startswith("__")}))


class StrictDecoder(avro.io.BinaryDecoder):
    """Where `avro` itself is lenient and the Avro specification is not: booleans, 32 bits, the size of a block."""

    bad_text = False

    def read_utf8(self) -> str:
        """Bad UTF-8 is noted and judged last, as the codec does."""
        raw = self.read_bytes()
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.bad_text = True
            return ""

    def read_boolean(self) -> bool:
        byte = self.read(1)
        if byte not in (b"\x00", b"\x01"):
            raise avro.errors.InvalidAvroBinaryEncoding("a boolean is 0 or 1")
        return byte == b"\x01"

    def read_int(self) -> int:
        number = self.read_long()
        if not -(2**31) <= number < 2**31:
            raise avro.errors.InvalidAvroBinaryEncoding("an int has 32 bits")
        return number


class StrictReader(avro.io.DatumReader):
    """Reads sized blocks with the size held against what was read."""

    def read_array(self, writers_schema: Any, readers_schema: Any, decoder: Any) -> list[Any]:
        found: list[Any] = []
        for count, end in self._blocks(decoder):
            found += [
                self.read_data(writers_schema.items, readers_schema.items, decoder) for _ in range(count)
            ]
            _same(decoder, end)
        return found

    def read_map(self, writers_schema: Any, readers_schema: Any, decoder: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for count, end in self._blocks(decoder):
            for _ in range(count):
                key = decoder.read_utf8()
                found[key] = self.read_data(writers_schema.values, readers_schema.values, decoder)
            _same(decoder, end)
        return found

    def _blocks(self, decoder: Any) -> Any:
        while count := decoder.read_long():
            end = None
            if count < 0:
                size = decoder.read_long()
                count, end = -count, decoder.reader.tell() + size
            if count > decoder.bytes_remaining():
                raise avro.errors.InvalidAvroBinaryEncoding("more items than bytes")
            yield count, end


def _same(decoder: Any, end: int | None) -> None:
    if end is not None and decoder.reader.tell() != end:
        raise avro.errors.InvalidAvroBinaryEncoding("the block's size is not its size")


def strict_verdict(record: str, body: bytes) -> Any:
    """What `avro` reads, or the code that the codec should give."""
    decoder = StrictDecoder(io.BytesIO(body))
    try:
        found = StrictReader(strict_schema(record)).read(decoder)
    except Exception:  # noqa: BLE001 - it raises many kinds, all of which mean the same here
        return "MALFORMED"
    if decoder.bytes_remaining():
        return "TRAILING_BYTES"
    return "MALFORMED" if decoder.bad_text else found


def our_verdict(record: str, body: bytes) -> Any:
    """What the codec reads, or its code."""
    try:
        return decode(KINDS[record], header(schemas().current(record).id) + body)
    except Refused as refused:
        return refused.code


def agree(record: str, body: bytes) -> None:
    """Both read the same, or both refuse with the same code."""
    ours, theirs = our_verdict(record, body), strict_verdict(record, body)
    if isinstance(theirs, str) or isinstance(ours, str):
        assert ours == theirs
    else:
        assert repr(plain(ours)) == repr(plain(theirs))


def plain(value: Any) -> Any:
    """A record, or what `avro` read of one, as plain values; the kind of change is told by its fields."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, str) else value


def ours(record: str, value: Any) -> bytes:
    """The body that fastavro writes."""
    body = io.BytesIO()
    schemaless_writer(body, schemas().current(record).schema, value)
    return body.getvalue()


def theirs(record: str, value: Any) -> bytes:
    """The body that `avro` writes. It is told the branch of a change: by itself it takes the first that half fits."""
    body = io.BytesIO()
    encoder = avro.io.BinaryEncoder(body)
    for field in strict_schema(record).fields:  # type: ignore[attr-defined]
        kind, told = field.type, value[field.name]
        if isinstance(told, tuple):
            branch = next(i for i, one in enumerate(kind.schemas) if one.fullname == told[0])
            encoder.write_long(branch)
            kind, told = kind.schemas[branch], told[1]
        avro.io.DatumWriter(kind).write(told, encoder)
    return body.getvalue()


@pytest.mark.parametrize("record", RECORDS)
@MODERATE
@given(data=st.data())
def test_both_write_the_same_bytes_and_read_the_same_value(record: str, data: st.DataObject) -> None:
    schema = schemas().current(record).schema
    value = data.draw(values(schema))
    body = ours(record, value)
    assert theirs(record, value) == body
    assert schemaless_reader(io.BytesIO(body), schema, None) == _untagged(value)
    agree(record, body)


@pytest.mark.parametrize("record", RECORDS)
@MODERATE
@given(data=st.data())
def test_a_record_written_again_is_the_same_bytes(record: str, data: st.DataObject) -> None:
    body = ours(record, data.draw(values(schemas().current(record).schema)))
    whole = header(schemas().current(record).id) + body
    assert encode(decode(KINDS[record], whole)) == whole


@pytest.mark.parametrize("record", RECORDS)
@LONG
@given(data=st.data())
def test_both_give_the_same_verdict_on_damaged_bytes(record: str, data: st.DataObject) -> None:
    whole = [encode(one)[5:] for one in examples(record)]
    body = bytearray(data.draw(st.sampled_from([one for one in whole if len(one) < 2000])))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body)))
        cut = data.draw(st.integers(0, 3))
        body[at : at + cut] = data.draw(st.binary(max_size=3))
    agree(record, bytes(body))


@LONG
@given(body=st.binary(max_size=200))
@example(body=b"\x00" * 60)
@example(body=b"\x80" * 60)
@example(body=b"\xff" * 60)
def test_whatever_follows_a_good_header_is_a_record_or_refused(body: bytes) -> None:
    for record in RECORDS:
        agree(record, body)


@settings(LONG, max_examples=1000)
@given(value=st.binary(max_size=60))
def test_any_bytes_at_all_are_a_record_or_refused(value: bytes) -> None:
    for record in RECORDS:
        with suppress(Refused):
            decode(KINDS[record], value)


@pytest.mark.parametrize("bad", [one for one in BAD_VALUES if one.value], ids=lambda one: one.name)
def test_avro_refuses_the_bad_bytes_too(bad: Any) -> None:
    if bad.code in {"MALFORMED", "TRAILING_BYTES"}:
        assert strict_verdict("GradebookChange", bad.value[5:]) == bad.code


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_both_read_what_is_odd_but_good(name: str) -> None:
    agree("GradebookChange", ODD_BUT_GOOD[name][5:])


@pytest.mark.parametrize(
    "name",
    [
        "one byte more",
        "a number of 41 bytes",
        "a boolean of 2",
        "a block that says it is longer",
        "a kind of item from the end",
        "a kind of change from the end",
    ],
)
def test_fastavro_alone_would_take_what_we_refuse(name: str) -> None:
    """The negative control: without the walk these are read as if nothing were wrong."""
    (bad,) = (one for one in BAD_VALUES if one.name == name)
    assert bad.value is not None
    schemaless_reader(io.BytesIO(bad.value[5:]), schemas().current("GradebookChange").schema, None)
    with pytest.raises(Refused):
        decode(KINDS["GradebookChange"], bad.value)


def test_the_records_are_the_schemas() -> None:
    """Field for field, in the same order, each .avsc is a dataclass; so no sound record can fail to become one."""
    for record in RECORDS:
        _same_fields(current_schema(record), {})
    assert {name for name in KINDS if name in FileSchemas().ids} == set(RECORDS)


def _same_fields(schema: Any, seen: dict[str, Any]) -> None:
    for inner in schema if isinstance(schema, list) else [schema]:
        if not isinstance(inner, dict):
            continue
        if inner["type"] == "record":
            kind = KINDS[inner["name"].rpartition(".")[2]]
            assert [field["name"] for field in inner["fields"]] == [field.name for field in fields(kind)]
            for field in inner["fields"]:
                _same_fields(field["type"], seen)
        for key in ("items", "values"):
            _same_fields(inner.get(key, "null"), seen)


def _untagged(value: Any) -> Any:
    if isinstance(value, tuple):
        return _untagged(value[1])
    if isinstance(value, dict):
        return {name: _untagged(one) for name, one in value.items()}
    return [_untagged(one) for one in value] if isinstance(value, list) else value
