"""The directory refresh: what each district's SIS tells of itself, read now and then, written into district.config.

    due       at assignment, then every `every` seconds, a tenth more or less; sooner when a decision names a section
              nobody has asked about; never twice within `gap`
    turn      a few sections, in one of the lane's slots, through the lane's gates and at its rate
    not now   a gate is shut (no free slot, quiet hours, a pause the SIS asked for, the breaker, the rate) or the
              district's settings do not allow a call: asked again a little later; see guests.py
    end       what is new is written, place by place; nothing new, nothing written

Deliveries come first: they keep a slot they have, and a turn waits for a free one. A reading that fails is told in the
log and in the metrics, and ends neither the worker nor any delivery.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog

from adapters import directory_facts, guests, logs, metrics
from adapters.contract import Directory
from adapters.errors import DeliveryError
from adapters.lanes import Lane
from adapters.partition import Around, Partition
from adapters.registry import CONNECT
from schemas.codec import TooLarge, encode
from schemas.directory import fits, sis_school
from schemas.district import DistrictConfig, DistrictDirectory
from schemas.district_records import DistrictRecords
from schemas.gradebook import Sis
from schemas.keys import partition_for, tenant_key
from schemas.topics import topic

log = structlog.get_logger("adapters.directories")

#: Seconds between two readings of a district, and the least there may be.
EVERY, GAP = 1800.0, 300.0
#: Seconds over which the readings of districts assigned together are spread.
SPREAD = 20.0
#: Sections asked about in one turn.
PORTION = 5
#: Threads that read: a district that hangs holds up one.
THREADS = 2


@dataclass(slots=True, eq=False)
class _Round:
    """One reading, turn by turn."""

    config: DistrictConfig
    sections: list[tuple[str, str | None]]
    told: list[DistrictDirectory] = field(default_factory=list)
    turns: int = 0


@dataclass(slots=True, eq=False)
class _District:
    """A district of ours. `due` is the clock's; `asked` are the sections of readings so far, `stuck` the last one of
    a reading that failed.
    """

    tenant: str
    partition: Partition
    due: float
    asked: set[str] = field(default_factory=set)
    round: _Round | None = None
    stuck: str = ""
    busy: bool = False


class Directories:
    """`own` tells which partitions are ours; the rest goes by itself once started. `every` 0: never."""

    def __init__(
        self,
        around: Around,
        districts: DistrictRecords,
        *,
        every: float = EVERY,
        gap: float = GAP,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._around = around
        self._districts = districts
        self._every = max(every, gap)
        self._gap = gap
        self._clock = clock
        self._draw = draw
        self._ours: dict[str, _District] = {}
        self._began: dict[str, float] = {}
        self._changed = threading.Condition()
        self._stopping = every <= 0

    def start(self) -> None:
        """Read in threads of their own."""
        for _ in range(0 if self._stopping else THREADS):
            threading.Thread(target=self._work, name="directories", daemon=True).start()

    def stop(self) -> None:
        """Begin nothing more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def own(self, partitions: Iterable[Partition]) -> None:
        """These are ours now. Asked often: whatever is as it was stays as it is."""
        if self._stopping:
            return
        at = {(one.sis, one.number): one for one in partitions}
        with self._changed:
            now = self._clock()
            kept: dict[str, _District] = {}
            for tenant in self._districts.tenants():
                place = self._place(tenant)
                partition = None if place is None else at.get(place)
                if partition is not None:
                    kept[tenant] = self._kept(tenant, partition, now)
            self._ours = kept
            self._changed.notify_all()

    def _place(self, tenant: str) -> tuple[Sis, int] | None:
        config = self._districts.get(tenant)
        if config is None or not config.entitled or config.sis.kind not in CONNECT:
            return None
        count = topic(f"sis.{config.sis.kind.lower()}").partitions
        return config.sis.kind, partition_for(tenant_key(tenant), count)

    def _kept(self, tenant: str, partition: Partition, now: float) -> _District:
        known = self._ours.get(tenant)
        allowed = self._began.get(tenant, float("-inf")) + self._gap
        if known is None or known.partition is not partition:
            return _District(tenant, partition, max(now + self._draw() * min(self._gap, SPREAD), allowed))
        if known.round is None and partition.sections(tenant).keys() - known.asked:
            known.due = min(known.due, max(allowed, now))
        return known

    def _work(self) -> None:
        while (district := self._next()) is not None:
            wait = guests.SOON
            try:
                wait = self.turn(district)
            except Exception as error:  # noqa: BLE001 - reading what may be known costs no delivery its worker
                log.error("fault", error=type(error).__name__, where=logs.where(error))
                wait = self._failed(district, type(error).__name__, self._every)
            finally:
                with self._changed:
                    district.busy = False
                    district.due = self._clock() + wait
                    self._changed.notify_all()

    def _next(self) -> _District | None:
        with self._changed:
            while not self._stopping:
                waiting = [one for one in self._ours.values() if not one.busy]
                first = min(waiting, key=lambda one: one.due, default=None)
                left = None if first is None else first.due - self._clock()
                if first is not None and left is not None and left <= 0:
                    first.busy = True
                    return first
                self._changed.wait(left)
            return None

    def turn(self, district: _District) -> float:
        """Ask about a few sections; seconds until the district is due again."""
        lane = district.partition.lane(district.tenant)
        shut = guests.enter(lane)
        if shut is not None:
            return shut
        began = self._clock()
        error: BaseException | None = None
        try:
            done = self._ask(district, lane)
        except DeliveryError as failure:
            error = failure
            return self._failed(district, failure.code, guests.again_in(failure, self._every, self._gap))
        except Exception as failure:
            error = failure
            raise
        finally:
            guests.leave(lane, error)
            self._around.crew.offer(lane)
        if done:
            return self._ended(district)
        # as long as it took: half of the time is the deliveries' own
        return max(guests.SOON, self._clock() - began) if len(lane) else 0.0

    def _ask(self, district: _District, lane: Lane) -> bool:
        """One call of the adapter; whether that was the last of the round."""
        partition, tenant = district.partition, district.tenant
        if district.round is None:
            config = self._districts.get(tenant)
            if config is None:
                return True
            district.round = _Round(config, self._sections(config, district))
            self._began[tenant] = self._clock()
            district.asked |= {section for section, _ in district.round.sections}
        going = district.round
        adapter = self._around.adapter_of(partition.sis, tenant, lane)
        portion, going.sections = going.sections[:PORTION], going.sections[PORTION:]
        district.stuck = portion[-1][0] if portion else ""
        asked = {directory_facts.name_of(adapter.capabilities, *one): one for one in portion}
        asks_schools = not going.turns and adapter.capabilities.calendar
        schools = [sis_school(school) for school in going.config.schools] if asks_schools else []
        found: Directory = adapter.directory(list(asked), schools)
        going.turns += 1
        going.told += directory_facts.records(going.config, found, round(time.time() * 1000), asked)
        return not going.sections

    def _sections(self, config: DistrictConfig, district: _District) -> list[tuple[str, str | None]]:
        """Sections with teachers that decisions named since the assignment, and those known from before; those behind
        the last failure first, so that one that always fails does not keep the others from being read.
        """
        places = self._districts.told(config.tenant).values()
        before = {one.sis_section: one.sis_teacher for one in places if one.sis_section and fits(config, one)}
        found = before | district.partition.sections(config.tenant)
        return sorted(
            (one for one in found.items() if one[0]), key=lambda one: (one[0] <= district.stuck, one[0])
        )

    def _ended(self, district: _District) -> float:
        written = self._write(district)
        metrics.DIRECTORIES.labels(district.partition.sis, "changed" if written else "same").inc()
        if written:
            log.info("directory read", district=district.tenant, changed=written)
        district.round, district.stuck = None, ""
        return self._every * (0.9 + self._draw() / 5)

    def _failed(self, district: _District, code: str, again: float) -> float:
        self._write(district)  # what was told before it failed is true all the same
        metrics.DIRECTORIES.labels(district.partition.sis, "failed").inc()
        log.warning("directory not read", district=district.tenant, code=code)
        district.round = None
        return again * (1 + self._draw() / 5)

    def _write(self, district: _District) -> int:
        """Places written."""
        going = district.round
        if going is None or not district.partition.ours():
            return 0
        told = directory_facts.changed(self._districts.told(district.tenant), going.told)
        for key, record in told.items():
            try:
                value = encode(record)
            except TooLarge:
                log.warning("directory too large", district=district.tenant)
                continue
            self._around.outlet.send(self._around.cluster.topics.config, key, value)
        return len(told)
