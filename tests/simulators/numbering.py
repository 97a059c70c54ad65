"""Whole-number ids for systems that know people, sections and categories by number.

An id that is written in digits is its own number; the seed's ``numbers`` may give others theirs; the rest are
counted up from the first number of their kind, in the order of the seed.
"""

from collections import Counter
from collections.abc import Mapping

FIRST = {"school": 101, "session": 201, "category": 301, "teacher": 401, "section": 1001, "student": 10001}
ELSEWHERE = 100_001


class Numbers:
    """Numbers by kind and id, and back."""

    def __init__(self, given: Mapping[str, int] | None = None) -> None:
        """``given`` are the seed's own, the same for every kind."""
        self._given = dict(given or {})
        self._numbers: dict[tuple[str, str], int] = {}
        self._names: dict[tuple[str, int], str] = {}
        self._counted: Counter[str] = Counter()

    def of(self, kind: str, name: str) -> int:
        """The number of a thing, made at the first question."""
        found = self._numbers.get((kind, name))
        if found is None:
            found = self._new(kind, name)
            self._numbers[kind, name] = found
            self._names[kind, found] = name
        return found

    def name(self, kind: str, number: int) -> str | None:
        """The id behind a number."""
        return self._names.get((kind, number))

    def _new(self, kind: str, name: str) -> int:
        own = self._given.get(name) or (int(name) if name.isdecimal() else None)
        if own is not None and (kind, own) not in self._names:
            return own
        while True:
            number = FIRST.get(kind, ELSEWHERE) + self._counted[kind]
            self._counted[kind] += 1
            if (kind, number) not in self._names:
                return number
