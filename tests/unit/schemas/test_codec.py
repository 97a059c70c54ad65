"""What is no record is refused, with its reason, at once, and without a trace of what it held."""

import io
import time
import traceback
import tracemalloc
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer

from schemas.codec import MAX_RECORD, Refused, TooLarge, decode, encode, writer_of
from schemas.gradebook import Choice, ConflictResolved, GradebookChange, ItemChanged, ItemKind, LogSeen, Score
from schemas.registry import Schemas, Written, schemas
from tests.unit.schemas.bad_bytes import (
    BAD_VALUES,
    DELETED,
    GOOD,
    HEADER,
    ITEM,
    ODD_BUT_GOOD,
    BadValue,
    change_of_size,
    header,
    text,
    varint,
)

CANARY = "Zxqv Canary 97.25"
MOST_SECONDS = 0.05
MOST_BYTES = 200_000
each_bad_value = pytest.mark.parametrize("bad", BAD_VALUES, ids=lambda one: f"{one.number} {one.name}")


def refusal(value: bytes | None, known: Schemas | None = None) -> Refused:
    """The refusal of a value as a GradebookChange."""
    with pytest.raises(Refused) as caught:
        decode(GradebookChange, value, known)
    return caught.value


@each_bad_value
def test_bad_bytes_are_refused_with_their_reason(bad: BadValue) -> None:
    assert refusal(bad.value).code == bad.code


@each_bad_value
def test_bad_bytes_cost_neither_time_nor_memory(bad: BadValue) -> None:
    # the best of three: the machine is shared, the bytes are not to blame
    assert min(_seconds(bad.value) for _ in range(3)) < MOST_SECONDS
    tracemalloc.start()
    try:
        refusal(bad.value)
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def _seconds(value: bytes | None) -> float:
    start = time.perf_counter()
    refusal(value)
    return time.perf_counter() - start


def test_the_table_has_every_case_a_value_can_be_and_no_name_twice() -> None:
    # 3, 22, 23 and 24 are about keys, headers, batches and timestamps
    assert {one.number for one in BAD_VALUES} == set(range(1, 25)) - {3, 22, 23, 24}
    assert len({one.name for one in BAD_VALUES}) == len(BAD_VALUES)


def test_a_record_cut_short_anywhere_is_refused() -> None:
    for end in range(5, len(GOOD)):
        assert refusal(GOOD[:end]).code == "MALFORMED"


@pytest.mark.parametrize("name", ODD_BUT_GOOD)
def test_unusual_encodings_of_good_records_are_read(name: str) -> None:
    assert decode(GradebookChange, ODD_BUT_GOOD[name]).tenant == "d1"


def test_the_largest_record_is_read_and_a_byte_more_is_not() -> None:
    assert len(change_of_size(MAX_RECORD)) == MAX_RECORD
    assert isinstance(decode(GradebookChange, change_of_size(MAX_RECORD)).change, LogSeen)
    assert isinstance(decode(GradebookChange, change_of_size(MAX_RECORD - 1)).change, LogSeen)
    assert refusal(change_of_size(MAX_RECORD + 1)).code == "TOO_LARGE"


def test_what_would_be_too_large_is_not_written() -> None:
    def of(size: int) -> GradebookChange:
        return GradebookChange(
            tenant="t", section="s", event="e", version=1, occurred_at=1, change=LogSeen(teacher="t" * size)
        )

    assert len(encode(of(MAX_RECORD - 100))) <= MAX_RECORD
    with pytest.raises(TooLarge, match="GradebookChange of 10000"):
        encode(of(MAX_RECORD))
    with pytest.raises(TooLarge):
        encode(of(MAX_RECORD - 100), room=200)


def test_a_large_record_that_ends_too_soon_builds_nothing() -> None:
    """fastavro alone builds 50 MB of scores before it meets the end."""
    value = ITEM + varint(198_001) + b"\x00" * 990_000
    tracemalloc.start()
    try:
        assert refusal(value).code == "MALFORMED"
        assert tracemalloc.get_traced_memory()[1] < 3 * len(value)
    finally:
        tracemalloc.stop()


def test_a_refusal_keeps_nothing_of_what_it_refused() -> None:
    private = DELETED[: -len(text("i1"))] + text(CANARY)
    for value in (private + b"\x00", private[:-1], private[:-3] + b"\xff\xff\xff", CANARY.encode()):
        refused = refusal(value)
        assert refused.__cause__ is None and refused.__context__ is None
        assert "Canary" not in "".join(traceback.format_exception(refused)) + repr(refused)


