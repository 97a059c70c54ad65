"""An item's attempts as JSON values (models.Timeline). Pure."""

from collections.abc import Sequence
from typing import Any

from schemas.results import Outcome, Receipt, ScoreReceipt, StatusRow, SyncResult
from streams.web.render import explained, maybe_moment, moment


def timeline(tenant: str, section: str, row: StatusRow, attempts: Sequence[SyncResult]) -> dict[str, Any]:
    """`attempts` oldest first; `row` is the item's row as it is now."""
    told = [_attempt(one) for one in attempts if one.outcome is not Outcome.OBSERVED]
    return {
        "tenant": tenant,
        "section": section,
        "item": row.item,
        "next_try": maybe_moment(row.next_try_at),
        "receipt": next((one for one in reversed(told) if one["action"] is not None), None),
        "attempts": told,
    }


def _attempt(result: SyncResult) -> dict[str, Any]:
    receipt = result.receipt
    return {
        "at": moment(result.at),
        "outcome": result.outcome.lower(),
        "revision": result.revision,
        "step": result.step,
        "version": result.version,
        "run": result.run,
        "deleted": result.deleted,
        "error": None if result.code is None else explained(result.code, result.params, result.sis),
        "next_try": maybe_moment(result.next_try_at),
        "action": receipt.action if receipt else None,
        "calls": receipt.calls if receipt else 0,
        "sis_ids": dict(receipt.remote) if receipt else {},
        "scores": _scores(receipt),
        "score_outcomes": [_score(one, result) for one in result.scores],
    }


def _scores(receipt: Receipt | None) -> dict[str, int] | None:
    if receipt is None:
        return None
    return {"sent": receipt.scores_sent, "accepted": receipt.scores_accepted, "total": receipt.scores_total}


def _score(one: ScoreReceipt, result: SyncResult) -> dict[str, Any]:
    # the reason with its parameters stands among the problems, where there is one
    params = next((p.params for p in result.problems if (p.student, p.code) == (one.student, one.code)), {})
    return {
        "student": one.student,
        "accepted": one.code is None,
        "sis_id": one.sis_id,
        "error": None if one.code is None else explained(one.code, params, result.sis),
    }
