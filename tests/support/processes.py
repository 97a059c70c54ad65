"""Worker processes of a test and the supervisor that starts them again: what a machine's own supervisor does."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]
_WATCH_SECONDS = 0.05
_RESTART_SECONDS = 0.3


@dataclass(slots=True)
class Worker:
    """One process and its log file. `excused`: a test ended it, so its exit code is no news."""

    process: "subprocess.Popen[bytes]"
    log: Path
    excused: bool = False

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; nothing when it is gone."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(errors="replace")


@dataclass
class Crew:
    """`size` workers of one command, kept running. Leaving the block kills them all."""

    folder: Path
    env: Mapping[str, str]
    size: int = 1
    command: Sequence[str] = ("-m", "streams.app")
    workers: list[Worker] = field(default_factory=list)
    past: list[Worker] = field(default_factory=list)
    kills: int = 0
    restarting: bool = True

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        for _ in range(self.size):
            self.workers.append(self.start())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(10)
        for worker in [*self.workers, *self.past]:
            worker.signal(signal.SIGCONT)
            worker.signal(signal.SIGKILL)
            worker.process.wait(10)

    def start(self) -> Worker:
        """Start one worker."""
        log = self.folder / f"worker-{len(self.workers) + len(self.past)}-{time.monotonic_ns()}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env={**os.environ, "PYTHONWARNINGS": "ignore", **self.env},
                stdout=out,
                stderr=out,
            )
        return Worker(process, log)

    def _watch(self) -> None:
        while not self._ended.wait(_WATCH_SECONDS):
            if not self.restarting:
                continue
            with self._lock:
                dead = [i for i, one in enumerate(self.workers) if one.process.poll() is not None]
            if dead and not self._ended.wait(_RESTART_SECONDS):
                for i in dead:
                    self._replace(i)

    def _replace(self, i: int) -> None:
        with self._lock:
            self.past.append(self.workers[i])
            self.workers[i] = self.start()

    def kill(self, i: int) -> None:
        """SIGKILL one; the supervisor starts another in its place."""
        with self._lock:
            worker = self.workers[i]
            worker.excused = True
            worker.signal(signal.SIGKILL)
            self.kills += 1

    def kill_any(self, chosen: random.Random) -> None:
        """SIGKILL one of them."""
        self.kill(chosen.randrange(len(self.workers)))

    def terminate(self, i: int, seconds: float = 15.0) -> tuple[int, float]:
        """SIGTERM one and wait for its end: exit code and seconds."""
        with self._lock:
            worker = self.workers[i]
            worker.excused = True
            worker.signal(signal.SIGTERM)
            began = time.monotonic()
            code = worker.process.wait(seconds)
            return code, time.monotonic() - began

    def surprises(self) -> list[int]:
        """Exit codes of workers that ended by themselves."""
        every = [*self.past, *self.workers]
        return [one.process.returncode for one in every if one.process.poll() is not None and not one.excused]

    def logs(self) -> str:
        """What all of them said."""
        return "".join(worker.said() for worker in [*self.past, *self.workers])

    def tail(self, count: int = 3_000) -> str:
        """The end of what they said, for a failed test."""
        return self.logs()[-count:]


def until(condition: Callable[[], bool], *, seconds: float, what: Callable[[], str] | str) -> None:
    """Await a condition; AssertionError saying `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(0.05)
