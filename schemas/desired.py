"""What the SIS should hold of an item: intake's decision, delivery's work."""

from dataclasses import dataclass

from schemas.gradebook import Choice, ItemChanged, RosterEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredItem:
    """What the SIS should hold of one item. Key: tenant/section/item, percent-encoded; partitioned by tenant."""

    tenant: str
    section: str
    item: str
    revision: int
    version: int
    event: str
    decided_at: int
    run: str | None = None
    deleted: bool
    choice: Choice | None = None
    fingerprint: str
    school: str
    sis_section: str
    sis_teacher: str | None = None
    sis_category: str
    due_date: str
    students: tuple[RosterEntry, ...]
    content: ItemChanged
