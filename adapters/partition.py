"""One assigned partition of sis.<system>: its ledger, its offsets, the lanes of its districts, its outputs.

When the partition goes to another worker this object closes; whatever still runs then finds `open` false and neither
calls nor writes. A new assignment, even to the same worker, is a new object with a higher generation.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from adapters import dead_letters, failpoints, metrics, outcomes
from adapters.contract import Adapter
from adapters.crew import Crew
from adapters.dead_letters import Limit
from adapters.engine import Engine, Outputs
from adapters.fence import Fence
from adapters.lanes import Decision, Lane, Slot
from adapters.ledger import PartitionLedger
from adapters.offsets import Offsets
from adapters.outlet import Outlet, Together
from adapters.ratelimit import TokenBucket
from adapters.timetable import CONCURRENCY, timetable
from adapters.waiting import reason
from schemas.cluster import Cluster
from schemas.codec import Refused, encode
from schemas.desired import head
from schemas.district import DistrictConfig
from schemas.gradebook import Sis
from schemas.keys import item_key, section_key
from schemas.ledger import LedgerEntry
from schemas.results import SyncResult

log = structlog.get_logger("adapters.partition")

#: Words about waiting rows written at a time.
WORDS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a partition needs of the worker.

    `urgent` takes what a call waits for; `adapter_of` may raise Misconfigured.
    """

    cluster: Cluster
    outlet: Outlet
    urgent: Outlet
    crew: Crew
    district: Callable[[str], DistrictConfig | None]
    adapter_of: Callable[[Sis, str, Lane], Adapter]
    renew: Callable[[str], None]
    fence: Fence


