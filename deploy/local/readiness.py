"""Waiting until a stack can do its work, by what its parts say of themselves; never by the clock alone."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from deploy.local.layout import Layout, Service, simulator_name
from deploy.local.sample.doors import DOORS
from schemas.ready_file import at_work

READY_SECONDS = 90.0
LOOK_SECONDS = 0.2
_pause = threading.Event()


class NotReady(Exception):
    """Something did not come up in time. The sentence says what, and ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something to wait for. `service` is whose log to show when it does not come."""

    what: str
    service: str
    ready: Callable[[], bool]


def parts(layout: Layout) -> Iterator[Part]:
    """Everything a stack needs before the first click."""
    for sis, door in DOORS.items():
        health = f"{layout.sis_url(sis)}/_sim/health"
        yield Part(f"the simulated {door.product}", simulator_name(sis), partial(answers, health))
    yield Part("the status API", "web", lambda: answers(f"{layout.web_url}/ready"))
    for service in layout.services():
        if service.name == "delivery":
            yield Part("the delivery worker", service.name, partial(works, service))
        elif service.name.startswith("streams-"):
            yield Part(f"stream worker {service.name}", service.name, partial(works, service))


def works(service: Service) -> bool:
    """Whether the process that runs now has its partitions: not one before it that the group still remembers."""
    return at_work(service.ready, service.process.pid())


def wait_ready(layout: Layout, said: Callable[[str], None], *, seconds: float = READY_SECONDS) -> None:
    """Wait for every part; NotReady names the first one that does not come."""
    deadline = time.monotonic() + seconds
    for part in parts(layout):
        wait_until(part.ready, deadline, lambda part=part: _missing(layout, part))  # type: ignore[misc]
        said(f"{part.what}: ready")


def wait_until(ready: Callable[[], bool], deadline: float, missing: Callable[[], str]) -> None:
    """Ask until it is so; NotReady when the deadline (time.monotonic) passes."""
    while not ready():
        if time.monotonic() > deadline:
            raise NotReady(missing())
        _pause.wait(LOOK_SECONDS)


def answers(url: str) -> bool:
    """Whether the address answers 200."""
    with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=2) as reply:  # noqa: S310
        return bool(reply.status == 200)
    return False


def ask(url: str, body: object = None, method: str = "GET") -> Any:
    """JSON from an address of this machine."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - loopback only
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310
        return json.loads(reply.read())


def _missing(layout: Layout, part: Part) -> str:
    log = layout.folder / "logs" / f"{part.service}.log"
    return f"{part.what} did not come up. The end of {log}:\n{last_lines(log)}"


def last_lines(log: Any, count: int = 12) -> str:
    """The end of a log."""
    try:
        lines: Sequence[str] = log.read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-count:])
