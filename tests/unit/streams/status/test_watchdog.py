"""Rows that wait: how long they may be silent, whatever the clock does."""

from dataclasses import replace

import pytest

from schemas.gradebook import ItemKind, Sis
from schemas.results import Outcome, RowState, StatusRow
from streams.status.watchdog import PROMISE_MS, Waiting, stalled_result

PATIENCE = 60_000
NOW = 1_790_000_000_000
DAY = 86_400_000
ROW = StatusRow(
    item="i", kind=ItemKind.DISCUSSION, title="Lab", state=RowState.QUEUED, deleted=True, version=2, heard=5,
    revision=4, step=3, changed_at=NOW, last_success_at=1, last_success_revision=1, last_success_fingerprint="f",
    sis=Sis.AERIES, code=None, params={}, next_try_at=None, problems=(), receipt=None,
)  # fmt: skip


def _waiting() -> Waiting:
    waiting = Waiting(PATIENCE)
    waiting.word(b"s", b"i", NOW)
    return waiting


def test_a_row_stalls_when_its_patience_has_ended_and_once() -> None:
    waiting = _waiting()

    assert list(waiting.stalled(NOW + PATIENCE - 1)) == []
    assert list(waiting.stalled(NOW + PATIENCE)) == [(b"s", b"i")]
    assert list(waiting.stalled(NOW + 9 * PATIENCE)) == []
    assert len(waiting) == 0


def test_each_word_gives_another_patience() -> None:
    waiting = _waiting()
    waiting.word(b"s", b"i", NOW + PATIENCE)

    assert list(waiting.stalled(NOW + PATIENCE)) == []
    assert list(waiting.stalled(NOW + 2 * PATIENCE)) == [(b"s", b"i")]


def test_a_row_that_is_done_never_stalls() -> None:
    waiting = _waiting()
    waiting.done(b"s", b"i")
    waiting.done(b"s", b"never waited")

    assert list(waiting.stalled(NOW + 9 * PATIENCE)) == []


def test_a_promised_silence_is_respected() -> None:
    waiting = _waiting()
    waiting.word(b"s", b"i", NOW, NOW + DAY)

    assert list(waiting.stalled(NOW + DAY)) == []
    assert list(waiting.stalled(NOW + DAY + PATIENCE)) == [(b"s", b"i")]


@pytest.mark.parametrize("promised", [2**62, NOW + 400 * DAY])
def test_a_promise_of_years_is_not_believed(promised: int) -> None:
    waiting = _waiting()
    waiting.word(b"s", b"i", NOW, promised)

    assert list(waiting.stalled(NOW + PROMISE_MS + PATIENCE)) == [(b"s", b"i")]


@pytest.mark.parametrize("promised", [0, -1, NOW - DAY])
def test_a_promise_of_the_past_shortens_nothing(promised: int) -> None:
    waiting = _waiting()
    waiting.word(b"s", b"i", NOW, promised)

    assert list(waiting.stalled(NOW + PATIENCE - 1)) == []


def test_a_clock_that_was_ahead_and_is_set_back_leaves_no_row_waiting_for_years() -> None:
    waiting = Waiting(PATIENCE)
    assert list(waiting.stalled(NOW + 3_650 * DAY)) == []
    waiting.word(b"s", b"i", NOW + 3_650 * DAY)

    assert list(waiting.stalled(NOW)) == []
    assert list(waiting.stalled(NOW + PATIENCE)) == [(b"s", b"i")]


def test_a_clock_set_back_by_a_moment_changes_nothing() -> None:
    waiting = _waiting()
    list(waiting.stalled(NOW + 10_000))

    assert list(waiting.stalled(NOW + 5_000)) == []
    assert list(waiting.stalled(NOW + PATIENCE - 1)) == []


def test_what_is_told_of_a_stalled_row_follows_its_last_word_and_keeps_the_rest() -> None:
    told = stalled_result("d", "s", ROW, NOW + 7)

    assert told is not None
    assert (told.outcome, told.code, told.revision, told.step) == (Outcome.ERROR, "NO_PROGRESS", 4, 4)
    assert (told.item, told.title, told.kind, told.deleted, told.version, told.sis, told.at) == (
        "i", "Lab", ItemKind.DISCUSSION, True, 2, Sis.AERIES, NOW + 7,
    )  # fmt: skip


@pytest.mark.parametrize("state", [state for state in RowState if state is not RowState.QUEUED])
def test_nothing_is_told_of_a_row_that_does_not_wait(state: RowState) -> None:
    assert stalled_result("d", "s", replace(ROW, state=state), NOW) is None