class Partition:
    """`end`: the end offset when it was assigned. What stands before it an earlier owner may have begun."""

    def __init__(
        self, sis: Sis, number: int, ledger: PartitionLedger, position: int, end: int, around: Around
    ) -> None:
        self.sis = sis
        self.number = number
        self.offsets = Offsets(position)
        self.open = True
        self._ledger = ledger
        self._end = end
        self._around = around
        self._topics = around.cluster.topics
        self._lanes: dict[str, Lane] = {}
        self._sections: dict[str, dict[str, str | None]] = {}
        self._engines: dict[Lane, Engine] = {}
        self._lock = threading.Lock()
        self._limit = Limit()
        for key, value in ledger.overshadowed():
            self._repair(key, value)

    @property
    def lanes(self) -> list[Lane]:
        """The districts met so far."""
        with self._lock:
            return list(self._lanes.values())

    def take(self, record: Any) -> None:
        """A record of the desired topic."""
        try:
            place = head(record.value)
            if record.key != item_key(place.tenant, place.section, place.item):
                raise Refused("WRONG_KEY")
        except Refused as refused:
            self._set_aside(record, refused.code)
            return
        self._limit.count(dead=False)
        self.offsets.read(record.offset)
        decision = Decision(record.value, place, record.offset, inherited=record.offset < self._end)
        self._sections.setdefault(place.tenant, {})[place.sis_section] = place.sis_teacher
        lane = self.lane(place.tenant)
        ask = partial(self._ledger.get, record.key)
        passed = lane.put(record.key, place.section, decision, ask)
        if passed is not None:
            self._pass_over(record.key, passed, decision)
        self._around.crew.offer(lane)

    def _pass_over(self, key: bytes, passed: Decision, decision: Decision) -> None:
        if passed is not decision and passed.revision == decision.revision:
            self.offsets.finish(passed.offset)  # a copy of the same record: its result is yet to come
            return
        try:
            result = outcomes.superseded(self._ledger.get(key), passed.desired, self.sis, _now())
        except Refused as refused:
            self._unreadable(key, passed, refused.code)
            return
        self._result(result, lambda: self.offsets.finish(passed.offset))

    def run(self, lane: Lane, slot: Slot) -> None:
        """One attempt, in a hand of the crew."""
        try:
            self._engines[lane].run(lane, slot)
        except Refused as refused:
            self._unreadable(slot.key, slot.decision, refused.code)
            with lane.lock:
                lane.breaker.unused()
            lane.done(slot, slot.entry)

    def retry(self, tenant: str) -> None:
        """The district's configuration changed."""
        with self._lock:
            lane = self._lanes.get(tenant)
        if lane is not None:
            config = self._around.district(tenant)
            lane.cap = _cap(config)
            lane.bucket = TokenBucket(config.sis.rate_per_second if config else None)
            lane.timetable = timetable(config)
            lane.retry_now()
            self._around.crew.offer(lane)

    def seen(self, key: bytes | None, value: bytes | None) -> None:
        """A record of the ledger topic; see watch.py."""
        again = None if key is None or value is None else self._ledger.repaired(key, value)
        if key is not None and again is not None:
            self._repair(key, again)

    def _repair(self, key: bytes, again: bytes) -> None:
        if self.ours():
            metrics.REPAIRED.labels(self.sis).inc()
            self._around.outlet.send(self._topics.ledger(self.sis), key, again, partition=self.number)

    def speak(self) -> None:
        """A word about every row that waits long, so that none stands in Queued without a reason."""
        for lane in self.lanes:
            waiting = lane.silent(WORDS)
            why = reason(lane) if waiting else ("", {})
            for one in waiting:
                self._result(outcomes.waits(one, why, self.sis, _now()), None)

    def drain(self) -> None:
        """Nothing new begins; what is under way may end and be written."""
        for lane in self.lanes:
            lane.close()

    @property
    def running(self) -> bool:
        """Whether anything is under way."""
        return any(lane.running for lane in self.lanes)

    def close(self) -> None:
        """Another worker's now: neither act nor write."""
        self.drain()
        self.open = False

    def ours(self) -> bool:
        """Whether this process may still act and write for it."""
        return self.open and self._around.fence.holds()

    def sections(self, tenant: str) -> dict[str, str | None]:
        """SIS sections of the district that decisions named since the assignment, with their teachers."""
        return dict(self._sections.get(tenant, {}))

    def lane(self, tenant: str) -> Lane:
        """The district's lane."""
        with self._lock:
            lane = self._lanes.get(tenant)
            if lane is None:
                config = self._around.district(tenant)
                rate = config.sis.rate_per_second if config else None
                lane = Lane(tenant, _cap(config), TokenBucket(rate), time.monotonic, owner=self)
                lane.timetable = timetable(config)
                self._lanes[tenant] = lane
                self._engines[lane] = Engine(
                    self.sis,
                    self._adapter_for(lane),
                    self._outputs(),
                    renew=self._around.renew,
                    may_act=self.ours,
                    others=self._ledger.others,
                )
            return lane

    def _adapter_for(self, lane: Lane) -> Callable[[str], Adapter]:
        return lambda tenant: self._around.adapter_of(self.sis, tenant, lane)

    def _outputs(self) -> Outputs:
        return Outputs(
            ended=self._ended,
            progressed=self._progressed,
            passed=self._passed,
            checkpoint=self._checkpoint,
            intend=self._intend,
        )

    def _ended(self, slot: Slot, decision: Decision, entry: LedgerEntry, result: SyncResult) -> None:
        if result.receipt is not None:
            metrics.CALLS.labels(self.sis).inc(result.receipt.calls)
        both = Together(2, lambda: self._told(decision))
        self._write(slot.key, entry, both)
        self._result(result, both)

    def _told(self, decision: Decision) -> None:
        failpoints.reached("after_result")
        self.offsets.finish(decision.offset)

    def _progressed(self, slot: Slot, decision: Decision, entry: LedgerEntry, result: SyncResult) -> None:
        metrics.RETRIES.labels(self.sis, result.code or "").inc()
        self._write(slot.key, entry, None)
        self._result(result, None)

    def _passed(self, slot: Slot, decision: Decision, result: SyncResult) -> None:
        self._result(result, lambda: self.offsets.finish(decision.offset))

    def _checkpoint(self, slot: Slot, entry: LedgerEntry) -> None:
        self._write(slot.key, entry, lambda: failpoints.reached("after_crosswalk"))
        failpoints.reached("crosswalk_unacknowledged")

    def _intend(self, slot: Slot, entry: LedgerEntry) -> bool:
        """No acknowledgement, no call: a create nobody knows of could be sent twice."""
        failpoints.reached("before_intent")
        acked = threading.Event()
        self._write(slot.key, entry, acked.set, self._around.urgent)
        failpoints.reached("intent_unacknowledged")
        while not acked.wait(0.25):
            if not self.ours():
                return False
        failpoints.reached("after_intent")
        return self.ours()

    def _write(
        self,
        key: bytes,
        entry: LedgerEntry,
        acked: Callable[[], None] | None,
        outlet: Outlet | None = None,
    ) -> None:
        if not self.ours():
            return
        value = self._ledger.next(key, entry)
        topic = self._topics.ledger(self.sis)
        (outlet or self._around.outlet).send(topic, key, value, partition=self.number, acked=acked)

    def _result(self, result: SyncResult, acked: Callable[[], None] | None) -> None:
        if not self.ours():
            return
        metrics.RESULTS.labels(self.sis, result.outcome, result.code or "").inc()
        key = section_key(result.tenant, result.section)
        self._around.outlet.send(self._topics.results, key, encode(result), acked=acked)

    def _set_aside(self, record: Any, code: str) -> None:
        """What is no desired item; a tombstone only clears the item's key and is none."""
        if record.value is None:
            self.offsets.read(record.offset, finished=True)
            return
        self.offsets.read(record.offset)
        self._bury(record.key, record.value, record.offset, record.timestamp, code)

    def _unreadable(self, key: bytes, decision: Decision, code: str) -> None:
        """What looked like one until it was decoded."""
        self._bury(key, decision.record, decision.offset, decision.decided_at, code)

    def _bury(self, key: bytes | None, value: bytes, offset: int, timestamp: int, code: str) -> None:
        self._limit.count(dead=True)
        metrics.DEAD_LETTERS.labels(self.sis, code).inc()
        log.warning("set aside", code=code, partition=self.number, offset=offset)
        topic = self._topics.desired(self.sis)
        self._around.outlet.send(
            self._topics.dead_letters,
            key,
            value[: dead_letters.VALUE_CAP],
            headers=dead_letters.headers(topic, self.number, offset, timestamp, code, len(value)),
            acked=lambda: self.offsets.finish(offset),
        )


def _cap(config: DistrictConfig | None) -> int:
    return max(config.sis.concurrency if config else CONCURRENCY, 1)


def _now() -> int:
    return round(time.time() * 1000)
