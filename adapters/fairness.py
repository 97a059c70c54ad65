"""Whose turn it is among a district's sections.

Sections new to the lane come first, then one item per section in turn: a section of one item does not wait behind
one of ten thousand. An item that comes back from waiting stands at the head of its section.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Ready items by section. One caller at a time (the lane's lock)."""

    def __init__(self) -> None:
        self._fresh: OrderedDict[str, deque[T]] = OrderedDict()
        self._known: OrderedDict[str, deque[T]] = OrderedDict()
        self._met: set[str] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, section: str, item: T, *, first: bool = False) -> None:
        """Put an item at the end, or the head, of its section."""
        queue = self._known if section in self._met else self._fresh
        items = queue.setdefault(section, deque())
        if first:
            items.appendleft(item)
        else:
            items.append(item)
        self._count += 1

    def pop(self) -> T:
        """The next item. IndexError when there is none."""
        if self._fresh:
            section, items = self._fresh.popitem(last=False)
            self._met.add(section)
        elif self._known:
            section, items = self._known.popitem(last=False)
        else:
            raise IndexError
        item = items.popleft()
        if items:
            self._known[section] = items
        self._count -= 1
        return item

    def places(self) -> Iterator[tuple[int, T]]:
        """Every item with its place in the queue, 1 being next; about, as new sections may come first."""
        sections = [*self._fresh.values(), *self._known.values()]
        for rank, items in enumerate(sections, start=1):
            for turn, item in enumerate(items):
                yield turn * len(sections) + rank, item

    def rest(self) -> None:
        """Nothing is left of these sections: they are new again when they come back."""
        self._met.clear()
