"""A section's status log as JSON. Made once per version of a section and kept, since teachers look far more
often than rows change; only sections somebody looks at are ever made.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from schemas.catalog import explain
from schemas.gradebook import Sis
from schemas.results import RowState, ScoreProblem, SectionStatus, StatusRow
from streams.web.sections import Counts, Entry

#: The names a teacher reads (product.md T5).
STATE_NAMES: Mapping[RowState, str] = {
    RowState.NOT_YET_SYNCED: "Not Yet Synced",
    RowState.QUEUED: "Queued",
    RowState.SUCCESSFUL: "Successful",
    RowState.ERROR: "Error",
}
CACHE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes to send, and the tag that stands for exactly them."""

    content: bytes
    etag: str


class Bodies:
    """The bodies made so far: the least recently used go when there are too many bytes of them."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[str, str, bool], tuple[Entry, Body]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def kept(self, entry: Entry, *, deleted: bool) -> Body | None:
        """The body of exactly this entry, if it is there."""
        key = (entry.tenant, entry.section, deleted)
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] is not entry:
                return None
            self._kept.move_to_end(key)
            return found[1]

    def make(self, entry: Entry, *, deleted: bool) -> Body:
        """The body of this entry, made and kept. Refused when the entry's body is unreadable."""
        content = orjson.dumps(log_of(entry.status(), deleted=deleted))
        body = Body(content, f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"')
        with self._lock:
            self._put((entry.tenant, entry.section, deleted), entry, body)
        return body

    def _put(self, key: tuple[str, str, bool], entry: Entry, body: Body) -> None:
        old = self._kept.pop(key, None)
        self._size += len(body.content) - (len(old[1].content) if old else 0)
        self._kept[key] = (entry, body)
        while self._size > self._limit and self._kept:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= len(dropped.content)


def log_of(
    status: SectionStatus, *, deleted: bool, rows: Iterable[StatusRow] | None = None
) -> dict[str, Any]:
    """The answer's fields (models.SectionLog): the rows given, or all of them. Counts are always of all."""
    shown = [row for row in status.rows if deleted or not row.deleted] if rows is None else rows
    counts: dict[RowState, int] = {}
    for row in status.rows:
        if not row.deleted:
            counts[row.state] = counts.get(row.state, 0) + 1
    return {
        "tenant": status.tenant,
        "section": status.section,
        "updated": updated(status.updated_at),
        "last_error": maybe_moment(status.last_error_at),
        "counts": counts_of(counts),
        "rows": [row_of(row) for row in shown],
    }


def counts_of(counts: Counts) -> dict[str, int]:
    """All four states, by the names a teacher reads."""
    return {name: counts.get(state, 0) for state, name in STATE_NAMES.items()}


def updated(epoch_ms: int) -> dict[str, Any] | None:
    """When a log last changed; None for one that no result has reached yet (only a teacher has looked at it)."""
    return moment(epoch_ms) if epoch_ms > 0 else None


def moment(epoch_ms: int) -> dict[str, Any]:
    """An instant (models.Moment). Beyond year 9999 the text stays at the last one there is."""
    capped = min(max(epoch_ms, 0), 253_402_300_799_999)
    at = datetime.fromtimestamp(capped // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {"at": f"{at}.{capped % 1000:03d}Z", "epoch_ms": epoch_ms}


def maybe_moment(epoch_ms: int | None) -> dict[str, Any] | None:
    return None if epoch_ms is None else moment(epoch_ms)


def row_of(row: StatusRow) -> dict[str, Any]:
    receipt = row.receipt
    return {
        "item": row.item,
        "title": row.title,
        "kind": row.kind.lower(),
        "state": STATE_NAMES[row.state],
        "deleted": row.deleted,
        "changed": moment(row.changed_at),
        "last_success": maybe_moment(row.last_success_at),
        "next_try": maybe_moment(row.next_try_at),
        "error": None if row.code is None else explained(row.code, row.params, row.sis),
        "problems": [_problem(problem, row.sis) for problem in row.problems],
        "scores": receipt
        and {"sent": receipt.scores_sent, "accepted": receipt.scores_accepted, "total": receipt.scores_total},
    }


def _problem(problem: ScoreProblem, sis: Sis | None) -> dict[str, Any]:
    return {"student": problem.student, **explained(problem.code, problem.params, sis)}


def explained(code: str, params: Mapping[str, str], sis: Sis | None) -> dict[str, Any]:
    told = explain(code, params, sis)
    return {
        "code": told.code,
        "message": told.message,
        "solution": told.solution,
        "fixed_by": told.fixed_by,
        "retried": told.retried,
    }
