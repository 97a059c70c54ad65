"""Answers on sync.reviews, by the question they answer, and waiting for one. The newest are kept."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict

from schemas import codec, keys
from schemas.codec import Refused, decode
from schemas.results import SectionReview

KEPT_BYTES = 64 * 1024 * 1024
#: Answers older than this are not read at the start: their questions have to be asked again.
SINCE_MS = 3_600_000

_Name = tuple[str, str, str]


class ReviewsView:
    """(tenant, section, review id) -> answer. One thread applies records; an event loop waits for them."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit, self._size = limit, 0
        self._kept: OrderedDict[_Name, bytes] = OrderedDict()
        self._waiting: dict[_Name, list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self._lock = threading.Lock()

    def apply(self, key: bytes | None, value: bytes | None) -> None:
        """Take in a record of sync.reviews. Refused when it is unreadable, or stands under another key."""
        if value is None:
            return
        tenant, section, review = codec.leading(SectionReview, value, 3)
        if key != keys.section_key(tenant, section):
            raise Refused("WRONG_KEY")
        with self._lock:
            self._size += len(value) - len(self._kept.pop((tenant, section, review), b""))
            self._kept[tenant, section, review] = value
            while self._size > self._limit and len(self._kept) > 1:
                self._size -= len(self._kept.popitem(last=False)[1])
            waiting = self._waiting.pop((tenant, section, review), ())
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    def get(self, tenant: str, section: str, review: str) -> SectionReview | None:
        """The answer, while it is kept. Refused when it is unreadable."""
        value = self._kept.get((tenant, section, review))
        return None if value is None else decode(SectionReview, value)

    async def wait(self, tenant: str, section: str, review: str, seconds: float) -> SectionReview | None:
        """The answer as soon as it is there; None when it does not come in time."""
        name, event = (tenant, section, review), asyncio.Event()
        waiter = (asyncio.get_running_loop(), event)
        with self._lock:
            if name not in self._kept:
                self._waiting.setdefault(name, []).append(waiter)
            else:
                event.set()
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            with self._lock:
                left = [one for one in self._waiting.pop(name, []) if one is not waiter]
                if left:
                    self._waiting[name] = left
        return self.get(tenant, section, review)
