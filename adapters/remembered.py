"""Readings that may be a little old: fetched by one thread while the others that need the same wait for it."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """`fetch(key)` is believed for `seconds`. A fetch that fails is not kept, and raises where it was needed."""

    def __init__(
        self, fetch: Callable[[K], V], seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._clock = clock
        self._known: dict[K, tuple[V, float]] = {}
        self._locks: dict[K, threading.Lock] = {}

    def get(self, key: K, enough: Callable[[V], bool] = lambda _: True) -> V:
        """What is known, or fetched anew when that is too old or not `enough`."""
        with self._locks.setdefault(key, threading.Lock()):
            known = self._known.get(key)
            if known is not None and self._clock() < known[1] and enough(known[0]):
                return known[0]
            found = self._fetch(key)
            self._known[key] = (found, self._clock() + self._seconds)
            return found

    def forget(self, key: K) -> None:
        """Not believed any more."""
        self._known.pop(key, None)
