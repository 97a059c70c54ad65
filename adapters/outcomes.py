"""From attempts to records: the ledger entry and the result each attempt leaves. Pure.

Steps of one revision: try n gives n * TRY for "goes on", more for each word while it waits for the next try, and
n * TRY + ENDED for "ended". n counts from 1: intake's own results, and words before the first try, are try 0. Tries are
kept in the ledger, so a restarted worker goes on counting and no later step is lower.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from adapters import receipts
from adapters.errors import DeliveryError, Misconfigured, Refused, Retry
from adapters.lanes import Waiting
from adapters.protocol import CHANGED, DELETED, PATIENCE, REVIEW, End, Work
from adapters.waiting import note_number
from schemas.desired import DesiredItem
from schemas.gradebook import Sis
from schemas.ledger import LedgerEntry
from schemas.results import Outcome, Receipt, ScoreProblem, ScoreReceipt, SyncResult

#: Steps of a try; its words while waiting are even numbers from 4 on, between those of intake and of the watchdog.
TRY, ENDED = 3000, 2999


@dataclass(frozen=True, slots=True)
class Written:
    """What an attempt leaves: `entry` and `result` go to the broker; `next_try_at` is None when it ended."""

    entry: LedgerEntry
    result: SyncResult

    @property
    def next_try_at(self) -> int | None:
        """Milliseconds since the epoch."""
        return self.entry.next_try_at


def attempt(entry: LedgerEntry, desired: DesiredItem) -> LedgerEntry:
    """The entry with one more try at this decision counted."""
    tries = entry.tries + 1 if entry.trying == desired.revision else 1
    return replace(entry, trying=desired.revision, tries=tries, next_try_at=None)


def finished(work: Work, end: End, sis: Sis, at: int) -> Written:
    """The decision ended."""
    step = TRY * work.entry.tries + ENDED
    receipt = receipts.receipt(work, end.action)
    conflict = work.entry.conflict if end.code in (CHANGED, DELETED, REVIEW) else None
    entry = replace(
        work.entry,
        revision=work.desired.revision,
        step=step,
        next_try_at=None,
        conflict=conflict,
        outcome=end.outcome,
        code=end.code,
        params=dict(end.params),
        problems=end.problems,
        receipt=receipt,
    )
    result = told_again(entry, work.desired, sis, at)
    return Written(entry, replace(result, scores=receipts.scores(work, end.problems)))


def told_again(entry: LedgerEntry, desired: DesiredItem, sis: Sis, at: int) -> SyncResult:
    """The result of a decision that ended, out of the ledger: after a crash it may never have been written."""
    return _result(
        desired,
        sis,
        at,
        step=entry.step,
        outcome=entry.outcome or Outcome.SUCCESSFUL,
        code=entry.code,
        params=entry.params,
        problems=entry.problems,
        receipt=entry.receipt,
        scores=receipts.standing(entry),
    )


def goes_on(work: Work, error: DeliveryError, sis: Sis, at: int, next_try_at: int) -> Written:
    """A try that failed and is repeated: progress, or an error once patience is over or only someone else can help."""
    shown = isinstance(error, Misconfigured) or work.entry.tries >= PATIENCE
    step = TRY * work.entry.tries
    params = {**error.params, "retried": "true"} if shown else error.params
    result = _result(
        work.desired,
        sis,
        at,
        step=step,
        outcome=Outcome.ERROR if shown else Outcome.PROGRESS,
        code=error.code,
        params=params,
        next_try_at=next_try_at,
        receipt=receipts.receipt(work, work.action or "unchanged") if work.calls else None,
        scores=receipts.scores(work),
    )
    return Written(replace(work.entry, next_try_at=next_try_at), result)


def waits(waiting: Waiting, why: tuple[str, Mapping[str, str]], sis: Sis, at: int) -> SyncResult:
    """A word about a decision whose turn has not come."""
    desired, entry = waiting.decision.desired, waiting.entry
    tries = entry.tries if entry is not None and entry.trying == desired.revision else 0
    code, params = why
    return _result(
        desired,
        sis,
        at,
        step=TRY * tries + 4 + 2 * note_number(waiting, at),
        outcome=Outcome.PROGRESS,
        code=code,
        params={**params, "place": str(waiting.place)},
        next_try_at=at + round(waiting.seconds * 1000),
    )


def gave_up(work: Work, error: DeliveryError, sis: Sis, at: int) -> Written:
    """The SIS said no: it ends until the content changes."""
    return finished(work, End(Outcome.ERROR, work.action or "unchanged", error.code, error.params), sis, at)


def superseded(entry: LedgerEntry | None, desired: DesiredItem, sis: Sis, at: int) -> SyncResult:
    """A decision that a newer one passed over."""
    tries = entry.tries if entry is not None and entry.trying == desired.revision else 1
    return _result(desired, sis, at, step=TRY * tries + ENDED, outcome=Outcome.SUPERSEDED)


def final(error: DeliveryError) -> bool:
    """Whether trying the same again is pointless."""
    return isinstance(error, Refused) or not isinstance(error, Retry | Misconfigured)


def _result(  # noqa: PLR0913 - one argument per field that differs
    desired: DesiredItem,
    sis: Sis,
    at: int,
    *,
    step: int,
    outcome: Outcome,
    code: str | None = None,
    params: Mapping[str, str] | None = None,
    problems: tuple[ScoreProblem, ...] = (),
    receipt: Receipt | None = None,
    next_try_at: int | None = None,
    scores: tuple[ScoreReceipt, ...] = (),
) -> SyncResult:
    return SyncResult(
        tenant=desired.tenant,
        section=desired.section,
        item=desired.item,
        revision=desired.revision,
        step=step,
        outcome=outcome,
        version=desired.version,
        at=at,
        kind=desired.content.kind,
        title=desired.content.title,
        deleted=desired.deleted,
        sis=sis,
        run=desired.run,
        code=code,
        params=dict(params or {}),
        next_try_at=next_try_at,
        fingerprint=desired.fingerprint,
        problems=problems,
        receipt=receipt,
        scores=scores,
    )
