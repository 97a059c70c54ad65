"""What a common shape accepts is one sound record, byte for byte as fastavro writes it; no mutation of it slips by."""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import shape, splice
from schemas.codec import Refused, decode, encode
from schemas.desired import DesiredItem
from schemas.gradebook import (
    GradebookChange,
    ItemChanged,
    ItemKind,
    RosterEntry,
    Score,
    ScoreFlag,
    ScoresChanged,
    Sis,
)
from schemas.registry import schemas
from schemas.results import Outcome, RowState, SectionStatus, SeenMark, StatusRow, SyncResult
from schemas.state import ItemState, ScorePatch

_SCORES = (
    Score(student="s1", points=9.5, flags=(ScoreFlag.LATE, ScoreFlag.EXCUSED), comment="ok"),
    Score(student="s2"),
)
_ITEM = ItemChanged(
    item="i1", kind=ItemKind.TEST, title="Lab", category="hw", due="2026-10-05", points=10.0, scores=_SCORES
)
_ROW = StatusRow(
    item="i1", kind=ItemKind.TEST, title="Lab", state=RowState.QUEUED, deleted=False, version=3, heard=4, revision=4,
    step=300, changed_at=1_790_000_000_000, last_success_at=None, last_success_revision=-1,
    last_success_fingerprint=None, sis=Sis.AERIES, code=None, params={}, next_try_at=None, problems=(), receipt=None,
)  # fmt: skip


def _change(what: Any, version: int = 7) -> GradebookChange:
    return GradebookChange(
        tenant="d", section="s", event="e1", version=version, occurred_at=1_790_000_000_000, change=what
    )


#: Common records, each accepted as it is.
COMMON: tuple[Any, ...] = (
    _change(_ITEM),
    _change(ItemChanged(item="i1", kind=ItemKind.TEST, title="Lab", due=1_790_000_000_000), -1),
    _change(ScoresChanged(item="i1", scores=_SCORES)),
    SyncResult(
        tenant="d", section="s", item="i1", revision=4, step=0, outcome=Outcome.QUEUED, version=3, at=5,
        kind=ItemKind.TEST, title="Lab", sis=Sis.ESCHOOLPLUS, run="r", fingerprint="f" * 32,
    ),
    ItemState(
        version=3, event="e", life_version=-1, life_event="", deleted=False, scores_version=3, scores_event="e",
        asked=True, routed=True, patches=(ScorePatch(version=4, event="f", score=_SCORES[0]),), content=_ITEM,
    ),
    DesiredItem(
        tenant="d", section="s", item="i1", revision=4, version=3, event="e", decided_at=5, deleted=False,
        fingerprint="f" * 32, school="high", sis_section="c1", sis_category="H", due_date="2026-10-05",
        students=(RosterEntry(student="s1", sis_student="1001"),), content=_ITEM,
    ),
    SectionStatus(
        tenant="d", section="s", part=0, updated_at=5, last_error_at=6, seen=(SeenMark(teacher="t", seen_at=5),),
        rows=(_ROW,),
    ),
)  # fmt: skip
_KINDS = [type(record).__name__ for record in COMMON]


@cache
def whole(record: str) -> re.Pattern[bytes]:
    """The shape of a record with its header."""
    schema = shape.resolve(schemas().current(record).schema)
    return shape.compiled([re.escape(splice.header(record)), shape.pattern(schema)])


