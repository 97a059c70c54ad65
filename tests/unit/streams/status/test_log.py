"""A section's log: keys of its parts, parts that always fit, rows that come back whatever else stood there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import splice
from schemas.codec import MAX_RECORD, Refused, decode
from schemas.gradebook import ItemKind
from schemas.keys import section_key
from schemas.results import Receipt, RowState, ScoreProblem, SectionStatus, StatusRow
from streams.status.log import PART_ROWS, SEEN_KEPT, SectionLog, part_of
from streams.status.rows import cut_rows, read_row, row_bytes

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


def _row(item: str, **changed: object) -> StatusRow:
    fields: dict[str, object] = {
        "item": item, "kind": ItemKind.TEST, "title": "Lab", "state": RowState.ERROR, "deleted": False, "version": 1,
        "heard": 1, "revision": 1, "step": 2, "changed_at": 5, "last_success_at": None, "last_success_revision": -1,
        "last_success_fingerprint": None, "sis": None, "code": "SCORES_NOT_ACCEPTED", "params": {}, "next_try_at": None,
        "problems": (), "receipt": None,
    }  # fmt: skip
    return StatusRow(**(fields | changed))  # type: ignore[arg-type] # names are the dataclass's own


def _log(*rows: StatusRow) -> SectionLog:
    log = SectionLog(b"d/s", "d", "s")
    for row in rows:
        log.put(splice.string(row.item), row_bytes(row), splice.long(9))
    return log


def _part(log: SectionLog, part: int = 0) -> SectionStatus:
    value = log.part(part)
    assert len(value) <= MAX_RECORD
    return decode(SectionStatus, value)


@given(IDS, IDS, st.integers(0, 9_999))
def test_the_key_of_every_part_is_read_again(tenant: str, section: str, number: int) -> None:
    log = SectionLog(section_key(tenant, section), tenant, section)

    assert part_of(log.part_key(number)) == (log.key, tenant, section, number)


@pytest.mark.parametrize(
    "key",
    [b"", b"d", b"/", b"d/", b"d/s/", b"d/s/0", b"d/s/-1", b"d/s/01", b"d/s/x", b"d/s/99999", b"d/s/1/2", b"\xff/s",
     b"d/%73", b"d/s/%31", "d/s/١".encode()],
)  # fmt: skip
def test_a_key_that_nobody_would_write_is_refused(key: bytes) -> None:
    with pytest.raises(Refused) as refused:
        part_of(key)

    assert refused.value.code == "WRONG_KEY"


def test_a_part_of_the_longest_rows_fits_and_the_longest_explanations_are_left_out() -> None:
    problems = tuple(ScoreProblem(student="é" * 400 + str(n), code="SCORE_NOT_ACCEPTED") for n in range(40))
    receipt = Receipt(action="create", remote={}, calls=1, scores_sent=1, scores_accepted=1, scores_total=1)
    rows = [
        _row(f"{n:04}" + "x" * 1_020, title="💯" * 200, problems=problems, receipt=receipt)
        for n in range(PART_ROWS - 1)
    ]
    log = _log(_row("short", params={"a": "b"}), *rows)
    log.seen("t" * 1_024, 5)

    kept = {row.item: row for row in _part(log).rows}

    assert len(kept) == PART_ROWS
    assert dict(kept["short"].params) == {"a": "b"}
    assert {row.code for row in kept.values()} == {"SCORES_NOT_ACCEPTED"}
    assert any(row.problems == () for row in kept.values())
    # in memory nothing is lost
    assert read_row(log.rows[1]).problems == problems


def test_one_row_larger_than_a_record_does_not_stop_the_log() -> None:
    log = _log(_row("a", params={"x": "y" * MAX_RECORD}), _row("b", params={"x": "y"}))

    assert [(row.item, dict(row.params)) for row in _part(log).rows] == [("a", {}), ("b", {"x": "y"})]


def test_ten_thousand_teachers_who_look_leave_the_marks_of_the_last() -> None:
    log = _log()
    for n in range(10_000):
        log.seen(f"{n}-{'t' * 900}", n)

    marks = _part(log).seen

    assert {mark.seen_at for mark in marks} == set(range(10_000 - SEEN_KEPT, 10_000))


def test_an_older_look_changes_nothing() -> None:
    log = _log()
    log.seen("t", 9)
    list(log.written())

    log.seen("t", 9)
    log.seen("t", 3)

    assert list(log.written()) == []
    assert [(mark.teacher, mark.seen_at) for mark in _part(log).seen] == [("t", 9)]


def test_rows_of_a_part_that_never_came_back_are_not_written_as_nothing() -> None:
    before = _log(*(_row(f"i{n}") for n in range(PART_ROWS + 2)))
    after = SectionLog(b"d/s", "d", "s")
    after.load(1, before.part(1))

    after.put(splice.string("i0"), row_bytes(_row("i0")), splice.long(9))

    assert _part(after).rows == ()
    assert [row.item for row in _part(after, 1).rows] == ["i250", "i251", "i0"]


@pytest.mark.parametrize("part", [1, 7])
def test_a_part_under_another_number_is_refused_and_nothing_taken(part: int) -> None:
    log = _log()

    with pytest.raises(Refused) as refused:
        log.load(part, _log(_row("a")).part(0))

    assert refused.value.code == "WRONG_KEY"
    assert (log.rows, log.positions) == ([], {})


@pytest.mark.parametrize("row", [_row("a", code=None), _row("a", code="X", params={"p": "q"})])
def test_a_part_of_another_section_is_refused(row: StatusRow) -> None:
    other = SectionLog(b"d/other", "d", "other")
    other.put(splice.string("a"), row_bytes(row), splice.long(9))

    with pytest.raises(Refused):
        _log().load(0, other.part(0))


def test_rows_that_wait_are_told_with_the_silence_they_promised() -> None:
    log = _log(
        _row("plain", state=RowState.QUEUED, code=None),
        _row("promised", state=RowState.QUEUED, code="SIS_BUSY", next_try_at=99),
        _row("é", state=RowState.QUEUED, code=None, changed_at=7),
        _row("done", state=RowState.SUCCESSFUL, code=None),
    )

    assert SectionLog(b"d/s", "d", "s").load(0, log.part(0)) == [
        (splice.string("plain"), 5, None),
        (splice.string("promised"), 5, 99),
        (splice.string("é"), 7, None),
    ]


@pytest.mark.parametrize("count", [-1, 0, 2, 2**40])
def test_a_count_that_lies_is_left_to_the_codec(count: int) -> None:
    row = row_bytes(_row("a", code=None))

    assert cut_rows(row + b"\x00", count) is None
    assert cut_rows(row + b"\x00", 1) == [row]
    assert cut_rows(b"\x00", count) is None