def test_null_and_zero_and_nothing_stay_three_things() -> None:
    scores = (Score(student="p1", points=0.0), Score(student="p2"))
    for kept in (None, (), scores):
        change = GradebookChange(
            tenant="t",
            section="s",
            event="e",
            version=1,
            occurred_at=1,
            change=ItemChanged(item="i", kind=ItemKind.TEST, title="t", scores=kept),
        )
        assert decode(GradebookChange, encode(change)).change.scores == kept  # type: ignore[union-attr]


@pytest.mark.parametrize("due", [None, "2026-11-24", "1732406400000", 1732406400000, -1])
def test_a_due_date_stays_text_or_number(due: str | int | None) -> None:
    item = ItemChanged(item="i", kind=ItemKind.TEST, title="t", due=due)
    change = GradebookChange(tenant="t", section="s", event="e", version=1, occurred_at=1, change=item)
    read = decode(GradebookChange, encode(change)).change
    assert isinstance(read, ItemChanged) and read.due == due and type(read.due) is type(due)


# ---- other releases ----------------------------------------------------------------------------------------------


class OneMore:
    """Our schemas, and one version of GradebookChange more, which somebody else writes with."""

    def __init__(self, schema_id: int, schema: Any) -> None:
        self._other = Written(schema_id, "GradebookChange", parse_schema(schema))  # type: ignore[arg-type]

    def written(self, schema_id: int) -> Written | None:
        """That version, or ours."""
        return self._other if schema_id == self._other.id else schemas().written(schema_id)

    def current(self, record: str) -> Written:
        """What we write with."""
        return schemas().current(record)

    def write(self, fields: dict[str, Any]) -> bytes:
        """A record of that version."""
        body = io.BytesIO()
        schemaless_writer(body, self._other.schema, fields)
        return header(self._other.id) + body.getvalue()


ENUM = {"type": "enum", "name": "Choice", "symbols": ["KEEP_SIS", "SEND_LMS", "ADOPT", "ASK_AGAIN"]}
RESOLVED = {
    "type": "record",
    "name": "ConflictResolved",
    "fields": [{"name": "item", "type": "string"}, {"name": "choice", "type": ENUM}],
}
DELETION = {"type": "record", "name": "ItemDeleted", "fields": [{"name": "item", "type": "string"}]}
FIELDS: list[dict[str, Any]] = [
    {"name": "tenant", "type": "string"},
    {"name": "section", "type": "string"},
    {"name": "event", "type": "string"},
    {"name": "version", "type": "long"},
    {"name": "occurred_at", "type": "long"},
    {"name": "change", "type": [DELETION, RESOLVED]},
]
TOLD = {"tenant": "t", "section": "s", "event": "e", "version": 1, "occurred_at": 1, "trace": "abc"}


def newer(fields: list[dict[str, Any]]) -> OneMore:
    """A version of GradebookChange with those fields, under an id of its own."""
    return OneMore(
        199, {"type": "record", "name": "GradebookChange", "namespace": "org.gradebooksync", "fields": fields}
    )


def test_a_newer_release_with_a_field_more_and_an_optional_one_less_is_read() -> None:
    known = newer([*FIELDS, {"name": "trace", "type": "string"}])
    value = known.write({**TOLD, "change": {"item": "i", "choice": "ADOPT"}})
    read = decode(GradebookChange, value, known)
    assert read.actor is None and read.change == ConflictResolved(item="i", choice=Choice.ADOPT)


def test_a_newer_release_without_a_field_we_need_is_incompatible() -> None:
    known = newer([field for field in FIELDS if field["name"] != "event"])
    value = known.write({**TOLD, "change": {"item": "i", "choice": "ADOPT"}})
    assert refusal(value, known).code == "INCOMPATIBLE"


def test_a_word_we_do_not_know_is_incompatible() -> None:
    known = newer(FIELDS)
    value = known.write({**TOLD, "change": {"item": "i", "choice": "ASK_AGAIN"}})
    assert refusal(value, known).code == "INCOMPATIBLE"


def test_a_newer_release_is_walked_by_its_own_schema() -> None:
    known = newer(FIELDS)
    value = known.write({**TOLD, "change": {"item": "i", "choice": "ADOPT"}})
    assert refusal(value + b"\x00", known).code == "TRAILING_BYTES"
    assert refusal(value[:-1], known).code == "MALFORMED"


def test_the_writer_can_be_asked_for_without_reading() -> None:
    assert writer_of(GOOD).record == "GradebookChange"
    with pytest.raises(Refused, match="EMPTY_VALUE"):
        writer_of(b"")
    assert writer_of(HEADER).id == HEADER[-1]
