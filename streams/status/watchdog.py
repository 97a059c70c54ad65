"""Rows that wait, and since when: a row must not stand in Queued without a word.

Intake queues, delivery reports progress; each word gives the row another `patience`. A row without one becomes an
Error that says it will be retried. Delivery's work is not touched by that: the desired item still stands on its
topic, and whatever delivery says next replaces the Error.
"""

from collections.abc import Iterator

from schemas.results import Outcome, RowState, StatusRow, SyncResult

CODE = "NO_PROGRESS"
#: Milliseconds without a word after which a row is called stalled.
PATIENCE_MS = 15 * 60 * 1000
#: Longest silence that delivery can promise: a SIS closed over a long weekend.
PROMISE_MS = 4 * 24 * 60 * 60 * 1000


class Waiting:
    """The waiting rows of one partition, by section key and item, with the time their patience ends."""

    def __init__(self, patience_ms: int = PATIENCE_MS) -> None:
        self._patience = patience_ms
        self._ends: dict[tuple[bytes, bytes], int] = {}
        self._asked_at = 0

    def __len__(self) -> int:
        return len(self._ends)

    def word(self, section: bytes, item: bytes, at: int, promised: int | None = None) -> None:
        """The row waits and was heard of at `at`; until `promised` it may be silent. Milliseconds since the epoch."""
        until = at if promised is None else max(at, min(promised, at + PROMISE_MS))
        self._ends[section, item] = until + self._patience

    def done(self, section: bytes, item: bytes) -> None:
        """The row waits no more."""
        self._ends.pop((section, item), None)

    def stalled(self, now: int) -> Iterator[tuple[bytes, bytes]]:
        """The rows whose patience has ended, each once until the next word."""
        if now < self._asked_at - self._patience:
            # the clock was ahead and is set back: what it said of the future is not worth waiting for
            self._ends = {key: min(end, now + self._patience) for key, end in self._ends.items()}
        self._asked_at = now
        for key in [key for key, end in self._ends.items() if end <= now]:
            del self._ends[key]
            yield key


def stalled_result(tenant: str, section: str, row: StatusRow, now: int) -> SyncResult | None:
    """What to tell of a row that stands still; None when it does not wait."""
    if row.state is not RowState.QUEUED:
        return None
    return SyncResult(
        tenant=tenant,
        section=section,
        item=row.item,
        revision=row.revision,
        step=row.step + 1,
        outcome=Outcome.ERROR,
        version=row.version,
        at=now,
        kind=row.kind,
        title=row.title,
        deleted=row.deleted,
        sis=row.sis,
        code=CODE,
    )
