"""Which changes are let in: those whose ids can be keys, and whose version can be told from none. Pure."""

from collections.abc import Iterator

from schemas.codec import Refused
from schemas.gradebook import GradebookChange, ReviewRequested, SyncRequested

#: Longest id, in bytes as UTF-8. Percent-encoded, three of them still make a key that every topic takes, and a
#: result, which repeats the ids of its change, stays small.
ID_BYTES = 1_024
# ids inside a change, by field
_NAMED = ("item", "run", "review", "teacher", "sis_section", "school")


def admit(change: GradebookChange) -> None:
    """Refused VENDOR_DATA for an id that is empty or too long, and for a version below 0."""
    if change.version < 0 or not all(map(_is_id, _ids(change))):
        raise Refused("VENDOR_DATA")


def _ids(change: GradebookChange) -> Iterator[str]:
    yield from (change.tenant, change.section, change.event)
    yield from (getattr(change.change, name) for name in _NAMED if hasattr(change.change, name))
    match change.change:
        case SyncRequested(items=items, approved=approved):
            yield from items or ()
            yield from (row.item for row in approved or ())
        case ReviewRequested(items=items):
            yield from items or ()


def _is_id(text: str) -> bool:
    return text != "" and (len(text) * 4 <= ID_BYTES or len(text.encode()) <= ID_BYTES)
