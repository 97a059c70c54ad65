"""One attempt at one item: asks protocol.py what comes next, lets the adapter do it, and hands on what it left."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from adapters import creation, failpoints, metrics, outcomes, protocol
from adapters.backoff import full_jitter
from adapters.contract import Adapter, Capabilities, Draft, Job, Prints
from adapters.errors import DeliveryError, Gone, Misconfigured, Retry, UnknownOutcome
from adapters.http import calls_made, not_after
from adapters.lanes import Decision, Lane, Slot
from adapters.logs import alias
from adapters.protocol import End, Step, Work
from schemas.desired import DesiredItem
from schemas.gradebook import Sis
from schemas.ledger import LedgerEntry
from schemas.results import SyncResult

log = structlog.get_logger("adapters.engine")

#: Steps after which the item is in the SIS.
_MAKES = (Step.WRITE, Step.CREATE, Step.LOOK_UP)
#: Seconds between tries when only an administrator can help, and none did.
SLOWLY = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where an attempt's records go. Each takes what it needs and returns at once, but for `intend`.

    `ended` and `passed` finish the decision's offset when the broker has its records. `intend` returns when the
    broker has the entry; false when the partition went away meanwhile.
    """

    ended: Callable[[Slot, Decision, LedgerEntry, SyncResult], None]
    progressed: Callable[[Slot, Decision, LedgerEntry, SyncResult], None]
    passed: Callable[[Slot, Decision, SyncResult], None]
    checkpoint: Callable[[Slot, LedgerEntry], None]
    intend: Callable[[Slot, LedgerEntry], bool]


