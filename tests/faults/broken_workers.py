"""A stream worker with one guard taken away, or one fault planted: what the oracle must turn red for.

    python -m tests.faults.broken_workers NAME [EVENT]

raises    intake raises on the planted event; the guard stands, so the process ends and nothing is acknowledged
swallows  the same, but the exception is caught and the batch acknowledged, as stock Faust does
unawaited inputs count as done as soon as their outputs are handed over, before the broker has them
inexact   the position is committed, not the end of the finished work
unrestored partitions are worked on before their state is back
"""

import sys
from collections.abc import Callable
from typing import Any

from streams import app
from streams.commits import CommitLedger
from streams.delivery import Delivery
from streams.intake.stage import IntakePartition
from streams.runner import StageRunner
from streams.stage import Batch, Output, TopicPartition

_PROCESS = IntakePartition.process


def raises(event: str) -> None:
    """Plant a fault."""

    def process(self: IntakePartition, batch: Batch, out: Output) -> None:
        for record in batch.records:
            if event.encode() in (record.value or b""):
                raise ValueError(f"cannot fold {record.value!r}")
        _PROCESS(self, batch, out)

    IntakePartition.process = process  # type: ignore[method-assign]


def swallows(event: str) -> None:
    """Plant a fault, and catch it."""
    raises(event)
    raising = IntakePartition.process

    def process(self: IntakePartition, batch: Batch, out: Output) -> None:
        try:
            raising(self, batch, out)
        except ValueError:
            print("swallowed", flush=True)

    IntakePartition.process = process  # type: ignore[method-assign]


def unawaited(_: str) -> None:
    """Do not wait for the broker."""

    async def at_once(self: Any, departure: Any, deliveries: Any) -> None:
        departure.on_acknowledged()

    Delivery._await_acknowledgement = at_once  # type: ignore[method-assign]


def inexact(_: str) -> None:
    """Commit whatever was read."""

    def everything_read(self: CommitLedger) -> dict[TopicPartition, int]:
        return self.positions()

    CommitLedger.committable = everything_read  # type: ignore[method-assign]


def unrestored(_: str) -> None:
    """Begin with nothing."""

    async def skip(self: Any, changelog: str, reader: Any) -> None:
        for partition in list(self._restoring):
            self._restored(TopicPartition(changelog, partition), None)

    StageRunner._restore = skip  # type: ignore[method-assign]


BROKEN: dict[str, Callable[[str], None]] = {
    function.__name__: function for function in (raises, swallows, unawaited, inexact, unrestored)
}

if __name__ == "__main__":
    BROKEN[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else "")
    sys.exit(app.main())
