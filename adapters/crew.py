"""The threads that make the calls: few, shared, and never all in one district's hands.

A lane with something to do asks for hands, up to its cap. A hand stays with its lane from item to item, so slots are
always full; it moves on when the lane has nothing that may go, or after each item while another lane has none at all.
The last `reserve` threads are only for lanes without a hand: districts that hang cannot take them.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable

from adapters.lanes import Lane, Slot

#: Hundreds of threads thrash (reference/delivery.md section 5): more districts are served by more processes.
THREADS, RESERVE = 256, 32
#: Seconds after which a hand without work ends.
IDLE = 10.0


class Crew:
    """`run(lane, slot)` makes one attempt; an exception from it ends everything through `on_fault`."""

    def __init__(
        self,
        run: Callable[[Lane, Slot], None],
        on_fault: Callable[[BaseException], None],
        *,
        threads: int = THREADS,
        reserve: int = RESERVE,
    ) -> None:
        self._run = run
        self._on_fault = on_fault
        self._limit = threads
        self._reserve = min(reserve, threads // 2)
        self._changed = threading.Condition()
        self._calls: deque[Lane] = deque()
        self._asked: dict[Lane, int] = {}
        self._hands: dict[Lane, int] = {}
        self._held = 0
        self._total = 0
        self._alarms: list[tuple[float, int, Lane]] = []
        self._numbers = itertools.count()
        self._stopping = False
        threading.Thread(target=self._watch, name="alarms", daemon=True).start()

    @property
    def busy(self) -> int:
        """Threads at work."""
        with self._changed:
            return self._held

    @property
    def threads(self) -> int:
        """Threads alive."""
        with self._changed:
            return self._total

    def offer(self, lane: Lane) -> None:
        """The lane may have something to do: call hands for it, or set an alarm."""
        wanted, again = lane.outlook()
        with self._changed:
            if self._stopping:
                return
            if again is not None:
                at = time.monotonic() + max(again, 0.0)
                if not self._alarms or at < self._alarms[0][0]:
                    self._changed.notify_all()
                heapq.heappush(self._alarms, (at, next(self._numbers), lane))
            asked = self._asked.get(lane, 0)
            for _ in range(wanted - asked):
                self._calls.append(lane)
            if wanted > asked:
                self._asked[lane] = wanted
            self._hire()

    def stop(self, seconds: float) -> bool:
        """No new item; wait for those under way. True when none is left."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._stopping = True
            self._calls.clear()
            self._changed.notify_all()
            while self._hands:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def _hire(self) -> None:
        """A thread for every call that waits; those not with a lane, started a moment ago or not, are free."""
        if not self._calls:
            return
        short = len(self._calls) - (self._total - self._held)
        for _ in range(min(max(short, 0), self._limit - self._total)):
            self._total += 1
            threading.Thread(target=self._work, name="hand", daemon=True).start()
        self._changed.notify_all()

    def _work(self) -> None:
        try:
            while (lane := self._next()) is not None:
                self._serve(lane)
        except BaseException as error:  # noqa: BLE001 - any fault ends the process, none is lost in a thread
            self._on_fault(error)

    def _next(self) -> Lane | None:
        with self._changed:
            until = time.monotonic() + IDLE
            while not self._stopping:
                lane = self._grant()
                if lane is not None:
                    self._hands[lane] = self._hands.get(lane, 0) + 1
                    self._held += 1
                    return lane
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._total -= 1
            return None

    def _grant(self) -> Lane | None:
        """The first call that may be answered: a second hand only while more than the reserve is free."""
        free = self._limit - self._held
        for _ in range(len(self._calls)):
            lane = self._calls.popleft()
            if self._hands.get(lane, 0) and free <= self._reserve:
                self._calls.append(lane)
                continue
            left = self._asked[lane] - 1
            if left:
                self._asked[lane] = left
            else:
                del self._asked[lane]
            return lane
        return None

    def _serve(self, lane: Lane) -> None:
        try:
            while (slot := lane.take()) is not None:
                self._run(lane, slot)
                if lane.lacks_hands():
                    self.offer(lane)
                if self._stopping or self._starving():
                    break
        finally:
            with self._changed:
                self._held -= 1
                left = self._hands[lane] - 1
                if left:
                    self._hands[lane] = left
                else:
                    del self._hands[lane]
                self._changed.notify_all()
        self.offer(lane)

    def _starving(self) -> bool:
        """A lane without a hand waits, and no thread is free or may be hired for it."""
        if not self._calls or self._held < self._total or self._total < self._limit:
            return False
        with self._changed:
            return any(not self._hands.get(lane) for lane in self._calls)

    def _watch(self) -> None:
        while True:
            due: list[Lane] = []
            with self._changed:
                if self._stopping:
                    return
                now = time.monotonic()
                while self._alarms and self._alarms[0][0] <= now:
                    due.append(heapq.heappop(self._alarms)[2])
                if not due:
                    self._changed.wait(self._alarms[0][0] - now if self._alarms else None)
            for lane in dict.fromkeys(due):
                self.offer(lane)
