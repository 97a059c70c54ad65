"""The intake stage: one partition of gradebook.changes, batch by batch.

For each change in order: refuse what is unreadable, fold it into its section, decide what it asks for. After the
batch, the rows that changed go to gradebook.state. The runtime publishes all of it and only then acknowledges the
batch, so a batch that comes again is folded again, which changes nothing, and decided again with the same
revisions (a change's offset), which later stages know to be the same.
"""

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

import structlog

from schemas import splice
from schemas.codec import Refused, TooLarge, decode, encode
from schemas.gradebook import GradebookChange, ItemKind, LogSeen, ReviewRequested, Sis, SyncRequested
from schemas.keys import partition_for, section_key, tenant_key
from schemas.results import Outcome, SyncResult
from schemas.state import ItemState, Look
from schemas.topics import TopicNames
from streams.districts import Districts
from streams.intake.admit import admit
from streams.intake.asks import Ask, asked_items, by_click, item_of, item_part
from streams.intake.express import OUTCOMES, Express
from streams.intake.fold import answered, fold_item, fold_section, in_force, look_of
from streams.intake.memory import Memory, Section, written
from streams.intake.recheck import AFTER_BATCH, IN_TICK, Recheck
from streams.intake.review import answer
from streams.intake.route import Asked, Place, observe, route
from streams.intake.runs import Runs
from streams.quarantine import dead_letter
from streams.stage import Batch, Output, Record
from streams.tally import Tally

STAGE = "intake"

log = structlog.get_logger("streams.intake")


@dataclass(frozen=True, slots=True)
class IntakeStage:
    """Makes the intake of each partition. `partitions` is how many gradebook.changes has."""

    topics: TopicNames
    partitions: int
    districts: Districts
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    def assign(self, partition: int) -> "IntakePartition":
        """The intake of one partition, empty."""
        return IntakePartition(self, partition)


