"""The status stage: one partition of sync.results folded into its sections' logs, batch by batch.

Each batch writes every part of a log that changed once, to the compacted sync.status. The logs are a view: dropped
and folded again from sync.results they are equal to what they were.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from schemas import splice
from schemas.codec import Refused, decode, encode
from schemas.keys import key_parts, section_key
from schemas.results import RowState, StatusRow, SyncResult
from schemas.topics import TopicNames
from streams.quarantine import dead_letter
from streams.stage import Batch, Output, Record
from streams.status import express
from streams.status.fold import fold_row
from streams.status.log import SectionLog, log_of, part_of
from streams.status.rows import read_row, row_bytes
from streams.status.watchdog import PATIENCE_MS, Waiting, stalled_result
from streams.tally import Tally

STAGE = "status"
#: Longest item id with a row, in bytes: intake lets no longer one in.
_ITEM_BYTES = 1_024

log = structlog.get_logger("streams.status")


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
        self._tally = Tally(STAGE)

    def restore(self, records: Sequence[Record]) -> None:
        """Take parts of logs from sync.status."""
        now = self._stage.clock()
        for record in records:
            try:
                self._restore(record, now)
            except Refused as refused:  # it would be there again next time
                log.error(
                    "status_part_unreadable",
                    code=refused.code,
                    partition=self._partition,
                    offset=record.offset,
                )

    def process(self, batch: Batch, out: Output) -> None:
        """Fold a batch of results."""
        now = self._stage.clock()
        for record in batch.records:
            key, value = record.key, record.value
            section = None if key is None else self._logs.get(key) or log_of(key)
            if section is not None and value is not None:
                item = express.take(section, value)
                if item is not None:
                    self._logs[section.key] = self._dirty[section.key] = section
                    if item:
                        self._waiting.word(section.key, item, now)
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
                self._tally.results[result.outcome, result.code] += 1
                self._tally.stalled += 1
        self._tally.tell()

    def overwritten(self, records: Sequence[Record], out: Output) -> None:
        """Write our parts again over a paused worker's late ones."""
        for record in records:
            if record.key is None:
                continue
            try:
                place = part_of(record.key)
            except Refused:  # none of ours to mend
                continue
            section = self._logs.get(place.section_key)
            if section is None or not section.has(place.number):
                continue
            ours = section.part(place.number)
            if ours != record.value:
                out.append(self._topics.status, self._partition, record.key, ours)

    def _restore(self, record: Record, now: int) -> None:
        if record.key is None or record.value is None:
            return
        place = part_of(record.key)
        section = self._logs.get(place.section_key) or SectionLog(*place[:3])
        waiting = section.load(place.number, record.value)
        self._logs[section.key] = section
        for item, since, promised in waiting:
            self._waiting.word(section.key, item, min(since, now), promised)

    def _take(self, record: Record, batch: Batch, now: int, out: Output) -> None:
        try:
            result = decode(SyncResult, record.value)
            key = section_key(result.tenant, result.section)
            if record.key != key:
                raise Refused("NULL_KEY" if record.key is None else "WRONG_KEY")
            if len(result.item.encode()) > _ITEM_BYTES:
                raise Refused("VENDOR_DATA")
        except Refused as refused:
            self._tally.letters[refused.code] += 1
            letter = dead_letter(record, batch.topic, batch.partition, STAGE, refused.code)
            out.append(self._topics.dead_letters, None, *letter)
            return
        section = self._log(key, result.tenant, result.section)
        self._dirty[key] = section
        if result.seen_by is not None:
            section.seen(result.seen_by, result.at)
        if result.item:
            self._fold(section, result, now)

    def _fold(self, section: SectionLog, result: SyncResult, now: int) -> None:
        item = splice.string(result.item)
        known = section.row(item)
        before = None if known is None else read_row(known)
        row = fold_row(before, result)
        section.put(item, row_bytes(row), splice.long(result.at))
        if not _moved(before, row):  # a sighting, or old news: no progress, and nothing new to be seen
            return
        if row.state is RowState.ERROR:
            section.error_at(item, result.at)
        if row.state is RowState.QUEUED:
            self._waiting.word(section.key, item, now, row.next_try_at)
        else:
            self._waiting.done(section.key, item)

    def _log(self, key: bytes, tenant: str, section: str) -> SectionLog:
        known = self._logs.get(key)
        if known is None:
            known = self._logs[key] = SectionLog(key, tenant, section)
        return known

    def _write(self, out: Output) -> None:
        rows = [row for section in self._dirty.values() for row in section.written()]
        out.extend(self._topics.status, self._partition, rows)
        self._dirty.clear()
        self._tally.tell()


def _moved(before: StatusRow | None, row: StatusRow) -> bool:
    """Whether the row's state was told anew."""
    return before is None or (before.revision, before.step) != (row.revision, row.step)
