"""The status stage: one partition of sync.results folded into its sections' logs, batch by batch.

Each batch writes every part of a log that changed once, to the compacted sync.status. The logs are a view: dropped
and folded again from sync.results they are equal to what they were.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas import splice
from schemas.codec import Refused, decode, encode
from schemas.keys import key_parts, section_key
from schemas.results import Outcome, RowState, SyncResult
from schemas.topics import TopicNames
from streams.quarantine import dead_letter
from streams.stage import Batch, Output, Record
from streams.status import express
from streams.status.fold import fold_row
from streams.status.log import SectionLog
from streams.status.rows import read_row, row_bytes
from streams.status.watchdog import PATIENCE_MS, Waiting, stalled_result

STAGE = "status"


@dataclass(frozen=True, slots=True)
class StatusStage:
    """Makes the status table of each partition."""

    topics: TopicNames
    patience_ms: int = PATIENCE_MS
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def assign(self, partition: int) -> "StatusPartition":
        """The logs of one partition, empty."""
        return StatusPartition(self, partition)


class StatusPartition:
    """The logs of one partition."""

    def __init__(self, stage: StatusStage, partition: int) -> None:
        self._stage = stage
        self._topics = stage.topics
        self._partition = partition
        self._logs: dict[bytes, SectionLog] = {}
        self._waiting = Waiting(stage.patience_ms)
        self._dirty: dict[bytes, SectionLog] = {}

    def restore(self, records: Sequence[Record]) -> None:
        """Take parts of logs from sync.status."""
        for record in records:
            if record.key is None or record.value is None:
                continue
            tenant, section, *_ = key_parts(record.key)
            log = self._log(section_key(tenant, section), tenant, section)
            for item, waits_since in log.load(record.value):
                self._waiting.word(log.key, item, waits_since)

    def process(self, batch: Batch, out: Output) -> None:
        """Fold a batch of results."""
        now = self._stage.clock()
        for record in batch.records:
            log = self._logs.get(record.key)  # type: ignore[arg-type] # None is simply not there
            if log is not None and record.value is not None:
                item = express.take(log, record.value)
                if item is not None:
                    self._dirty[log.key] = log
                    if item:
                        self._waiting.word(log.key, item, now)
                    continue
            self._take(record, batch, now, out)
        self._write(out)

    def tick(self, now_ms: int, out: Output) -> None:
        """Tell of the rows that stand still."""
        for key, item in self._waiting.stalled(now_ms):
            row = self._logs[key].row(item)
            if row is None:
                continue
            tenant, section = key_parts(key)
            result = stalled_result(tenant, section, read_row(row), now_ms)
            if result is not None:
                out.append(self._topics.results, self._partition, key, encode(result))

    def overwritten(self, records: Sequence[Record], out: Output) -> None:
        """Write our parts again over a paused worker's late ones."""
        for record in records:
            if record.key is None:
                continue
            tenant, section, *part = key_parts(record.key)
            log = self._logs.get(section_key(tenant, section))
            if log is None:
                continue
            ours = log.part(int(part[0]) if part else 0)
            if ours != record.value:
                out.append(self._topics.status, self._partition, record.key, ours)

    def _take(self, record: Record, batch: Batch, now: int, out: Output) -> None:
        try:
            result = decode(SyncResult, record.value)
            key = section_key(result.tenant, result.section)
            if record.key != key:
                raise Refused("NULL_KEY" if record.key is None else "WRONG_KEY")
        except Refused as refused:
            letter = dead_letter(record, batch.topic, batch.partition, STAGE, refused.code)
            out.append(self._topics.dead_letters, None, *letter)
            return
        log = self._log(key, result.tenant, result.section)
        self._dirty[key] = log
        if result.seen_by is not None:
            log.seen(result.seen_by, result.at)
        if result.item:
            self._fold(log, result, now)

    def _fold(self, log: SectionLog, result: SyncResult, now: int) -> None:
        item = splice.string(result.item)
        before = log.row(item)
        row = fold_row(None if before is None else read_row(before), result)
        log.put(item, row_bytes(row), splice.long(result.at))
        if result.outcome is Outcome.ERROR:
            log.error_at(item, result.at)
        if row.state is RowState.QUEUED:
            self._waiting.word(log.key, item, max(now, row.next_try_at or 0))
        else:
            self._waiting.done(log.key, item)

    def _log(self, key: bytes, tenant: str, section: str) -> SectionLog:
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = SectionLog(key, tenant, section)
        return log

    def _write(self, out: Output) -> None:
        for log in self._dirty.values():
            for key, part in log.written():
                out.append(self._topics.status, self._partition, key, part)
        self._dirty.clear()
