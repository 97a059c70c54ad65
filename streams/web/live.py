"""Rows as they change, for whoever looks at a section: server-sent events."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas import keys
from schemas.codec import Refused
from streams.web.answers import NotFound, TooMany
from streams.web.render import log_of
from streams.web.sections import Entry

#: Between two words, so that nobody on the way takes the line for dead; the roster is looked at again, too.
QUIET_SECONDS = 15.0
STREAMS_PER_PERSON, STREAMS = 8, 2_000


@dataclass(slots=True)
class Hub:
    """Who waits for which section. `changed` is called by followers' threads, the rest by the event loop."""

    _loop: asyncio.AbstractEventLoop | None = None
    _waiting: dict[bytes, set[asyncio.Event]] = field(default_factory=dict)
    _open: Counter[object] = field(default_factory=Counter)
    _rendered: dict[bytes, tuple[Entry, dict[str, Any]]] = field(default_factory=dict)

    def changed(self, key: bytes | None) -> None:
        """A record of that section (or a part of it) was taken in."""
        place = b"/".join((key or b"").split(b"/")[:2])
        loop = self._loop
        if loop is not None and place in self._waiting:
            with suppress(RuntimeError):  # the process ends, and its loop is closed already
                loop.call_soon_threadsafe(self._wake, place)

    def close(self) -> None:
        """The process ends: every stream does."""
        self._loop = None
        for place in list(self._waiting):
            self._wake(place)

    @property
    def closed(self) -> bool:
        return self._loop is None

    def room_for(self, person: object) -> None:
        """TooMany when the person, or everybody together, has too many streams open."""
        if self._open[person] >= STREAMS_PER_PERSON or self._open.total() >= STREAMS:
            raise TooMany(headers={"Retry-After": "30"})

    async def until(self, tenant: str, section: str, so: Callable[[], bool], seconds: float) -> bool:
        """Wait for something about the section to be so; False when it is not in time."""
        with suppress(TimeoutError), self.listen(tenant, section, None) as event:
            async with asyncio.timeout(seconds):
                while not so():
                    event.clear()
                    await event.wait()
        return so()

    @contextmanager
    def listen(self, tenant: str, section: str, person: object) -> Iterator[asyncio.Event]:
        """An event that is set when the section changed."""
        place, event = keys.section_key(tenant, section), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._waiting.setdefault(place, set()).add(event)
        self._open[person] += 1
        try:
            yield event
        finally:
            self._open[person] -= 1
            if not self._open[person]:
                del self._open[person]
            self._waiting[place].discard(event)
            if not self._waiting[place]:
                del self._waiting[place]
                self._rendered.pop(place, None)

    def log(self, entry: Entry) -> dict[str, Any]:
        """The section's log as JSON values, made once however many look at it."""
        place = keys.section_key(entry.tenant, entry.section)
        known = self._rendered.get(place)
        if known is None or known[0] is not entry:
            known = self._rendered[place] = (entry, log_of(entry.status(), deleted=True))
        return known[1]

    def _wake(self, place: bytes) -> None:
        for event in self._waiting.get(place, ()):
            event.set()


async def frames(
    hub: Hub, event: asyncio.Event, entry: Callable[[], Entry], quiet: float = QUIET_SECONDS
) -> AsyncIterator[bytes]:
    """First every row, then those that changed. `entry` is asked each time; NotFound from it ends the stream, as
    the teacher may have been taken off the roster, or signed out.
    """
    shown: dict[str, Any] = {}
    while True:
        event.clear()  # before looking: what comes meanwhile is looked at in the next round
        try:
            log = hub.log(entry())
        except (NotFound, Refused):
            yield b"event: end\ndata: {}\n\n"
            return
        moved = [row for row in log["rows"] if shown.get(row["item"]) != row]
        if moved or not shown:
            shown.update((row["item"], row) for row in moved)
            told = {name: log[name] for name in ("updated", "last_error", "counts")}
            yield b"event: rows\ndata: %b\n\n" % orjson.dumps({**told, "rows": moved})
        else:
            yield b": still here\n\n"
        try:
            async with asyncio.timeout(quiet):
                await event.wait()
        except TimeoutError:
            continue
        if hub.closed:
            return
