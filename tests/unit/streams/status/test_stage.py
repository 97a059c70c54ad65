"""The status stage: short and long way agree, logs rebuild equal, large logs fit, rows never stand still."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import MAX_RECORD, decode, encode
from schemas.gradebook import ItemKind
from schemas.keys import section_key
from schemas.results import Outcome, RowState, SectionStatus, StatusRow, SyncResult
from schemas.topics import TopicNames
from streams.stage import Batch
from streams.status import express
from streams.status.log import PART_ROWS
from streams.status.stage import StatusPartition, StatusStage
from tests.support.stages import Outputs, Taken
from tests.unit.streams.status.strategies import results

NOW = 1_790_000_000_000
PATIENCE = 60_000


def _partition() -> StatusPartition:
    return StatusStage(TopicNames(), PATIENCE, clock=lambda: NOW).assign(0)


def _fold(partition: StatusPartition, told: Sequence[SyncResult]) -> Outputs:
    out = Outputs()
    records = [Taken(n, section_key(one.tenant, one.section), encode(one)) for n, one in enumerate(told)]
    partition.process(Batch("sync.results", 0, records, 0, len(records)), out)
    return out


def _log(partition: StatusPartition) -> dict[bytes, bytes]:
    return {
        log.part_key(part): log.part(part)
        for log in partition._logs.values()
        for part in range(len(log.rows) // PART_ROWS + 1)
    }


@given(st.lists(results(), max_size=12))
def test_the_short_way_folds_as_the_long_way(told: list[SyncResult]) -> None:
    short, long = _partition(), _partition()
    with pytest.MonkeyPatch.context() as patched:
        _fold(short, told)
        patched.setattr(express, "take", lambda *_: None)
        _fold(long, told)

    assert _log(short) == _log(long)
    assert short._waiting._ends == long._waiting._ends


def test_the_common_result_does_go_the_short_way() -> None:
    queued = SyncResult(
        tenant="d", section="s", item="i", revision=3, step=0, outcome=Outcome.QUEUED, version=1, at=NOW,
        kind=ItemKind.TEST, title="Lab",
    )  # fmt: skip
    log = _partition()._log(section_key("d", "s"), "d", "s")

    assert express.take(log, encode(queued)) == b"\x02i"
    assert express.take(log, encode(replace(queued, revision=4))) == b"\x02i"


@given(st.lists(results(), min_size=1, max_size=12))
def test_a_log_restored_from_its_topic_is_the_log_that_was(told: list[SyncResult]) -> None:
    before, after = _partition(), _partition()
    written = _fold(before, told)

    after.restore([Taken(0, row.key, row.value) for row in written.rows if row.topic == "sync.status"])

    assert _log(after) == _log(before)
    assert set(after._waiting._ends) == set(before._waiting._ends)


def test_a_log_of_many_rows_is_kept_in_parts_that_fit_and_come_back() -> None:
    long = "x" * 10_000
    told = [
        SyncResult(
            tenant="d", section="s", item=f"i{n}", revision=n, step=2, outcome=Outcome.ERROR, version=1, at=NOW,
            kind=ItemKind.TEST, title=long, code="TITLE_TOO_LONG",
        )
        for n in range(2 * PART_ROWS + 1)
    ]  # fmt: skip
    partition = _partition()

    parts = _fold(partition, told).of("sync.status")

    assert [len(decode(SectionStatus, part).rows) for part in parts] == [PART_ROWS, PART_ROWS, 1]
    assert max(map(len, parts)) < MAX_RECORD
    restored = _partition()
    restored.restore([Taken(0, section_key("d", "s"), part) for part in reversed(parts)])
    assert _log(restored) == _log(partition)


def test_a_row_without_a_word_becomes_an_error_that_says_it_is_retried_and_a_later_word_replaces_it() -> None:
    queued = SyncResult(
        tenant="d", section="s", item="i", revision=3, step=0, outcome=Outcome.QUEUED, version=1, at=NOW,
        kind=ItemKind.TEST, title="Lab",
    )  # fmt: skip
    partition, out = _partition(), Outputs()
    _fold(partition, [queued])

    partition.tick(NOW + PATIENCE - 1, out)
    assert out.rows == []
    partition.tick(NOW + PATIENCE, out)
    (told,) = (decode(SyncResult, value) for value in out.of("sync.results"))

    assert _row(_fold(partition, [told])).code == "NO_PROGRESS"
    progress = replace(queued, step=3, outcome=Outcome.PROGRESS)
    assert _row(_fold(partition, [progress])).state is RowState.QUEUED
    assert (
        _row(_fold(partition, [replace(queued, step=5, outcome=Outcome.SUCCESSFUL)])).state
        is RowState.SUCCESSFUL
    )


def test_a_row_that_promised_a_next_try_is_given_until_then() -> None:
    promised = SyncResult(
        tenant="d", section="s", item="i", revision=3, step=3, outcome=Outcome.PROGRESS, version=1, at=NOW,
        kind=ItemKind.TEST, title="Lab", next_try_at=NOW + 10 * PATIENCE,
    )  # fmt: skip
    partition, out = _partition(), Outputs()
    _fold(partition, [promised])

    partition.tick(NOW + 5 * PATIENCE, out)

    assert out.rows == []


def test_a_teacher_who_opens_the_log_has_seen_it() -> None:
    seen = SyncResult(
        tenant="d", section="s", item="", revision=1, step=0, outcome=Outcome.OBSERVED, version=0, at=NOW,
        kind=ItemKind.ASSIGNMENT, title="", seen_by="t1",
    )  # fmt: skip

    (part,) = _fold(_partition(), [seen]).of("sync.status")

    (mark,) = decode(SectionStatus, part).seen
    assert (mark.teacher, mark.seen_at) == ("t1", NOW)
    assert decode(SectionStatus, part).rows == ()


def test_bytes_that_are_no_result_become_one_dead_letter() -> None:
    out = Outputs()
    record = Taken(7, b"d/s", b"\x00\x00\x00\x00\x07junk")

    _partition().process(Batch("sync.results", 0, [record], 7, 8), out)

    assert [row.topic for row in out.rows] == ["dead.letters"]


def _row(out: Outputs) -> StatusRow:
    return decode(SectionStatus, out.of("sync.status")[-1]).rows[0]
