"""Intake's memory of items and sections, kept on gradebook.state."""

from dataclasses import dataclass

from schemas.gradebook import CategoryMapping, Choice, ItemChanged, RosterEntry, Score, SectionBound


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePatch:
    """A score newer than the item's list."""

    version: int
    event: str
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemState:
    """Intake's memory of one item. Key: tenant/section/item, on the section's partition."""

    version: int
    event: str
    life_version: int
    life_event: str
    deleted: bool
    scores_version: int
    scores_event: str
    asked: bool
    routed: bool
    fingerprint: str = ""
    held: bool = False
    choice: Choice | None = None
    choice_version: int = -1
    choice_event: str = ""
    choice_revision: int = -1
    patches: tuple[ScorePatch, ...]
    content: ItemChanged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When a teacher last opened the section's status log."""

    teacher: str
    version: int
    event: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionState:
    """Intake's memory of one section. Key: tenant/section."""

    binding_version: int
    binding_event: str
    binding: SectionBound | None = None
    mapping_version: int
    mapping_event: str
    mapping: tuple[CategoryMapping, ...]
    roster_version: int
    roster_event: str
    roster: tuple[RosterEntry, ...]
    looks: tuple[Look, ...] = ()
