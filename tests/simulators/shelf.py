"""A collection by id and by owner that can also show how it stood some seconds ago.

The look back serves the ``search_lag`` fault: a SIS whose lists come from an index that trails its database.
"""

import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Clock = Callable[[], float]


class Shelf(Generic[Thing]):
    """Things by id, each under one owner (the class of a line item, the line item of a result)."""

    def __init__(
        self, clock: Clock = time.monotonic, index: Callable[[Thing], Hashable] | None = None
    ) -> None:
        """``index`` is what ``alike`` finds things by.

        History is kept only while ``remember`` is above zero, so that the usual run pays nothing.
        """
        self._clock = clock
        self._index = index
        self._alike: dict[Hashable, set[str]] = {}
        self._things: dict[str, Thing] = {}
        self._owner: dict[str, str] = {}
        self._owned: dict[str, dict[str, None]] = {}
        self._past: deque[tuple[float, str, str, Thing | None]] = deque()
        self._remember = 0.0

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, key: object) -> bool:
        return key in self._things

    def get(self, key: str) -> Thing | None:
        """The thing as it stands now."""
        return self._things.get(key)

    def remember(self, seconds: float) -> None:
        """Keep enough history from now on to answer ``as_of`` for that many seconds."""
        self._remember = seconds
        if not seconds:
            self._past.clear()

    def put(self, key: str, thing: Thing, owner: str = "") -> None:
        """Add or replace a thing; its owner may change."""
        self._note(key, owner)
        self._reindex(key, thing)
        former = self._owner.get(key)
        if former != owner:
            if former is not None:
                del self._owned[former][key]
            self._owner[key] = owner
            self._owned.setdefault(owner, {})[key] = None
        self._things[key] = thing

    def remove(self, key: str) -> Thing | None:
        """Take a thing away; None when it was not there."""
        if key not in self._things:
            return None
        owner = self._owner.pop(key)
        self._note(key, owner)
        self._reindex(key, None)
        del self._owned[owner][key]
        return self._things.pop(key)

    def alike(self, value: Hashable) -> frozenset[str]:
        """The keys of the things with that index."""
        return frozenset(self._alike.get(value, ()))

    def of(self, owner: str | None = None) -> list[Thing]:
        """Everything, or everything of one owner, in order of arrival."""
        if owner is None:
            return list(self._things.values())
        return [self._things[key] for key in self._owned.get(owner, ())]

    def as_of(self, seconds: float, owner: str | None = None) -> list[Thing]:
        """What ``of`` would have answered that many seconds ago."""
        since = self._clock() - seconds
        before: dict[str, Thing | None] = {}
        for moment, key, kept_by, thing in reversed(self._past):
            if moment <= since:
                break
            if owner in (None, kept_by):
                before[key] = thing
        now = self._things if owner is None else self._owned.get(owner, {})
        shown = [before[key] if key in before else self._things[key] for key in now]
        shown += [thing for key, thing in before.items() if key not in now]
        return [thing for thing in shown if thing is not None]

    def _reindex(self, key: str, thing: Thing | None) -> None:
        if self._index is None:
            return
        before = self._things.get(key)
        if before is not None:
            former = self._index(before)
            self._alike[former].discard(key)
            if not self._alike[former]:
                del self._alike[former]
        if thing is not None:
            self._alike.setdefault(self._index(thing), set()).add(key)

    def _note(self, key: str, owner: str) -> None:
        if not self._remember:
            return
        now = self._clock()
        self._past.append((now, key, owner, self._things.get(key)))
        while self._past and self._past[0][0] < now - self._remember:
            self._past.popleft()
