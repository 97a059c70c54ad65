"""Start a simulator in a subprocess and steer it from a test.

::

    with Simulator("eschoolplus") as sim:
        sim.seed(district)                       # JSON as in seeding
        sim.fault("abc", kind="drop_reply", count=1)
        ...
        assert [commit["kind"] for commit in sim.commits()] == ["lineItem"]
"""

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.simulators.systems import SYSTEMS

REPOSITORY = Path(__file__).resolve().parents[2]
READY = "ready "


class SimulatorFailedError(RuntimeError):
    """The simulator did not start, or refused what the test's hand asked for."""


class Simulator:
    """A simulator process and its control addresses; a context manager that stops it at the end."""

    def __init__(
        self,
        system: str = "eschoolplus",
        *,
        port: int = 0,
        log: Path | None = None,
        seed: Path | None = None,
        resume: bool = False,
        deadline: float = 20.0,
    ) -> None:
        """Nothing runs before ``start``; ``deadline`` (seconds) bounds start, stop and each control call."""
        self._command = [sys.executable, "-m", "tests.simulators", system, "--port", str(port)]
        self._command += ["--log", str(log)] if log else []
        self._command += ["--seed", str(seed)] if seed else []
        self._command += ["--resume"] if resume else []
        self._system = system
        self._deadline = deadline
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        self.url = ""

    def start(self) -> Self:
        """Start and wait for the ready line."""
        self._process = subprocess.Popen(
            self._command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        out = self._process.stdout
        if out is None:
            message = "the simulator has no output"
            raise SimulatorFailedError(message)
        threading.Thread(target=_forward(out.readline, lines), daemon=True).start()
        try:
            line = lines.get(timeout=self._deadline)
        except queue.Empty:
            line = ""
        if not line.startswith(READY):
            raise SimulatorFailedError(f"the simulator did not start: {self._end()}")
        # Nobody reads stderr while it runs; a pipe that fills up would stop the simulator.
        threading.Thread(target=self._drain, daemon=True).start()
        self.url = line.removeprefix(READY).strip()
        return self

    @property
    def pid(self) -> int:
        """The process id."""
        return self._running().pid

    def base(self, code: str) -> str:
        """The base address of a district, as a client of this system would be given it."""
        return f"{self.url}{SYSTEMS[self._system]().base(code)}"

    def stop(self) -> int:
        """End it with SIGTERM; its exit code."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        code = process.wait(self._deadline)
        self._close()
        return code

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        process = self._running()
        process.kill()
        process.wait(self._deadline)
        self._close()

    def seed(self, district: dict[str, Any]) -> None:
        """Put a district in place, or replace it."""
        self._ask("PUT", f"/districts/{district['code']}", district)

    def settings(self, code: str, **settings: Any) -> None:
        """Change subscriptions, denied, limits, switches or marks."""
        self._ask("PATCH", f"/districts/{code}", settings)

    def fault(self, code: str, **rule: Any) -> str:
        """Switch a fault on; its id."""
        return str(self._ask("POST", f"/districts/{code}/faults", rule)["id"])

    def faults(self, code: str) -> list[dict[str, Any]]:
        """The fault switches that are on, with their hits."""
        found: list[dict[str, Any]] = self._ask("GET", f"/districts/{code}/faults")
        return found

    def clear_faults(self, code: str, name: str | None = None) -> None:
        """Switch all faults, or one, off."""
        self._ask("DELETE", f"/districts/{code}/faults" + (f"/{name}" if name else ""))

    def edit(self, code: str, action: str, **values: Any) -> None:
        """Make an edit in the SIS; ``class_`` stands for class, ``set`` holds the new values."""
        named = {key.rstrip("_"): value for key, value in values.items()}
        self._ask("POST", f"/districts/{code}/edit", {"action": action, **named})

    def state(self, code: str) -> dict[str, Any]:
        """Everything in the gradebook, by id."""
        found: dict[str, Any] = self._ask("GET", f"/districts/{code}/state")
        return found

    def gradebook(self, code: str) -> dict[str, Any]:
        """Items and scores in the shape all systems share (see :mod:`tests.simulators.neutral`)."""
        found: dict[str, Any] = self._ask("GET", f"/districts/{code}/gradebook")
        return found

    def directory(self, code: str) -> dict[str, Any]:
        """Sections, people and categories with their ids on the wire (see :mod:`tests.simulators.neutral`)."""
        found: dict[str, Any] = self._ask("GET", f"/districts/{code}/directory")
        return found

    def counters(self, code: str) -> dict[str, Any]:
        """Calls so far."""
        found: dict[str, Any] = self._ask("GET", f"/districts/{code}/counters")
        return found

    def reset_counters(self, code: str) -> None:
        """Count anew."""
        self._ask("DELETE", f"/districts/{code}/counters")

    def clock(self, code: str, offset: float) -> None:
        """Move the district's clock against the machine's."""
        self._ask("POST", f"/districts/{code}/clock", {"offset": offset})

    def commits(self, after: int = 0, district: str = "") -> list[dict[str, Any]]:
        """The commit log."""
        found: list[dict[str, Any]] = self._ask("GET", f"/commits?after={after}&district={district}")
        return found

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.stop()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        answer = self._session.request(
            method, f"{self.url}/_sim{path}", json=body, timeout=self._deadline, allow_redirects=False
        )
        if answer.status_code != requests.codes.ok:
            raise SimulatorFailedError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            message = "the simulator is not running"
            raise SimulatorFailedError(message)
        return self._process

    def _drain(self) -> None:
        process = self._process
        if process is not None and process.stderr is not None:
            for line in process.stderr:
                sys.stderr.write(f"simulator: {line}")

    def _end(self) -> str:
        process = self._running()
        process.kill()
        process.wait(self._deadline)
        said = process.stderr.read() if process.stderr else ""
        self._close()
        return said

    def _close(self) -> None:
        process, self._process = self._process, None
        self._session.close()
        for stream in (process.stdout, process.stderr) if process else ():
            if stream is not None:
                stream.close()


def _forward(read: Callable[[], str], lines: "queue.SimpleQueue[str]") -> Callable[[], None]:
    def forward() -> None:
        lines.put(read())

    return forward
