"""Single fields as bytes: the very bytes that fastavro writes."""

import io
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer
from hypothesis import given
from hypothesis import strategies as st

from schemas import splice
from schemas.codec import encode
from schemas.results import Outcome, SectionStatus

LONGS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def _written(schema: Any, value: Any) -> bytes:
    body = io.BytesIO()
    schemaless_writer(body, parse_schema(schema), value)
    return body.getvalue()


@given(LONGS)
def test_a_long_is_written_as_fastavro_does_and_read_back(number: int) -> None:
    assert splice.long(number) == _written("long", number)
    assert splice.read_long(splice.long(number)) == number


@given(TEXTS)
def test_a_string_is_written_as_fastavro_does(text: str) -> None:
    assert splice.string(text) == _written("string", text)


@given(st.none() | TEXTS)
def test_an_optional_string_is_written_as_fastavro_does(text: str | None) -> None:
    assert splice.optional(text) == _written(["null", "string"], text)


@given(st.none() | st.floats(allow_nan=False))
def test_an_optional_double_is_written_as_fastavro_does(number: float | None) -> None:
    assert splice.optional_double(number) == _written(["null", "double"], number)


@given(st.none() | TEXTS | LONGS)
def test_a_due_date_is_written_as_fastavro_does(due: str | int | None) -> None:
    assert splice.due(due) == _written(["null", "string", "long"], due)


def test_a_symbol_is_its_place() -> None:
    schema = {"type": "enum", "name": "Outcome", "symbols": [str(one) for one in Outcome]}

    for place, outcome in enumerate(Outcome):
        assert splice.symbol(place) == _written(schema, str(outcome))


def test_half_a_surrogate_pair_is_no_string() -> None:
    with pytest.raises(UnicodeEncodeError):
        splice.string("\ud800")


def test_a_header_is_that_of_the_codec() -> None:
    status = SectionStatus(
        tenant="d", section="s", part=0, updated_at=0, last_error_at=None, seen=(), rows=()
    )

    assert encode(status).startswith(splice.header("SectionStatus"))


@given(LONGS | st.integers(-300, 300), LONGS | st.integers(-300, 300))
def test_encoded_longs_are_compared_as_numbers(one: int, other: int) -> None:
    assert splice.greater(splice.long(one), splice.long(other)) is (one > other)
    assert not splice.greater(splice.long(one), splice.long(one))
