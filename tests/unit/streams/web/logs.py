"""Status logs to test with: rows and records as the status stage would write them."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.codec import encode
from schemas.gradebook import ItemKind, Sis
from schemas.results import Receipt, RowState, ScoreProblem, SectionStatus, SeenMark, StatusRow
from streams.web.sections import part_key

AT = 1_795_529_109_250

PLAIN = StatusRow(
    item="item-0",
    kind=ItemKind.ASSIGNMENT,
    title="Essay",
    state=RowState.SUCCESSFUL,
    deleted=False,
    version=3,
    heard=3,
    revision=3,
    step=2,
    changed_at=AT,
    last_success_at=AT,
    last_success_revision=3,
    last_success_fingerprint="f" * 32,
    sis=Sis.ESCHOOLPLUS,
    code=None,
    params={},
    next_try_at=None,
    problems=(),
    receipt=Receipt(
        action="create",
        remote={"lineItem": "L1"},
        calls=2,
        scores_sent=30,
        scores_accepted=30,
        scores_total=30,
    ),
)
NEVER = replace(
    PLAIN,
    item="item-1",
    state=RowState.NOT_YET_SYNCED,
    revision=-1,
    step=-1,
    last_success_at=None,
    last_success_revision=-1,
    receipt=None,
)
QUEUED = replace(PLAIN, item="item-2", state=RowState.QUEUED)
FAILED = replace(PLAIN, item="item-3", state=RowState.ERROR, code="CATEGORY_REQUIRED")
PARTLY = replace(
    PLAIN,
    item="item-4",
    code="SCORES_NOT_ACCEPTED",
    params={"refused": "1", "total": "30"},
    problems=(ScoreProblem(student="student-7", code="SCORE_ABOVE_MAXIMUM"),),
)
GONE = replace(PLAIN, item="item-5", title="Old essay", deleted=True)
EVERY_KIND = (PLAIN, NEVER, QUEUED, FAILED, PARTLY, GONE)


def log(
    tenant: str = "north",
    section: str = "algebra",
    rows: Iterable[StatusRow] = EVERY_KIND,
    *,
    part: int = 0,
    updated_at: int = AT,
    seen: Iterable[SeenMark] = (),
    last_error_at: int | None = None,
) -> SectionStatus:
    return SectionStatus(
        tenant=tenant,
        section=section,
        part=part,
        updated_at=updated_at,
        last_error_at=last_error_at,
        seen=tuple(seen),
        rows=tuple(rows),
    )


def record(status: SectionStatus) -> tuple[bytes, bytes]:
    """Key and value on sync.status."""
    return part_key(status.tenant, status.section, status.part), encode(status)
