"""One district: which of its items may go now.

    waiting --due--> ready --take--> running --done--> gone
       ^               ^                |
       |               +--- a newer decision came meanwhile
       +--------------- again, later ---+

Gates before an item goes, in this order: the concurrency cap, a pause the SIS asked for (Retry-After), the breaker,
the rate. None of them uses up an attempt. An item has one call in flight, since it has one slot; of several
decisions about it the newest goes, the others come back as passed over.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.breaker import Breaker
from adapters.errors import Misconfigured
from adapters.fairness import Turns
from adapters.ratelimit import TokenBucket
from schemas.desired import DesiredItem
from schemas.ledger import LedgerEntry


class At(StrEnum):
    """Where a slot is."""

    READY = "ready"
    WAITING = "waiting"
    RUNNING = "running"


@dataclass(slots=True, eq=False)
class Decision:
    """A desired item and the offset it stands at; `inherited`: it was there before this worker was."""

    desired: DesiredItem
    offset: int
    inherited: bool = False


@dataclass(slots=True, eq=False)
class Slot:
    """One item of the lane."""

    key: bytes
    section: str
    decision: Decision
    entry: LedgerEntry | None
    at: At = At.READY
    newer: Decision | None = None
    ticket: int = 0
    #: The lane's news when the attempt began.
    news: int = 0


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
    open: bool = True
    #: The district as a whole cannot be called; and until when nobody asks again.
    trouble: tuple[Misconfigured, float] | None = None
    paused_until: float = 0.0
    running: int = 0
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
        """Take in a decision; the one it passes over, which may be itself. `entry` is asked for a new slot only.

        A second copy of a decision takes the first one's place: the same revision comes back.
        """
        with self.lock:
            slot = self._slots.get(key)
            if slot is None:
                slot = self._slots[key] = Slot(key, section, decision, entry())
                self._turns.add(section, slot)
                return None
            newest = slot.newer or slot.decision
            if decision.desired.revision < newest.desired.revision:
                return decision
            decision.inherited = decision.inherited or newest.inherited
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
            free = self.cap - self.running
            return (
                1 if self.breaker.wait(now) == 0 and self._probing() else min(free, len(self._turns))
            ), due

    def _probing(self) -> bool:
        return self.breaker.state.value != "closed"

    def _gate(self, now: float) -> float:
        """Seconds until the next item may go, infinite when only an event can tell; due items become ready."""
        while self._waiting and self._waiting[0][0] <= now:
            _, ticket, slot = heapq.heappop(self._waiting)
            if slot.at is At.WAITING and slot.ticket == ticket:
                self._ready(slot)
        if not self.open or self.running >= self.cap:
            return float("inf")
        return max(self.paused_until - now, self.breaker.wait(now), self.bucket.wait(now), 0.0)

    def _ready(self, slot: Slot) -> None:
        slot.at = At.READY
        slot.ticket = next(self._tickets)
        self._turns.add(slot.section, slot, first=True)

    def done(self, slot: Slot, entry: LedgerEntry) -> None:
        """The slot's decision ended; a newer one goes next, with what is known now."""
        with self.lock:
            self.running -= 1
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
                self._ready(slot)
                return passed
            if slot.news != self.news:
                seconds = 0.0  # what made it fail may be mended already
            slot.at = At.WAITING
            slot.ticket = next(self._tickets)
            heapq.heappush(self._waiting, (self.clock() + seconds, slot.ticket, slot))
            return None

    def leave(self) -> None:
        """An attempt was broken off, since the lane is closed."""
        with self.lock:
            self.running -= 1

    def lacks_hands(self) -> bool:
        """More than one further item could go now, as after a pause or a probe."""
        with self.lock:
            return bool(self._turns) and self.cap - self.running > 1 and self._gate(self.clock()) == 0

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
