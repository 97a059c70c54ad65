"""What the mass-change brake holds of a section, and the lists in which it is released."""

from collections.abc import Iterable, Iterator

from schemas.gradebook import ApprovedItem
from schemas.results import RowState, StatusRow

HELD = "MASS_CHANGE_HELD"
#: Ids of one event, in bytes: with what stands beside each (fingerprint, lengths) they leave half of a record free.
_IDS, _BESIDE = 250_000, 40


def held_items(rows: Iterable[StatusRow]) -> Iterator[ApprovedItem]:
    """What waits, each as it is shown to wait: an item that changed since is held again instead of sent."""
    for row in rows:
        fingerprint = row.params.get("fingerprint")
        if row.state is RowState.ERROR and row.code == HELD and fingerprint:
            yield ApprovedItem(item=row.item, fingerprint=fingerprint)


def parts(held: Iterable[ApprovedItem]) -> Iterator[tuple[ApprovedItem, ...]]:
    """The items in lists that each fit an event."""
    part: list[ApprovedItem] = []
    size = 0
    for row in held:
        size += len(row.item.encode()) + _BESIDE
        if part and size > _IDS:
            yield tuple(part)
            part, size = [], len(row.item.encode()) + _BESIDE
        part.append(row)
    if part:
        yield tuple(part)
