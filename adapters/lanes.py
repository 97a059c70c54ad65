"""One district: which of its items may go now.

    waiting --due--> ready --take--> running --done--> gone
       ^               ^                |
       |               +--- a newer decision came meanwhile
       +--------------- again, later ---+

Gates before an item goes, in this order: the concurrency cap, the district's quiet hours, a pause the SIS asked for
(Retry-After), the breaker, the rate. None of them uses up an attempt. An item has one call in flight, since it has
one slot; of several decisions about it the newest goes, the others come back as passed over. A teacher's choice in
one that is passed over goes on with the newer.
"""

import heapq
import itertools
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

from adapters.breaker import Breaker
from adapters.errors import Misconfigured
from adapters.fairness import Turns
from adapters.ratelimit import TokenBucket
from adapters.timetable import Timetable
from schemas.codec import Refused, decode
from schemas.desired import DesiredItem, Head
from schemas.gradebook import Choice
from schemas.ledger import LedgerEntry

#: Seconds a row may wait without a word from here; the watchdog of the status log has more patience.
SILENCE = 300.0
#: Seconds a guess about the queue may be trusted.
FORESIGHT = 4 * 3600.0


#: Items of a lane that wait as they came.
LOOSE = 2000


class At(StrEnum):
    """Where a slot is."""

    READY = "ready"
    WAITING = "waiting"
    RUNNING = "running"


class Decision:
    """A desired item and the offset it stands at; `inherited`: it was there before this worker was.

    Made of the record as it came: most wait long before anybody looks inside, and decoding takes longer than all the
    rest of reading them. So what `desired` decodes may be Refused.
    """

    __slots__ = (
        "_handed",
        "_record",
        "_squeezed",
        "chooses",
        "decided_at",
        "inherited",
        "offset",
        "revision",
    )

    def __init__(self, record: bytes, head: Head, offset: int, *, inherited: bool = False) -> None:
        self.offset = offset
        self.inherited = inherited
        self.revision = head.revision
        self.decided_at = head.decided_at
        self.chooses = head.chooses
        self._record = record
        self._squeezed = False
        self._handed: Choice | None = None

    @property
    def record(self) -> bytes:
        """As it came."""
        return zlib.decompress(self._record) if self._squeezed else self._record

    @property
    def desired(self) -> DesiredItem:
        """Decoded, with the choice that was handed on to it. Refused when it cannot be."""
        desired = decode(DesiredItem, self.record)
        return desired if self._handed is None else replace(desired, choice=self._handed)

    def squeeze(self) -> None:
        """To wait in a long queue."""
        if not self._squeezed:
            self._record, self._squeezed = zlib.compress(self._record, 1), True

    def take_on(self, older: "Decision") -> None:
        """What the older decision brought and this one must not lose."""
        self.inherited = self.inherited or older.inherited
        if older.chooses and not self.chooses:
            with suppress(Refused):
                self._handed = older.desired.choice
                self.chooses = True


