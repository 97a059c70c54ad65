"""What the SIS should hold of an item: intake's decision, delivery's work."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.codec import leading
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


class Head(NamedTuple):
    """What tells a desired item's place without reading all of it. `chooses`: it brings a teacher's choice."""

    tenant: str
    section: str
    item: str
    revision: int
    decided_at: int
    chooses: bool
    sis_section: str
    sis_teacher: str | None


def head(data: bytes | None) -> Head:
    """Of an encoded DesiredItem, in a thirtieth of the time. Refused as `codec.leading` says."""
    tenant, section, item, revision, _, _, decided_at, _, _, choice, _, _, *sis = leading(
        DesiredItem, data, 14
    )
    return Head(tenant, section, item, revision, decided_at, choice[:1] != b"\x00", *sis)