class Engine:
    """Serves the lanes of one system.

    `adapter_of(tenant)` raises Misconfigured when there is none to be had, and makes it anew after `renew(tenant)`.
    `may_act` is asked before every call: false once the partition may be another worker's. `others` gives the
    ledger of the other items of an item's section.
    """

    def __init__(
        self,
        sis: Sis,
        adapter_of: Callable[[str], Adapter],
        outputs: Outputs,
        *,
        wall: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
        renew: Callable[[str], None] = lambda _: None,
        may_act: Callable[[], bool] = lambda: True,
        others: Callable[[DesiredItem], Sequence[LedgerEntry]] = lambda _: (),
    ) -> None:
        self._sis = sis
        self._adapter_of = adapter_of
        self._outputs = outputs
        self._wall = wall
        self._draw = draw
        self._renew = renew
        self._may_act = may_act
        self._others = others

    def run(self, lane: Lane, slot: Slot) -> None:
        """One attempt, from taking the item to its records on their way."""
        decision = slot.decision
        desired = decision.desired
        entry = slot.entry or protocol.blank_entry(desired)
        if entry.revision >= desired.revision:
            self._was_done(lane, slot, desired, entry)
            return
        entry = outcomes.attempt(entry, desired)
        try:
            adapter = self._adapter(lane)
            work = protocol.begin(
                Work(
                    desired=desired,
                    draft=adapter.draft(desired),
                    entry=entry,
                    can=adapter.capabilities,
                    inherited=decision.inherited,
                )
            )
        except Misconfigured as error:
            self._unused(lane)
            self._later(lane, slot, _no_work(desired, entry), error)
            return
        self._carry_out(lane, slot, adapter, work)

    def _adapter(self, lane: Lane) -> Adapter:
        trouble = lane.trouble
        if trouble is not None and trouble[1] > lane.clock():
            raise trouble[0]
        try:
            return self._adapter_of(lane.tenant)
        except Misconfigured as error:
            lane.trouble = (error, lane.clock() + SLOWLY)
            raise

    def _carry_out(self, lane: Lane, slot: Slot, adapter: Adapter, work: Work) -> None:
        before = calls_made()
        step: Step | End = Step.READ
        try:
            while isinstance(step := protocol.next_step(work), Step):
                if not self._ours(lane):
                    return
                if step is Step.CREATE:
                    intended = self._intended(slot, work)
                    if intended is None:
                        lane.leave()
                        return
                    work = intended
                work = self._step(adapter, work, step)
                if work.surplus:
                    metrics.SURPLUS.labels(self._sis).inc(work.surplus)
                    log.error("there more than once", surplus=work.surplus, **_who(work.desired))
                if step in _MAKES and (step is not Step.WRITE or protocol.pending(work)):
                    # a death before the scores' reply must find the item, and look before sending again
                    self._outputs.checkpoint(slot, work.entry)
        except DeliveryError as error:
            work = replace(work, calls=calls_made() - before)
            if isinstance(error, UnknownOutcome) and isinstance(step, Step):
                work = protocol.after_unknown(work, step, self._now())
            elif step is Step.CREATE:
                work = creation.not_made(work)
            self._failed(lane, slot, work, error)
            return
        work = replace(work, calls=calls_made() - before)
        if work.calls:
            with lane.lock:
                lane.breaker.succeeded()
                lane.trouble = None
        else:
            self._unused(lane)
        self._end(lane, slot, outcomes.finished(work, step, self._sis, self._now()))

    def _intended(self, slot: Slot, work: Work) -> Work | None:
        """With an intent the broker has; None when the partition went away.

        The lateness counts from the intent: one that took long to be written is written anew, so that no POST goes
        out when its successor may already have looked for it.
        """
        while True:
            at = self._now()
            work = creation.intend(work, at)
            if not self._outputs.intend(slot, work.entry):
                return None
            if self._now() - at <= creation.FRESH * 1000:
                return work

    def _step(self, adapter: Adapter, work: Work, step: Step) -> Work:
        life = work.entry.life
        marker = creation.marker(work.desired, life)
        job = Job(desired=work.desired, remote=creation.known(work), life=life, marker=marker)
        try:
            match step:
                case Step.READ:
                    return protocol.after_read(work, adapter.read(job))
                case Step.READ_SCORES:
                    return protocol.after_read_scores(work, adapter.read_scores(job))
                case Step.WRITE:
                    return protocol.after_write(work, adapter.write(job))
                case Step.SCORES:
                    students = protocol.pending(work)
                    return protocol.after_scores(work, students, adapter.send_scores(job, students))
                case Step.DELETE:
                    adapter.delete(job)
                    return protocol.after_delete(work)
                case Step.CREATE:
                    with not_after(creation.sendable(work, self._now())):
                        remote = adapter.create(job)
                    failpoints.reached("after_reply")
                    return protocol.after_write(work, remote)
                case Step.LOOK_UP:
                    creation.await_lateness(work, self._now())
                    found = adapter.look_up(replace(job, desired=creation.where_created(work)))
                    return creation.after_look_up(work, found, self._others(work.desired))
        except Gone:
            return protocol.after_read(work, None) if step is Step.READ else protocol.after_gone(work, step)

    def _failed(self, lane: Lane, slot: Slot, work: Work, error: DeliveryError) -> None:
        with lane.lock:
            if isinstance(error, Retry) and error.breaks:
                lane.breaker.failed(lane.clock())
            elif work.calls:
                lane.breaker.succeeded()
            else:
                lane.breaker.unused()
            if isinstance(error, Misconfigured) and error.whole_district:
                lane.trouble = (error, lane.clock() + SLOWLY)
                self._renew(lane.tenant)  # the next try reads the secret again
        if isinstance(error, Retry) and error.after is not None and not error.alone:
            lane.pause(error.after)
        if outcomes.final(error):
            self._end(lane, slot, outcomes.gave_up(work, error, self._sis, self._now()))
        else:
            self._later(lane, slot, work, error)

    def _ours(self, lane: Lane) -> bool:
        """Whether the partition is still ours: if not, neither act nor write."""
        if self._may_act():
            return True
        lane.leave()
        return False

    def _end(self, lane: Lane, slot: Slot, written: outcomes.Written) -> None:
        if not self._ours(lane):
            return
        decision = slot.decision
        self._outputs.ended(slot, decision, written.entry, written.result)
        log.info("ended", outcome=written.result.outcome, code=written.result.code, tries=written.entry.tries)
        lane.done(slot, written.entry)

    def _later(self, lane: Lane, slot: Slot, work: Work, error: DeliveryError) -> None:
        if not self._ours(lane):
            return
        seconds = self._wait(work.entry.tries, error)
        now = self._now()
        written = outcomes.goes_on(work, error, self._sis, now, now + round(seconds * 1000))
        decision = slot.decision
        self._outputs.progressed(slot, decision, written.entry, written.result)
        log.info(
            "again",
            code=error.code,
            tries=written.entry.tries,
            seconds=round(seconds, 1),
            **_who(work.desired),
        )
        passed = lane.again(slot, written.entry, seconds)
        if passed is not None:
            self._outputs.passed(
                slot, passed, outcomes.superseded(written.entry, passed.desired, self._sis, now)
            )

    def _wait(self, tries: int, error: DeliveryError) -> float:
        if isinstance(error, Misconfigured):
            return SLOWLY * (1 + self._draw() / 5)
        asked = error.after if isinstance(error, Retry) and error.after is not None else 0.0
        return asked + full_jitter(tries, self._draw())

    def _was_done(self, lane: Lane, slot: Slot, desired: DesiredItem, entry: LedgerEntry) -> None:
        """Read again after a restart or a rebalance: told again, since its result may never have been written."""
        self._unused(lane)
        if entry.revision == desired.revision and entry.outcome is not None:
            result = outcomes.told_again(entry, desired, self._sis, self._now())
        else:
            result = outcomes.superseded(entry, desired, self._sis, self._now())
        self._outputs.passed(slot, slot.decision, result)
        lane.done(slot, entry)

    def _unused(self, lane: Lane) -> None:
        with lane.lock:
            lane.breaker.unused()

    def _now(self) -> int:
        return round(self._wall() * 1000)


def _who(desired: DesiredItem) -> Mapping[str, str]:
    return {"district": desired.tenant, "item": alias(desired.tenant, desired.section, desired.item)}


def _no_work(desired: DesiredItem, entry: LedgerEntry) -> Work:
    """An attempt that ended before the adapter could be asked anything."""
    return Work(desired=desired, draft=_EMPTY, entry=entry, can=_NOTHING)


_EMPTY = Draft(item=Prints("", ""), scores={})
_NOTHING = Capabilities(
    vendor_ids=False, deletes=False, detects_edits=False, reads_scores=False, scores_per_call=1
)
