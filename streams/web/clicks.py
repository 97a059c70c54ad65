"""One click is one event, however often it arrives: by its Idempotency-Key, and within the section's cool-down."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from streams.web.answers import BadRequest

T = TypeVar("T")
#: Answers remembered. One forgotten only costs an event that changes nothing: its ids are the same.
KEPT = 20_000
#: Two tabs, a nervous finger: the same wish within so many seconds is one.
COOL_DOWN_SECONDS = 2.0


class KeyReused(BadRequest):
    """One Idempotency-Key for two different wishes."""

    code = "IDEMPOTENCY_KEY_REUSED"
    message = "This Idempotency-Key was used for another request."


@dataclass(frozen=True, slots=True)
class Once(Generic[T]):
    """An answer, and whether it was that of an earlier, equal click."""

    answer: T
    repeated: bool


@dataclass(slots=True)
class _Click:
    wish: Hashable
    at: float
    answer: asyncio.Future[Any]


@dataclass(slots=True)
class Clicks:
    """`clock`: seconds."""

    clock: Callable[[], float]
    _kept: OrderedDict[Hashable, _Click] = field(default_factory=OrderedDict)

    async def once(
        self, who: Hashable, wish: Hashable, key: str | None, do: Callable[[str], Awaitable[T]]
    ) -> Once[T]:
        """`do` with a name for its events: the same for the same key, so that even a replica that knows nothing of
        the first try tells the same event. What failed is tried again. KeyReused.
        """
        now = self.clock()
        name: Hashable = (who, wish) if key is None else (who, key, "key")
        known = self._kept.get(name)
        if known is not None and (key is not None or now - known.at < COOL_DOWN_SECONDS):
            if known.wish != wish:
                raise KeyReused
            return Once(await asyncio.shield(known.answer), repeated=True)
        answer = asyncio.ensure_future(do(_seed(who, key)))
        self._kept[name] = _Click(wish, now, answer)
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        try:
            # a browser that goes away takes nothing back
            return Once(await asyncio.shield(answer), repeated=False)
        except Exception:
            if (held := self._kept.get(name)) is not None and held.answer is answer:
                del self._kept[name]
            raise


def _seed(who: Hashable, key: str | None) -> str:
    if key is None:
        return uuid.uuid4().hex
    return hashlib.blake2b(repr((who, key)).encode(), digest_size=16).hexdigest()
