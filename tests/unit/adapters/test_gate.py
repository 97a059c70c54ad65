"""Calls at once by the hour."""

import threading
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.addresses import AddressPolicy
from adapters.errors import Misconfigured, Retry
from adapters.gate import Gate, GatedTransport, Hours
from adapters.http import Reply, Request, Transport
from adapters.infinite_campus import adapter as campus
from tests.unit.adapters.desk import district

CHICAGO = ZoneInfo("America/Chicago")
WEEKDAYS = frozenset(range(1, 6))


@pytest.mark.parametrize(
    ("text", "at", "peak"),
    [
        ("07:00-16:00", "2026-11-25T13:00:00+00:00", True),  # Wednesday, 7:00
        ("07:00-16:00", "2026-11-25T12:59:59+00:00", False),
        ("07:00-16:00", "2026-11-25T22:00:00+00:00", False),  # 16:00
        ("07:00-16:00", "2026-11-28T15:00:00+00:00", False),  # Saturday
        ("none", "2026-11-25T15:00:00+00:00", False),
        ("09:00 - 10:30", "2026-11-25T16:15:00+00:00", True),
    ],
)
def test_school_hours_are_local_and_on_school_days(text: str, at: str, peak: bool) -> None:
    assert Hours(text, WEEKDAYS, CHICAGO).hold(datetime.fromisoformat(at)) is peak


@pytest.mark.parametrize("text", ["", "07:00", "seven-four", "25:00-26:00"])
def test_hours_nobody_can_read_are_named(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        Hours(text, WEEKDAYS, CHICAGO)
    assert refused.value.params == {"option": "peak_hours"}


class Crowd:
    """Threads that go through a gate and stay inside until they are let go."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.inside = 0
        self.most = 0
        self.entered = threading.Semaphore(0)
        self.leave = threading.Semaphore(0)
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self._go) for _ in range(8)]
        for thread in self.threads:
            thread.start()

    def _go(self) -> None:
        with self.gate.turn():
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            self.entered.release()
            self.leave.acquire()
            with self._lock:
                self.inside -= 1

    def end(self) -> None:
        self.leave.release(8)
        for thread in self.threads:
            thread.join(10)


@pytest.mark.parametrize("width", [1, 5])
def test_no_more_are_inside_than_may_be_and_that_many_are(width: int) -> None:
    crowd = Crowd(Gate(lambda: width))
    for _ in range(width):
        assert crowd.entered.acquire(timeout=10)
    assert not crowd.entered.acquire(timeout=0.05)
    crowd.end()
    assert (crowd.most, crowd.inside) == (width, 0)


def test_the_width_is_asked_anew_whenever_one_leaves() -> None:
    widths = [1]
    crowd = Crowd(Gate(lambda: widths[0]))
    assert crowd.entered.acquire(timeout=10)
    widths[0] = 3
    crowd.leave.release()
    for _ in range(3):
        assert crowd.entered.acquire(timeout=10)
    crowd.end()


def test_a_turn_that_never_comes_sent_nothing() -> None:
    gate = Gate(lambda: 1, patience=0.01)
    with gate.turn(), pytest.raises(Retry) as late, gate.turn():
        pass
    assert (type(late.value), late.value.breaks) == (Retry, False)
    with gate.turn():  # and it is free again
        pass


def test_a_failed_call_leaves_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = GatedTransport(AddressPolicy())
    transport.gate = Gate(lambda: 1, patience=0.01)
    answers: list[Retry | Reply] = [Retry("SIS_UNAVAILABLE"), Reply(200, {}, b"")]

    def exchange(_: Transport, request: Request, *, seconds: float | None = None) -> Reply:
        answer = answers.pop(0)
        if isinstance(answer, Retry):
            raise answer
        return answer

    monkeypatch.setattr(Transport, "exchange", exchange)
    with pytest.raises(Retry):
        transport.exchange(Request("GET", "https://x/"))
    assert transport.exchange(Request("GET", "https://x/")).status == 200


@pytest.mark.parametrize(
    ("hours", "at", "width"),
    [
        ({}, "2026-11-25T15:00:00+00:00", 1),
        ({}, "2026-11-25T03:00:00+00:00", 5),
        ({}, "2026-11-28T15:00:00+00:00", 5),
        ({"peak_hours": "none"}, "2026-11-25T15:00:00+00:00", 5),
    ],
)
def test_campus_is_called_serially_in_school_hours_and_by_five_otherwise(
    hours: dict[str, str], at: str, width: int
) -> None:
    config = district("https://x/campus", options=hours)
    assert campus.gate_of(config, lambda: datetime.fromisoformat(at)).width() == width