class IntakePartition:
    """Intake of one partition."""

    def __init__(self, stage: IntakeStage, partition: int) -> None:
        self._stage = stage
        self._topics = stage.topics
        self._results, self._state = stage.topics.results, stage.topics.state
        self._partition = partition
        self._memory = Memory()
        self._express = Express(self._desire, self._tell)
        self._tally = Tally(STAGE)
        self._systems = {stage.topics.desired(sis): sis.value for sis in Sis}
        self._runs = Runs(stage.districts, self._send, self._publish, _row)
        self._recheck = Recheck(stage.districts, self._memory.sections, self._express, self._ask_again)
        self._desired: dict[tuple[str, int], dict[bytes, bytes]] = defaultdict(dict)
        self._told: dict[int, list[tuple[bytes, bytes]]] = defaultdict(list)
        self._dirty: dict[bytes, Section] = {}
        self._out: Output
        self._now = 0

    def restore(self, records: Sequence[Record]) -> None:
        """Take rows of gradebook.state. What is no row of ours is passed by: it would be there again next time."""
        for record in records:
            try:
                if record.key is not None:
                    self._memory.load(record.key, record.value)
            except Refused as refused:
                log.error(
                    "state_row_unreadable",
                    code=refused.code,
                    partition=self._partition,
                    offset=record.offset,
                )

    def process(self, batch: Batch, out: Output) -> None:
        """Fold and decide a batch."""
        self._out = out
        self._now = self._stage.clock()
        self._express.now = splice.long(self._now)
        sections, dirty, take = self._memory.sections, self._dirty, self._express.take
        self._runs.begin(batch, sections)
        crowded = self._runs.crowded
        for record in batch.records:
            key, value = record.key, record.value
            section = None if key is None else sections.get(key)
            if section is not None and value is not None:
                if key not in dirty:  # once a batch: configurations come from another thread, at any time
                    section.prepare(self._stage.districts.get(section.tenant))
                if crowded:
                    self._runs.watch(section)
                if take(section, value, record.offset):
                    dirty[section.key] = section
                    continue
            self._take(record, batch)
        self._recheck.look(AFTER_BATCH)
        self._write()

    def tick(self, now_ms: int, out: Output) -> None:
        """Go on looking for items that a changed configuration decides otherwise."""
        self._out, self._now = out, now_ms
        self._recheck.look(IN_TICK)

    def overwritten(self, records: Sequence[Record], out: Output) -> None:
        """Write our rows again over a paused worker's late ones."""
        for record in records:
            try:
                row = None if record.key is None else self._memory.row(record.key)
            except Refused:  # none of ours to mend
                continue
            if row is not None and row != record.value:
                out.append(self._topics.state, self._partition, record.key, row)

    # ------------------------------------------------------------ one change

    def _take(self, record: Record, batch: Batch) -> None:
        try:
            change = decode(GradebookChange, record.value)
            key = section_key(change.tenant, change.section)
            if record.key != key:
                raise Refused("NULL_KEY" if record.key is None else "WRONG_KEY")
            if self._forwarded(record, key):
                return
            admit(change)
            self._apply(change, key, record)
        except Refused as refused:
            self._tally.letters[refused.code] += 1
            letter = dead_letter(record, batch.topic, batch.partition, STAGE, refused.code)
            self._out.append(self._topics.dead_letters, None, *letter)

    def _forwarded(self, record: Record, key: bytes) -> bool:
        # librdkafka's default partitioner is not Kafka's; a section's changes must share one partition
        home = partition_for(key, self._stage.partitions)
        if home == self._partition:
            return False
        written_at = record.timestamp if record.timestamp > 0 else None
        self._out.append(self._topics.changes, home, record.key, record.value, record.headers, written_at)
        return True

    def _apply(self, change: GradebookChange, key: bytes, record: Record) -> None:
        offset = record.offset
        section = self._memory.section(key, change.tenant, change.section)
        self._dirty[key] = section
        # the topic's own time of the record; a producer may give none
        written_at = min(record.timestamp, self._now) if record.timestamp > 0 else self._now
        section.alter(fold_section(section.state, change, written_at))
        asked = Asked(change.event, offset, self._now, *_click(change))
        told = self._fold_item(section, change, offset) or in_force(section.state, change)
        section.prepare(self._stage.districts.get(section.tenant))
        asks = asked_items(change, section.state, section.items, in_force=told)
        self._runs.watch(section)
        approved = asked.approved is not None
        with self._runs.run(section, len(asks), clicked=by_click(change), approved=approved):
            for item, ask in asks:
                self._look_at(section, item, ask, asked)
        match change.change:
            case ReviewRequested(review=question, items=items):
                self._answer(section, question, items, asked)
            case LogSeen() if (look := look_of(section.state, change)) is not None:
                self._publish_result(section, _seen(section, look, asked))

    def _fold_item(self, section: Section, change: GradebookChange, offset: int) -> bool:
        """Whether the change is the last answer to its item's conflict."""
        item = item_of(change)
        if item is None:
            return False
        part = item_part(item)
        before = section.item(part)
        after = fold_item(before, change, offset)
        if after != before:
            section.keep(part, _row(after))
        return answered(after, change, offset)

    def _look_at(self, section: Section, item: bytes, ask: Ask, asked: Asked) -> None:
        if ask is not Ask.OBSERVE and self._express.decide(section, item, ask, asked):
            return
        place = Place(section.tenant, section.name, unquote(item.decode()))
        state = section.item(item)
        district = self._stage.districts.get(section.tenant)
        if ask is Ask.OBSERVE:
            self._publish_result(section, observe(place, section.state, state, asked))
            return
        decided = route(place, section.state, state, district, replace(asked, ask=ask))
        row = _row(decided.state) if item in section.items and decided.state != state else None
        if decided.desired is not None:
            self._desire(section, item, encode(decided.desired), kept=decided.desired.choice is not None)
        if row is not None:
            section.keep(item, row)
        self._publish_result(section, decided.result)

    def _ask_again(self, section: Section, items: tuple[str, ...]) -> None:
        asked = uuid.uuid4().hex
        change = GradebookChange(
            tenant=section.tenant,
            section=section.name,
            event=f"config-{asked}",
            version=self._now,
            occurred_at=self._now,
            actor="intake",
            change=SyncRequested(run=f"config-{asked}", items=items, replay=True),
        )
        self._out.append(self._topics.changes, self._partition, section.key, encode(change))

    def _answer(self, section: Section, question: str, items: tuple[str, ...] | None, asked: Asked) -> None:
        parts = list(section.items) if items is None else [item_part(item) for item in items]
        places = ((Place(section.tenant, section.name, unquote(p.decode())), section.item(p)) for p in parts)
        district = self._stage.districts.get(section.tenant)
        value = answer(section.tenant, section.name, question, section.state, places, district, asked)
        self._out.append(self._topics.reviews, None, section.key, value)

    # --------------------------------------------------------------- outputs

    def _desire(self, section: Section, item: bytes, value: bytes, *, kept: bool = False) -> None:
        # before the item's new row is kept: the old one says what this changes
        runs = self._runs
        if not (runs.looks(section, item) and runs.keep_desired(section, item, value, kept=kept)):
            self._send(section, item, value, kept)

    def _send(self, section: Section, item: bytes, value: bytes, kept: bool) -> None:
        # one record per item and batch: the topic is compacted, only the newest counts; but what carries a
        # teacher's answer to a conflict is not passed over unseen
        place = section.desired_place or self._desired_place(section)
        key = section.key + b"/" + item
        if kept:
            self._desired[place].pop(key, None)
            self._tally.routed[self._systems[place[0]]] += 1
            self._out.append(*place, key, value)
        else:
            self._desired[place][key] = value

    def _desired_place(self, section: Section) -> tuple[str, int]:
        binding = section.state.binding
        assert binding is not None  # noqa: S101 - nothing is routed from an unbound section
        topic = self._topics.desired(binding.sis)
        section.desired_place = topic, self._out.partition_for(topic, tenant_key(section.tenant))
        return section.desired_place

    def _tell(self, section: Section, value: bytes) -> None:
        if not (self._runs.drafts and self._runs.keep_told(section, value)):
            self._publish(section, value)

    def _publish(self, section: Section, value: bytes) -> None:
        if section.results_partition is None:
            section.results_partition = self._out.partition_for(self._results, section.key)
        self._told[section.results_partition].append((section.key, value))

    def _publish_result(self, section: Section, result: SyncResult) -> None:
        self._tally.results[result.outcome, result.code] += 1
        self._tell(section, encode(result))

    def _write(self) -> None:
        self._runs.settle()
        for partition, told in self._told.items():
            self._out.extend(self._results, partition, told)
        self._told.clear()
        for place, desired in self._desired.items():
            self._out.extend(*place, desired.items())
            self._tally.routed[self._systems[place[0]]] += len(desired)
        self._desired.clear()
        rows = [row for section in self._dirty.values() for row in written(section)]
        self._out.extend(self._state, self._partition, rows)
        self._dirty.clear()
        for outcome, count in self._express.told.items():
            self._tally.results[OUTCOMES[outcome], None] += count
        self._express.told.clear()
        self._tally.tell()


def _click(change: GradebookChange) -> tuple[str | None, dict[str, str] | None]:
    match change.change:
        case SyncRequested(run=run, approved=None):
            return run, None
        case SyncRequested(run=run, approved=approved):
            return run, {row.item: row.fingerprint for row in approved or ()}
        case _:
            return None, None


def _row(state: ItemState) -> bytes:
    try:
        return encode(state)
    except TooLarge as error:  # many single scores on top of a long list
        raise Refused("ITEM_TOO_LARGE") from error


def _seen(section: Section, look: Look, asked: Asked) -> SyncResult:
    # what went wrong since the log was opened is not seen yet, however late we hear of it
    return SyncResult(
        tenant=section.tenant,
        section=section.name,
        item="",
        revision=asked.revision,
        step=0,
        outcome=Outcome.OBSERVED,
        version=look.version,
        at=look.at,
        kind=ItemKind.ASSIGNMENT,
        title="",
        seen_by=look.teacher,
    )
