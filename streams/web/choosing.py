"""Which rows of a log are shown, and in which order. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.gradebook import ItemKind
from schemas.results import RowState, StatusRow


class Sort(StrEnum):
    """What rows are ordered by; FIRST_SEEN is the order of the log itself."""

    FIRST_SEEN = "first_seen"
    TITLE = "title"
    STATE = "state"
    KIND = "kind"
    CHANGED = "changed"
    LAST_SUCCESS = "last_success"


#: What needs somebody comes first.
_URGENCY = (RowState.ERROR, RowState.NOT_YET_SYNCED, RowState.QUEUED, RowState.SUCCESSFUL)
_KEYS: dict[Sort, Callable[[StatusRow], Any]] = {
    Sort.TITLE: lambda row: (row.title.casefold(), row.item),
    Sort.STATE: lambda row: _URGENCY.index(row.state),
    Sort.KIND: lambda row: row.kind,
    Sort.CHANGED: lambda row: row.changed_at,
    Sort.LAST_SUCCESS: lambda row: row.last_success_at or -1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Empty sets and texts choose everything. `text`: in the title, small letters or capitals."""

    deleted: bool = False
    states: frozenset[RowState] = frozenset()
    kinds: frozenset[ItemKind] = frozenset()
    codes: frozenset[str] = frozenset()
    text: str = ""
    sort: Sort = Sort.FIRST_SEEN
    descending: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is the plain log, deleted rows apart."""
        return self == Choice(deleted=self.deleted)


def choose(rows: Iterable[StatusRow], choice: Choice) -> list[StatusRow]:
    """The rows of the choice. Equal ones stay in the order of the log."""
    found = [row for row in rows if _fits(row, choice)]
    if choice.sort in _KEYS:
        found.sort(key=_KEYS[choice.sort], reverse=choice.descending)
    elif choice.descending:
        found.reverse()
    return found


def _fits(row: StatusRow, choice: Choice) -> bool:
    return (
        (choice.deleted or not row.deleted)
        and (not choice.states or row.state in choice.states)
        and (not choice.kinds or row.kind in choice.kinds)
        and (not choice.codes or row.code in choice.codes)
        and choice.text.casefold() in row.title.casefold()
    )
