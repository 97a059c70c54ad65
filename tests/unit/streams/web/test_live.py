"""Live rows: all of them first, then what changed, and the end when it is not theirs any more."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from schemas.keys import section_key
from streams.web.answers import NotFound, TooMany
from streams.web.live import STREAMS_PER_PERSON, Hub, frames
from streams.web.sections import Entry
from streams.web.view import StatusView
from tests.unit.streams.web.bench import SECTION, Web
from tests.unit.streams.web.logs import AT, FAILED, PLAIN, QUEUED, log, record
from tests.unit.streams.web.sign import teacher


class Scene:
    """A view, a hub, and one who looks."""

    def __init__(self) -> None:
        self.view, self.hub, self.allowed = StatusView(), Hub(), True
        self.view.apply(*record(log(rows=[PLAIN, QUEUED])))

    def entry(self) -> Entry:
        found = self.view.get("north", "algebra")
        if found is None or not self.allowed:
            raise NotFound
        return found

    async def show(self, **told: Any) -> None:
        """A record comes in, in the follower's thread."""
        status = log(**told)

        def take() -> None:
            key, value = record(status)
            if self.view.apply(key, value):
                self.hub.changed(key)

        await asyncio.to_thread(take)


async def _next(stream: AsyncIterator[bytes]) -> tuple[str, Any]:
    frame = (await asyncio.wait_for(anext(stream), 5)).decode()
    assert frame.endswith("\n\n")
    if frame.startswith(":"):
        return "quiet", None
    event, data = frame.strip().split("\n")
    return event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def _items(told: Any) -> list[str]:
    return [row["item"] for row in told["rows"]]


def test_all_rows_first_and_then_those_that_change() -> None:
    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            stream = frames(at.hub, event, at.entry)
            name, told = await _next(stream)
            assert (name, _items(told)) == ("rows", ["item-0", "item-2"])
            await at.show(rows=[PLAIN, replace(FAILED, item="item-2", revision=9)], updated_at=AT + 1)
            name, told = await _next(stream)
            assert (name, _items(told), told["counts"]["Error"]) == ("rows", ["item-2"], 1)
            assert told["rows"][0]["error"]["code"] == "CATEGORY_REQUIRED"

    asyncio.run(scene())


def test_a_change_between_two_looks_is_not_missed() -> None:
    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            stream = frames(at.hub, event, at.entry, quiet=60)
            await _next(stream)
            await at.show(rows=[PLAIN, FAILED], updated_at=AT + 1)  # nobody is waiting at this moment
            assert _items((await _next(stream))[1]) == ["item-3"]

    asyncio.run(scene())


def test_after_a_change_it_waits_again() -> None:
    """Otherwise one change would make it spin."""

    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            stream = frames(at.hub, event, at.entry, quiet=60)
            await _next(stream)
            await at.show(rows=[PLAIN, FAILED], updated_at=AT + 1)
            await _next(stream)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(stream), 0.2)

    asyncio.run(scene())


def test_a_quiet_line_says_that_it_lives() -> None:
    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            stream = frames(at.hub, event, at.entry, quiet=0.01)
            await _next(stream)
            assert (await _next(stream))[0] == "quiet"

    asyncio.run(scene())


def test_the_stream_of_one_taken_off_the_roster_ends() -> None:
    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            stream = frames(at.hub, event, at.entry)
            await _next(stream)
            at.allowed = False
            at.hub.changed(section_key("north", "algebra"))
            assert (await _next(stream))[0] == "end"
            assert [frame async for frame in stream] == []

    asyncio.run(scene())


def test_other_sections_wake_nobody() -> None:
    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            at.hub.changed(section_key("north", "geometry"))
            at.hub.changed(None)
            await asyncio.sleep(0)
            assert not event.is_set()
            at.hub.changed(section_key("north", "algebra") + b"/3")  # a part of a long log
            await asyncio.sleep(0)
            assert event.is_set()
        at.hub.changed(section_key("north", "algebra"))
        assert not at.hub._waiting

    asyncio.run(scene())


def test_when_the_process_ends_every_stream_does() -> None:
    async def scene() -> None:
        at = Scene()
        with at.hub.listen("north", "algebra", "me") as event:
            stream = frames(at.hub, event, at.entry)
            await _next(stream)
            at.hub.close()
            assert [frame async for frame in stream] == []

    asyncio.run(scene())


def test_streams_are_limited_per_person() -> None:
    async def scene() -> None:
        hub = Hub()
        open_ones = [hub.listen("north", f"s{n}", "me") for n in range(STREAMS_PER_PERSON)]
        for one in open_ones:
            hub.room_for("me")
            one.__enter__()
        with pytest.raises(TooMany):
            hub.room_for("me")
        hub.room_for("somebody else")
        open_ones[0].__exit__(None, None, None)
        hub.room_for("me")

    asyncio.run(scene())


def test_over_http_it_ends_with_the_sign_in(web: Web) -> None:
    """The token ends between being let in and the first look."""
    token = teacher(exp=web.clock.now + 10)
    web.call("GET", f"{SECTION}/status", token=token)
    web.clock.now += 39.9
    seen: list[str] = []

    def later() -> float:
        seen.append("looked")
        return web.clock.now + (1 if len(seen) > 2 else 0)

    web.client.app.state.door.clock = later  # type: ignore[attr-defined]
    told = web.client.get(f"{SECTION}/events", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code == 200
    assert told.headers["content-type"].startswith("text/event-stream")
    assert told.text.endswith("event: end\ndata: {}\n\n")
    assert web.client.get(f"{SECTION}/events").status_code == 401
