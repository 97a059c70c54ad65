"""The status stage: short and long way agree, logs rebuild equal, large logs fit, rows never stand still."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import splice
from schemas.codec import MAX_RECORD, decode, encode
from schemas.gradebook import ItemKind
from schemas.keys import section_key
from schemas.results import Outcome, RowState, SectionStatus, StatusRow, SyncResult
from schemas.topics import TopicNames
from streams.stage import Batch
from streams.status import express
from streams.status.log import PART_ROWS, log_of
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


def test_a_sections_first_result_goes_the_short_way_unless_its_key_must_be_unquoted() -> None:
    log = log_of(section_key("d", "s"))
    assert log is not None
    assert (log.key, log.place) == (b"d/s", splice.string("d") + splice.string("s"))
    assert log_of(section_key("d", "s t")) is None
    assert log_of(b"d/s/1") is None
    assert log_of(b"d/") is None


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

    out = _fold(partition, told)

    parts = out.of("sync.status")
    assert [len(decode(SectionStatus, part).rows) for part in parts] == [PART_ROWS, PART_ROWS, 1]
    assert max(map(len, parts)) < MAX_RECORD
    restored = _partition()
    restored.restore([Taken(0, row.key, row.value) for row in reversed(out.rows)])
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


QUEUED = SyncResult(
    tenant="d", section="s", item="i", revision=3, step=0, outcome=Outcome.QUEUED, version=1, at=NOW,
    kind=ItemKind.TEST, title="Lab",
)  # fmt: skip


def _restored(*outs: Outputs, clock: int = NOW) -> StatusPartition:
    partition = StatusStage(TopicNames(), PATIENCE, clock=lambda: clock).assign(0)
    rows = [row for out in outs for row in out.rows if row.topic == "sync.status"]
    partition.restore([Taken(n, row.key, row.value) for n, row in enumerate(rows)])
    return partition


def _stalled(partition: StatusPartition, now: int) -> list[SyncResult]:
    out = Outputs()
    partition.tick(now, out)
    return [decode(SyncResult, value) for value in out.of("sync.results")]


def _errors(out: Outputs) -> int | None:
    return decode(SectionStatus, out.of("sync.status")[-1]).last_error_at


# ---- the watchdog


def test_a_row_restored_as_queued_is_watched_from_when_it_was_queued() -> None:
    written = _fold(_partition(), [QUEUED])

    assert _stalled(_restored(written), NOW + PATIENCE - 1) == []
    (told,) = _stalled(_restored(written, clock=NOW + 9 * PATIENCE), NOW + 9 * PATIENCE)
    assert (told.item, told.code) == ("i", "NO_PROGRESS")


def test_a_restored_row_keeps_the_silence_it_was_promised() -> None:
    promised = replace(QUEUED, step=3, outcome=Outcome.PROGRESS, next_try_at=NOW + 10 * PATIENCE)
    restored = _restored(_fold(_partition(), [promised]))

    assert _stalled(restored, NOW + 10 * PATIENCE) == []
    assert len(_stalled(restored, NOW + 11 * PATIENCE)) == 1


def test_a_row_queued_by_a_clock_far_ahead_is_not_waited_for_until_then() -> None:
    ahead = replace(QUEUED, at=NOW + 10**11)
    restored = _restored(_fold(_partition(), [ahead]))

    assert len(_stalled(restored, NOW + PATIENCE)) == 1


def test_a_log_that_no_result_has_touched_since_the_restart_is_watched_too() -> None:
    one, other = _partition(), _partition()
    restored = _restored(_fold(one, [QUEUED]), _fold(other, [replace(QUEUED, section="t")]))
    _fold(restored, [replace(QUEUED, step=2, outcome=Outcome.SUCCESSFUL)])

    assert [told.section for told in _stalled(restored, NOW + PATIENCE)] == ["t"]


@pytest.mark.parametrize("title", ["Lab", "Lab é"])
@pytest.mark.parametrize("outcome", [Outcome.OBSERVED, Outcome.PROGRESS])
def test_a_sighting_or_old_news_is_no_progress(outcome: Outcome, title: str) -> None:
    now = NOW
    partition = StatusStage(TopicNames(), PATIENCE, clock=lambda: now).assign(0)
    _fold(partition, [QUEUED, replace(QUEUED, step=3, outcome=Outcome.PROGRESS)])

    now += PATIENCE - 1
    _fold(
        partition,
        [replace(QUEUED, revision=9 if outcome is Outcome.OBSERVED else 3, outcome=outcome, title=title)],
    )

    assert len(_stalled(partition, NOW + PATIENCE)) == 1


def test_a_stalled_row_is_told_once_until_it_waits_again() -> None:
    partition = _partition()
    _fold(partition, [QUEUED])
    told = _stalled(partition, NOW + PATIENCE)
    _fold(partition, told)

    assert _stalled(partition, NOW + 9 * PATIENCE) == []
    _fold(partition, [replace(QUEUED, revision=4)])
    assert len(_stalled(partition, NOW + 9 * PATIENCE)) == 1


# ---- the red dot


def test_an_error_told_again_is_no_new_error() -> None:
    partition = _partition()
    error = replace(QUEUED, step=2, outcome=Outcome.ERROR, code="X")
    assert _errors(_fold(partition, [error])) == NOW

    assert _errors(_fold(partition, [replace(error, at=NOW + 5)])) == NOW
    assert _errors(_fold(partition, [replace(error, revision=1, at=NOW + 6)])) == NOW
    assert _errors(_fold(partition, [replace(error, revision=9, at=NOW + 7)])) == NOW + 7


def test_an_error_is_remembered_after_the_row_succeeded() -> None:
    error = replace(QUEUED, step=2, outcome=Outcome.ERROR, code="X")
    succeeded = replace(QUEUED, step=5, outcome=Outcome.SUCCESSFUL)

    assert _errors(_fold(_partition(), [error, succeeded])) == NOW


def test_each_teacher_has_seen_what_that_teacher_looked_at() -> None:
    look = replace(QUEUED, item="", outcome=Outcome.OBSERVED, title="")
    told = [
        replace(look, seen_by="a", at=5),
        replace(look, seen_by="b", at=9),
        replace(look, seen_by="a", at=3),
    ]

    out = _fold(_partition(), told)

    marks = decode(SectionStatus, out.of("sync.status")[-1]).seen
    assert {mark.teacher: mark.seen_at for mark in marks} == {"a": 5, "b": 9}


# ---- hostile records and parts


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        (None, encode(QUEUED), "NULL_KEY"),
        (b"d/other", encode(QUEUED), "WRONG_KEY"),
        (b"d/%73", encode(QUEUED), "WRONG_KEY"),
        (b"d/s", None, "TOMBSTONE"),
        (b"d/s", b"", "EMPTY_VALUE"),
        (b"d/s", encode(replace(QUEUED, item="x" * 2_000)), "VENDOR_DATA"),
    ],
)
def test_a_hostile_result_is_one_dead_letter_and_the_next_is_served(
    key: bytes | None, value: bytes | None, code: str
) -> None:
    partition, out = _partition(), Outputs()
    _fold(partition, [QUEUED])

    partition.process(Batch("sync.results", 0, [Taken(9, key, value)], 9, 10), out)

    (letter,) = out.rows
    assert (letter.topic, dict(letter.headers)["gradebook-sync.error.code"]) == (
        "dead.letters",
        code.encode(),
    )
    assert _row(_fold(partition, [replace(QUEUED, revision=4)])).revision == 4


def test_results_of_the_largest_size_leave_a_log_that_can_be_written() -> None:
    told = [
        replace(
            QUEUED, item=f"i{n}", step=2, outcome=Outcome.ERROR, code="X" * 5_000, params={"p": "v" * 900_000}
        )
        for n in range(3)
    ]

    parts = _fold(_partition(), told).of("sync.status")

    assert [len(decode(SectionStatus, part).rows) for part in parts] == [3]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"\xff", b"x"),
        (b"d", b"x"),
        (b"d/s", b"junk"),
        (b"d/s", b""),
        (b"d/s", encode(QUEUED)),
        (b"d/s/x", b"x"),
        (b"d/s/-5", b"x"),
        (b"d/s/2147483647", b"x"),
        (b"d/s/1", encode(SectionStatus(
            tenant="d", section="s", part=2**31 - 1, updated_at=0, last_error_at=None, seen=(), rows=()))),
        (b"d/s", encode(SectionStatus(
            tenant="d", section="s", part=-1, updated_at=0, last_error_at=None, seen=(), rows=()))),
        (b"d/t", encode(SectionStatus(
            tenant="d", section="s", part=0, updated_at=0, last_error_at=None, seen=(), rows=()))),
    ],
)  # fmt: skip
def test_a_foreign_part_is_passed_by_at_restore_and_repair(key: bytes, value: bytes) -> None:
    written, out = _fold(_partition(), [QUEUED]), Outputs()
    partition = _restored(written)

    partition.restore([Taken(5, key, value), Taken(6, None, value)])
    partition.overwritten([Taken(5, key, value)], out)

    assert {row.key for row in out.rows} <= {b"d/s"}
    assert _row(_fold(partition, [replace(QUEUED, revision=4)])).revision == 4


@given(st.binary(max_size=60), st.none() | st.binary(max_size=80))
def test_no_record_of_sync_status_stops_a_restore_or_a_repair(key: bytes, value: bytes | None) -> None:
    partition, out = _partition(), Outputs()

    partition.restore([Taken(5, key, value)])
    partition.overwritten([Taken(5, key, value)], out)

    assert _row(_fold(partition, [QUEUED])).state is RowState.QUEUED


def test_an_older_part_of_a_paused_worker_is_written_over() -> None:
    partition, out = _partition(), Outputs()
    older = _fold(partition, [QUEUED])
    newer = _fold(partition, [replace(QUEUED, revision=4)])
    rows = [Taken(n, row.key, row.value) for n, row in enumerate([*older.rows, *newer.rows])]

    partition.overwritten(rows, out)

    assert [(row.key, row.value) for row in out.rows] == [(b"d/s", newer.rows[0].value)]


def test_a_log_of_another_section_under_our_key_does_not_mix_in() -> None:
    other = _fold(_partition(), [replace(QUEUED, section="t", item="theirs")])
    partition = _partition()

    partition.restore([Taken(0, b"d/s", other.of("sync.status")[0])])

    (part,) = _fold(partition, [QUEUED]).of("sync.status")
    assert [row.item for row in decode(SectionStatus, part).rows] == ["i"]


def test_a_table_dropped_and_folded_again_in_other_batches_is_equal() -> None:
    told = [
        replace(QUEUED, item=f"i{n % 7}", revision=n, step=n % 3, outcome=list(Outcome)[n % 6], at=NOW + n)
        for n in range(60)
    ]
    at_once, one_by_one = _partition(), _partition()
    _fold(at_once, told)
    for one in told:
        _fold(one_by_one, [one])

    assert _log(at_once) == _log(one_by_one)


def _row(out: Outputs) -> StatusRow:
    return decode(SectionStatus, out.of("sync.status")[-1]).rows[0]