@dataclass(slots=True, eq=False)
class Slot:
    """One item of the lane. `ask` gives its ledger entry, which is had from `take` on."""

    key: bytes
    section: str
    decision: Decision
    ask: Callable[[], LedgerEntry | None]
    entry: LedgerEntry | None = None
    at: At = At.READY
    newer: Decision | None = None
    ticket: int = 0
    #: The lane's news when the attempt began.
    news: int = 0
    #: Until when its row knows why it waits.
    told_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that waits without a word: its place in the queue, and in how many seconds it may go, about."""

    decision: Decision
    entry: LedgerEntry | None
    place: int
    seconds: float


@dataclass(slots=True, eq=False)
class Lane:
    """`clock` gives seconds; all public methods may be called from any thread."""

    tenant: str
    cap: int
    bucket: TokenBucket
    clock: Callable[[], float]
    #: The partition that runs its items.
    owner: object = None
    breaker: Breaker = field(default_factory=Breaker)
    timetable: Timetable = field(default_factory=Timetable)
    open: bool = True
    #: The district as a whole cannot be called; and until when nobody asks again.
    trouble: tuple[Misconfigured, float] | None = None
    paused_until: float = 0.0
    running: int = 0
    #: Items that ended, since the lane last had none.
    ended: int = 0
    busy_since: float = 0.0
    #: Counts the changes of the district's configuration.
    news: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    _slots: dict[bytes, Slot] = field(default_factory=dict)
    _turns: Turns[Slot] = field(default_factory=Turns)
    _waiting: list[tuple[float, int, Slot]] = field(default_factory=list)
    _tickets: "itertools.count[int]" = field(default_factory=itertools.count)

    def __len__(self) -> int:
        return len(self._slots)

    def put(
        self, key: bytes, section: str, decision: Decision, entry: Callable[[], LedgerEntry | None]
    ) -> Decision | None:
        """Take in a decision; the one it passes over, which may be itself. `entry` is asked once the item goes.

        A second copy of a decision takes the first one's place: the same revision comes back.
        """
        with self.lock:
            slot = self._slots.get(key)
            if slot is None:
                if not self._slots:
                    self.ended, self.busy_since = 0, self.clock()
                slot = self._slots[key] = Slot(key, section, decision, entry)
                # one that was here before this worker may have waited long already
                slot.told_until = 0.0 if decision.inherited else self.clock() + SILENCE
                self._turns.add(section, slot)
                if len(self._slots) > LOOSE:
                    decision.squeeze()
                return None
            newest = slot.newer or slot.decision
            if len(self._slots) > LOOSE:
                decision.squeeze()
            if decision.revision < newest.revision:
                return decision
            if slot.at is At.RUNNING and slot.newer is None:
                decision.inherited = decision.inherited or newest.inherited  # its choice is being carried out
            else:
                decision.take_on(newest)
            if slot.at is At.RUNNING:
                passed, slot.newer = slot.newer, decision
                return passed
            passed, slot.decision = slot.decision, decision
            if slot.at is At.WAITING:
                self._ready(slot)
            return passed

    def take(self) -> Slot | None:
        """The next item to go, now running; None when none may."""
        with self.lock:
            now = self.clock()
            if self._gate(now) > 0 or not self._turns:
                return None
            slot = self._turns.pop()
            if slot.entry is None:
                slot.entry = slot.ask()
            slot.at = At.RUNNING
            slot.news = self.news
            self.running += 1
            self.breaker.started()
            return slot

    def outlook(self) -> tuple[int, float | None]:
        """How many items may go now, and in how many seconds to ask again."""
        with self.lock:
            now = self.clock()
            gate = self._gate(now)
            if not self.open:
                return 0, None
            due = self._waiting[0][0] - now if self._waiting else None
            if not self._turns:
                return 0, due
            if gate > 0:
                return 0, gate if gate != float("inf") else due
            free = self._most() - self.running
            return (
                1 if self.breaker.wait(now) == 0 and self._probing() else min(free, len(self._turns))
            ), due

    def _most(self) -> int:
        """Calls at once just now: half as many after each failure in a row, so few are lost to a SIS that hangs."""
        return max(self.timetable.cap(self.cap) >> self.breaker.failures, 1)

    def _probing(self) -> bool:
        return self.breaker.state.value != "closed"

    def _gate(self, now: float) -> float:
        """Seconds until the next item may go, infinite when only an event can tell; due items become ready."""
        while self._waiting and self._waiting[0][0] <= now:
            _, ticket, slot = heapq.heappop(self._waiting)
            if slot.at is At.WAITING and slot.ticket == ticket:
                self._ready(slot)
        if not self.open or self.running >= self._most():
            return float("inf")
        return max(
            self.timetable.wait(),
            self.paused_until - now,
            self.breaker.wait(now),
            self.bucket.wait(now),
            0.0,
        )

    def _ready(self, slot: Slot) -> None:
        slot.at = At.READY
        slot.ticket = next(self._tickets)
        self._turns.add(slot.section, slot, first=True)

    def done(self, slot: Slot, entry: LedgerEntry | None) -> None:
        """The slot's decision ended; a newer one goes next, with what is known now."""
        with self.lock:
            self.running -= 1
            self.ended += 1
            slot.entry = entry
            if slot.newer is None:
                del self._slots[slot.key]
                if not self._slots:
                    self._turns.rest()
                return
            slot.decision, slot.newer = slot.newer, None
            self._ready(slot)

    def again(self, slot: Slot, entry: LedgerEntry, seconds: float) -> Decision | None:
        """Try later; or a newer decision now, and the one it passes over comes back."""
        with self.lock:
            self.running -= 1
            slot.entry = entry
            if slot.newer is not None:
                passed, slot.decision, slot.newer = slot.decision, slot.newer, None
                slot.decision.take_on(passed)
                self._ready(slot)
                return passed
            if slot.news != self.news:
                seconds = 0.0  # what made it fail may be mended already
            slot.at = At.WAITING
            slot.told_until = self.clock() + seconds + SILENCE
            slot.ticket = next(self._tickets)
            heapq.heappush(self._waiting, (self.clock() + seconds, slot.ticket, slot))
            return None

    def silent(self, most: int) -> list[Waiting]:
        """Up to `most` of those that may go and wait without a word; from now on they have one."""
        with self.lock:
            now = self.clock()
            gate = self._gate(now)
            gate = 0.0 if gate == float("inf") else gate
            each = (now - self.busy_since) / self.ended if self.ended else 0.0
            found = []
            for place, slot in self._turns.places():
                if slot.told_until > now:
                    continue
                seconds = min(gate + place * each, FORESIGHT)
                slot.told_until = now + seconds + SILENCE
                found.append(Waiting(slot.decision, slot.entry or slot.ask(), place, seconds))
                if len(found) == most:
                    break
            return found

    def leave(self) -> None:
        """An attempt was broken off, since the lane is closed."""
        with self.lock:
            self.running -= 1

    def lacks_hands(self) -> bool:
        """More than one further item could go now, as after a pause or a probe."""
        with self.lock:
            return (
                bool(self._turns)
                and self.timetable.cap(self.cap) - self.running > 1
                and self._gate(self.clock()) == 0
            )

    def pause(self, seconds: float) -> None:
        """The SIS asked for a pause: nothing of the district goes before."""
        with self.lock:
            self.paused_until = max(self.paused_until, self.clock() + seconds)

    def retry_now(self) -> None:
        """The district's configuration changed: whatever waits may try at once."""
        with self.lock:
            self.news += 1
            self.trouble = None
            self.paused_until = 0.0
            self.breaker.succeeded()
            for _, ticket, slot in self._waiting:
                if slot.at is At.WAITING and slot.ticket == ticket:
                    self._ready(slot)
            self._waiting.clear()

    def close(self) -> None:
        """Nothing goes any more; what runs may end."""
        with self.lock:
            self.open = False