def mutated(value: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with one to three changes: another byte, one more, a stretch gone, a stretch twice."""
    telling = st.sampled_from([0, 1, 2, 3, 4, 0x3F, 0x40, 0x7E, 0x7F, 0x80, 0x81, 0xF0, 0xFE, 0xFF])
    step = st.tuples(st.integers(0, 3), st.integers(5, len(value) - 1), telling | st.integers(0, 255))
    return st.lists(step, min_size=1, max_size=3).map(lambda steps: _applied(value, steps))


def _applied(value: bytes, steps: list[tuple[int, int, int]]) -> bytes:
    changed = bytearray(value)
    for kind, at, byte in steps:
        match kind:
            case 0:
                changed[at : at + 1] = bytes([byte])
            case 1:
                changed.insert(at, byte)
            case 2:
                del changed[at : at + 1 + byte % 12]
            case _:
                changed[at:at] = changed[at : at + 1 + byte % 12]
    return bytes(changed)


def as_read_and_written(kind: type[Any], value: bytes) -> bytes:
    """The value once through the codec; its refusal, as bytes, when it is refused."""
    try:
        return encode(decode(kind, value))
    except Refused as refused:
        return refused.code.encode()


@pytest.mark.parametrize("record", COMMON, ids=_KINDS)
def test_common_records_have_the_common_shape(record: Any) -> None:
    assert whole(type(record).__name__).fullmatch(encode(record)) is not None


@settings(max_examples=1_500, deadline=None)
@given(st.sampled_from(COMMON).flatmap(lambda one: st.tuples(st.just(type(one)), mutated(encode(one)))))
def test_whatever_the_shape_accepts_the_codec_reads_and_writes_to_the_same_bytes(
    case: tuple[type[Any], bytes],
) -> None:
    kind, value = case

    if whole(kind.__name__).fullmatch(value) is not None:
        assert as_read_and_written(kind, value) == value


def _matches(pattern: bytes) -> Callable[[bytes], bool]:
    made = shape.compiled([pattern])
    return lambda value: made.fullmatch(value) is not None


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_long_is_accepted_in_its_one_minimal_form(number: int) -> None:
    is_long, told = _matches(shape.pattern("long")), splice.long(number)

    assert is_long(told) or not -(2**62) <= number < 2**62
    assert not is_long(told[:-1] + bytes([told[-1] | 0x80]) + b"\x00")


@given(st.integers(-(2**40), 2**40))
def test_an_int_is_never_accepted_outside_its_32_bits(number: int) -> None:
    if _matches(shape.pattern("int"))(splice.long(number)):
        assert -(2**31) <= number < 2**31


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_natural_is_never_negative(number: int) -> None:
    accepted = _matches(shape.natural())(splice.long(number))

    assert accepted == (0 <= number < 2**62)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, -math.nan])
def test_what_is_no_finite_number_is_left_to_the_slow_way(number: float) -> None:
    assert not _matches(shape.pattern("double"))(splice.optional_double(number)[1:])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_accepted(number: float) -> None:
    assert _matches(shape.pattern("double"))(splice.optional_double(number)[1:])


def test_a_count_is_one_byte_and_no_size() -> None:
    # 0x01 is a block of one with its size, 0x80 goes on in the next byte: halved, both would be a small count
    accepted = [byte for byte in range(256) if _matches(shape.count())(bytes([byte]))]

    assert accepted == [2 * count for count in range(shape.SHORT + 1)]


def test_a_list_is_accepted_with_exactly_its_count() -> None:
    scores = shape.Repeated(shape.pattern("string"))

    assert scores[0].fullmatch(b"") is not None
    assert scores[2].fullmatch(b"\x02a\x02b\x00") is not None
    assert scores[2].fullmatch(b"\x02a\x00") is None
    assert scores[2].fullmatch(b"\x02a\x02b\x02c\x00") is None


@pytest.mark.parametrize("byte", [2, 3, 0x7F, 0xFF])
def test_a_boolean_above_one_is_refused(byte: int) -> None:
    assert not _matches(shape.pattern("boolean"))(bytes([byte]))


def test_a_string_is_short_plain_and_as_long_as_it_says() -> None:
    is_string = _matches(shape.string())

    assert is_string(splice.string("x" * shape.SHORT))
    assert not is_string(splice.string("x" * (shape.SHORT + 1)))
    assert not is_string(splice.string("ñ"))
    assert not is_string(splice.string("a\x00b"))
    assert not is_string(b"\x04a")
    assert not is_string(b"\x02ab")


def test_a_key_safe_string_needs_no_percent_encoding() -> None:
    is_safe = _matches(shape.string(shape.KEY_SAFE, 1))

    assert is_safe(splice.string("aZ09_.~-"))
    assert not any(is_safe(splice.string(text)) for text in ("", "a/b", "a%b", "a b", "a|b"))


def test_a_field_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        shape.field_type(shape.resolve(schemas().current("SyncResult").schema), "nothing")


def test_a_type_without_a_common_shape_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        shape.pattern("bytes")
