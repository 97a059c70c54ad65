"""What we know the SIS has: delivery's memory, kept on sis.<system>.ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.results import Outcome, Receipt, ScoreProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A create about to be sent: written and acknowledged before the call.

    `section` and `teacher` say where: the section may be bound anew before its outcome is known.
    """

    revision: int
    attempt: int
    marker: str
    at: int
    fingerprint: str
    section: str = ""
    teacher: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What we know the SIS has of one item of ours. Key: tenant/section/item.

    Of two entries of one item the one with the higher (generation, sequence) is the truth. `remote` holds the
    SIS's ids, and `life` counts those of our own making that were deleted there. `revision`, `step`, `outcome`,
    `code`, `params`, `problems`, `receipt` are the newest decision that ended; `trying`, `tries`, `next_try_at`
    the one at work. `sent_scores` holds, by LMS student id, "sent.seen": the hash of the score as last accepted,
    and of what the SIS should show for it.
    """

    tenant: str
    section: str
    item: str
    generation: int
    sequence: int
    revision: int
    step: int
    trying: int
    tries: int
    next_try_at: int | None
    intent: Intent | None
    life: int = 0
    remote: Mapping[str, str]
    sent_item: str | None
    sent_scores: Mapping[str, str]
    read_item: str | None
    read_modified: str | None
    deleted: bool
    conflict: str | None
    outcome: Outcome | None
    code: str | None
    params: Mapping[str, str]
    problems: tuple[ScoreProblem, ...]
    receipt: Receipt | None
