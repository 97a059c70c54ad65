"""What became of each decision, and the section's status log folded from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from schemas.gradebook import ItemKind, Sis


class Outcome(StrEnum):
    """OBSERVED: seen, not synced. PROGRESS: delivery is at work or waits for a next try. SUPERSEDED: a newer
    decision took its place.
    """

    OBSERVED = "OBSERVED"
    QUEUED = "QUEUED"
    PROGRESS = "PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    ERROR = "ERROR"
    SUPERSEDED = "SUPERSEDED"


class RowState(StrEnum):
    """The four states a teacher reads."""

    NOT_YET_SYNCED = "NOT_YET_SYNCED"
    QUEUED = "QUEUED"
    SUCCESSFUL = "SUCCESSFUL"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreProblem:
    """One score the SIS did not take."""

    student: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an attempt sent to the SIS."""

    action: str
    remote: Mapping[str, str]
    calls: int
    scores_sent: int
    scores_accepted: int
    scores_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReceipt:
    """What became of one score that an attempt sent: `code` says why the SIS did not take it, None that it has it."""

    student: str
    code: str | None = None
    sis_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What became of one decision about one item, or (empty item) that a teacher opened the log. Key:
    tenant/section.
    """

    tenant: str
    section: str
    item: str
    revision: int
    step: int
    outcome: Outcome
    version: int
    at: int
    kind: ItemKind
    title: str
    deleted: bool = False
    sis: Sis | None = None
    run: str | None = None
    code: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    next_try_at: int | None = None
    fingerprint: str | None = None
    problems: tuple[ScoreProblem, ...] = ()
    receipt: Receipt | None = None
    seen_by: str | None = None
    scores: tuple[ScoreReceipt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """One line of a section's status log."""

    item: str
    kind: ItemKind
    title: str
    state: RowState
    deleted: bool
    version: int
    heard: int
    revision: int
    step: int
    changed_at: int
    last_success_at: int | None
    last_success_revision: int
    last_success_fingerprint: str | None
    sis: Sis | None
    code: str | None
    params: Mapping[str, str]
    next_try_at: int | None
    problems: tuple[ScoreProblem, ...]
    receipt: Receipt | None

    @property
    def gone(self) -> bool:
        """Whether the row is of a deleted item and has nothing left to say: its deletion is neither under way nor in
        trouble, as where a system lets nobody delete.
        """
        return self.deleted and self.state in (RowState.SUCCESSFUL, RowState.NOT_YET_SYNCED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMark:
    """How far a teacher has read the log."""

    teacher: str
    seen_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionStatus:
    """A section's status log, or a part of it: one row per item. Key: tenant/section for part 0,
    tenant/section/part for the others.
    """

    tenant: str
    section: str
    part: int
    updated_at: int
    last_error_at: int | None
    seen: tuple[SeenMark, ...]
    rows: tuple[StatusRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedItem:
    """What a sync would do with one item."""

    item: str
    title: str
    kind: ItemKind
    version: int
    fingerprint: str
    deleted: bool
    code: str | None = None
    params: Mapping[str, str]
    sis_category: str | None = None
    due_date: str | None = None
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReview:
    """Answer to ReviewRequested. Key: tenant/section."""

    tenant: str
    section: str
    review: str
    at: int
    total: int
    items: tuple[ReviewedItem, ...]


#: A title is shown, not kept: this many characters of it.
TITLE_SHOWN = 200


def shown_title(title: str) -> str:
    """The title as kept for showing."""
    return title if len(title) <= TITLE_SHOWN else title[: TITLE_SHOWN - 1] + "…"
