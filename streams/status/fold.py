"""How a result alters a row of the status log. Pure: (row, result) -> row.

A row's state belongs to the highest (revision, step) heard of; its title, kind and deletion to the highest
revision; its last success to the successful result of the highest revision. So repeated, late and older results
change nothing, and any order of the same results ends in the same row.
"""

from dataclasses import replace

from schemas.results import Outcome, RowState, ScoreProblem, StatusRow, SyncResult, shown_title

#: Refused scores kept with a row; params of SCORES_NOT_ACCEPTED count them all.
PROBLEMS_KEPT = 40
#: Characters of a code or a fingerprint; ours are shorter.
WORD_KEPT = 64

_STATES = {
    Outcome.QUEUED: RowState.QUEUED,
    Outcome.PROGRESS: RowState.QUEUED,
    Outcome.SUPERSEDED: RowState.QUEUED,
    Outcome.SUCCESSFUL: RowState.SUCCESSFUL,
    Outcome.ERROR: RowState.ERROR,
}


def fold_row(row: StatusRow | None, result: SyncResult) -> StatusRow:
    """The row after a result of its item."""
    row = row or _new(result)
    return _succeed(_attempt(_hear(row, result), result), result)


def _new(result: SyncResult) -> StatusRow:
    return StatusRow(
        item=result.item,
        kind=result.kind,
        title="",
        state=RowState.NOT_YET_SYNCED,
        deleted=False,
        version=-1,
        heard=-1,
        revision=-1,
        step=-1,
        changed_at=result.at,
        last_success_at=None,
        last_success_revision=-1,
        last_success_fingerprint=None,
        sis=None,
        code=None,
        params={},
        next_try_at=None,
        problems=(),
        receipt=None,
    )


def _hear(row: StatusRow, result: SyncResult) -> StatusRow:
    # results of one revision all carry the same item, so an equal revision changes nothing
    if result.revision <= row.heard:
        return row
    return replace(
        row,
        heard=result.revision,
        version=result.version,
        kind=result.kind,
        title=shown_title(result.title),
        deleted=result.deleted,
        sis=result.sis,
    )


def _attempt(row: StatusRow, result: SyncResult) -> StatusRow:
    if result.outcome is Outcome.OBSERVED or (result.revision, result.step) <= (row.revision, row.step):
        return row
    # a passed-over decision is not an attempt that ended: the newer one is on its way and speaks for itself
    return replace(
        row,
        revision=result.revision,
        step=result.step,
        state=_STATES[result.outcome],
        changed_at=result.at,
        code=None if result.code is None else result.code[:WORD_KEPT],
        params=dict(result.params),
        next_try_at=result.next_try_at,
        problems=_kept(result.problems),
        receipt=result.receipt,
    )


def _succeed(row: StatusRow, result: SyncResult) -> StatusRow:
    if result.outcome is not Outcome.SUCCESSFUL or result.revision < row.last_success_revision:
        return row
    if result.revision == row.last_success_revision and row.last_success_at is not None:
        # the same success told again: the earliest telling is when it happened
        return replace(row, last_success_at=min(row.last_success_at, result.at))
    return replace(
        row,
        last_success_at=result.at,
        last_success_revision=result.revision,
        last_success_fingerprint=None if result.fingerprint is None else result.fingerprint[:WORD_KEPT],
    )


def _kept(problems: tuple[ScoreProblem, ...]) -> tuple[ScoreProblem, ...]:
    return problems[:PROBLEMS_KEPT]
