"""Which items a change asks to be decided, and how. Pure.

By click: the items a SyncRequested names, or the section's. Automatic: the changed item, and every item when the
binding, the mapping or the roster changes. A teacher's answer to a conflict is decided at once in either mode.
"""

from collections.abc import Collection
from enum import Enum, auto
from urllib.parse import quote

from schemas.gradebook import (
    ConflictResolved,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemRestored,
    MappingChanged,
    RosterChanged,
    ScoresChanged,
    SectionBound,
    SyncMode,
    SyncRequested,
)
from schemas.state import SectionState


class Ask(Enum):
    """What is to be done with an item.

    OBSERVE: tell that it was seen. DECIDE: sync it with the others of its section, drafts left alone. INSIST: it was
    asked for by name, so a draft is told why it cannot sync. AGAIN: sync it if a sync was ever asked for.
    """

    OBSERVE = auto()
    DECIDE = auto()
    INSIST = auto()
    AGAIN = auto()


def item_of(change: GradebookChange) -> str | None:
    """The item a change is about; None when it is about the section."""
    match change.change:
        case (
            ItemChanged(item=item)
            | ScoresChanged(item=item)
            | ItemDeleted(item=item)
            | ItemRestored(item=item)
            | ConflictResolved(item=item)
        ):
            return item
        case _:
            return None


def by_click(change: GradebookChange) -> bool:
    """Whether a person asked, and not automatic mode."""
    return isinstance(change.change, SyncRequested | ConflictResolved)


def asked_items(
    change: GradebookChange, section: SectionState, known: Collection[bytes], *, in_force: bool
) -> list[tuple[bytes, Ask]]:
    """The items to look at, by the item part of their key, in order. `known` are the section's items, and
    `in_force` says that the section is now as the change told it (`fold.in_force`): a change that comes again may
    have died before its decisions were out, and asks again. The same of an item and the answer to its
    conflict (`fold.answered`).
    """
    automatic = section.binding is not None and section.binding.mode is SyncMode.AUTO
    match change.change:
        case SyncRequested(items=None, approved=approved) if approved is not None:
            return [(item_part(item), Ask.INSIST) for item in dict.fromkeys(row.item for row in approved)]
        case SyncRequested(items=None, replay=replay):
            return [(key, Ask.AGAIN if replay else Ask.DECIDE) for key in known]
        case SyncRequested(items=items, replay=replay):
            return [
                (item_part(item), Ask.AGAIN if replay else Ask.INSIST) for item in dict.fromkeys(items or ())
            ]
        case ConflictResolved(item=item):
            return [(item_part(item), Ask.INSIST)] if in_force else []
        case (
            ItemChanged(item=item)
            | ScoresChanged(item=item)
            | ItemDeleted(item=item)
            | ItemRestored(item=item)
        ):
            return [(item_part(item), Ask.DECIDE if automatic else Ask.OBSERVE)]
        case SectionBound() | MappingChanged() | RosterChanged() if automatic and in_force:
            return [(key, Ask.DECIDE) for key in known]
        case _:
            return []


def item_part(item: str) -> bytes:
    """An item's part of a key."""
    return quote(item, safe="").encode()
