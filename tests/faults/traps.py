"""Inside a forked delivery worker: the failpoint it dies at, or stands still, and the guard it goes without.

A trap holds every hand that steps on its place, some let through, until no further one comes; then the process ends
itself with SIGKILL. So one death strikes many items, each exactly there. What was struck is written down before.

    before_intent               the ledger knows nothing of the item
    intent_unacknowledged       at the n-th hand: the broker may have the last intents or not
    after_intent                nothing was sent to the SIS
    after_post_sent             between the last byte of the request and the first of the reply
    after_reply                 the ledger has the intent only
    crosswalk_unacknowledged    at the n-th hand: the broker may have the last crosswalks or not
    after_crosswalk             the broker has the crosswalk; no score was sent
    after_result                at the n-th item whose entry and result the broker has; no offset is committed
"""

import itertools
import json
import os
import random
import re
import signal
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, cast

from adapters import breaker, creation, engine, failpoints, http, outlet, protocol
from adapters.backoff import full_jitter
from adapters.lanes import Decision, Lane, Slot
from adapters.partition import Partition
from adapters.protocol import End, Step, Work
from schemas.keys import item_key
from schemas.ledger import LedgerEntry

PLACES = (*failpoints.NAMES[:3], "after_post_sent", *failpoints.NAMES[3:])
#: Where the hand stands that waits for something of its own: its crosswalk's acknowledgement.
_STANDS = {"after_crosswalk": "crosswalk_unacknowledged"}
#: Dies with the n-th instead of waiting for the last.
AT_ONCE = frozenset({"intent_unacknowledged", "crosswalk_unacknowledged", "after_result"})
#: Seconds without another hand after which all have come; without any step, after which none will; and for the first
#: step, which does not come when every decision has ended before.
QUIET, IDLE, START = 0.3, 4.0, 20.0

_here = threading.local()


class Trap:
    """`share` of the hands are let through; `most` is the n of the places above; `creates` is searched in requests."""

    def __init__(self, place: str, seed: int, *, share: float, most: int, creates: str, out: str) -> None:
        self._place = place
        self._stand = _STANDS.get(place, place)
        self._share = share
        self._most = most
        self._creates = re.compile(creates)
        self._out = Path(out)
        self._chosen = random.Random(seed)
        self._changed = threading.Condition()
        self._struck: list[str] = []
        self._acknowledged = 0
        self._stepped = False

    def set(self) -> None:
        """Lay it."""
        _note_items()
        failpoints.trap = self.step
        self._follow_requests()
        threading.Thread(target=self._watch, name="trap", daemon=True).start()

    def step(self, name: str) -> None:
        """A hand, or the producer's thread, is there."""
        with self._changed:
            self._stepped = True
            self._changed.notify_all()
            self._acknowledged += name == "after_crosswalk"
            if name != self._stand or self._chosen.random() < self._share:
                return
            self._struck.append(_here.item)
            if self._place in AT_ONCE and len(self._struck) >= self._most:
                self._die()
        if name != "after_result":  # that is the producer's thread, and what it serves goes on
            threading.Event().wait()

    def _watch(self) -> NoReturn:
        with self._changed:
            self._changed.wait_for(lambda: self._stepped, START)
            while self._changed.wait(QUIET if self._all_stand() else IDLE):
                continue
            self._die()

    def _all_stand(self) -> bool:
        told = self._place != "after_crosswalk" or self._acknowledged >= len(self._struck)
        return bool(self._struck) and self._place not in AT_ONCE and told

    def _die(self) -> NoReturn:
        self._out.write_text(json.dumps(self._struck))
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def _follow_requests(self) -> None:
        """The place that is no line of ours: the kernel has the request, and nobody has read the reply."""
        send = http._Dialled.request

        def request(connection: Any, method: str, url: str, *args: Any, **kwargs: Any) -> None:
            send(connection, method, url, *args, **kwargs)
            if self._creates.search(f"{method} {url}"):
                self.step("after_post_sent")

        http._Dialled.request = request  # type: ignore[method-assign,assignment] # of urllib3, which has more names


def _note_items() -> None:
    """Whose step it is, by thread."""
    run, told = Partition.run, Partition._told

    def running(self: Partition, lane: Lane, slot: Slot) -> None:
        _here.item = slot.key.decode()
        run(self, lane, slot)

    def telling(self: Partition, decision: Decision) -> None:
        item = decision.desired
        _here.item = item_key(item.tenant, item.section, item.item).decode()
        told(self, decision)

    Partition.run = running  # type: ignore[method-assign]
    Partition._told = telling  # type: ignore[method-assign]


def freeze(creates: str, hands: int, out: str) -> None:
    """Stop the whole process, by SIGSTOP, when so many creates are about to be sent; `out` is there then."""
    exchange, wanted = http.Transport.exchange, re.compile(creates)
    together = threading.Barrier(hands, lambda: _stand_still(Path(out)))
    before = itertools.count()

    def freezing(self: http.Transport, request: http.Request, *, seconds: float | None = None) -> http.Reply:
        if wanted.search(f"{request.method} {request.url}") and next(before) < hands:
            together.wait()
        return exchange(self, request, seconds=seconds)

    http.Transport.exchange = freezing  # type: ignore[method-assign]


def _stand_still(out: Path) -> None:
    out.touch()
    os.kill(os.getpid(), signal.SIGSTOP)


def blind() -> None:
    """Send again without looking."""
    ask = protocol.next_step

    def next_step(work: Work) -> Step | End:
        step = ask(work)
        return Step.CREATE if step is Step.LOOK_UP else step

    protocol.next_step = next_step


def hasty() -> None:
    """Look at once, however late a create may show up."""

    def await_lateness(work: Work, now: int) -> None:
        return

    creation.await_lateness = await_lateness


def unawaited() -> None:
    """Send at once, while the intent is still on its way to the broker."""
    begin = outlet.Outlet.__init__

    def slowly(self: outlet.Outlet, *args: Any, **_: Any) -> None:
        begin(self, *args, linger=2000)

    def intend(self: Partition, slot: Slot, entry: LedgerEntry) -> bool:
        self._write(slot.key, entry, None)
        return True

    outlet.Outlet.__init__ = slowly  # type: ignore[method-assign]
    Partition._intend = intend  # type: ignore[method-assign]


def tardy() -> None:
    """Send a create however late it has become."""
    http.too_late = lambda: False


BROKEN: Mapping[str, Callable[[], None]] = {
    guard.__name__: guard for guard in (blind, hasty, unawaited, tardy)
}


def install(order: Mapping[str, Any]) -> None:
    """What the order says; and short waits between tries, so that a run ends soon."""
    breaker.FIRST, breaker.LONGEST = 0.3, 1.0
    cast("Any", engine).full_jitter = partial(full_jitter, base=0.2, cap=0.5)
    if order["broken"]:
        BROKEN[order["broken"]]()
    if order["trap"]:
        Trap(**order["trap"]).set()
    if order["freeze"]:
        freeze(**order["freeze"])
