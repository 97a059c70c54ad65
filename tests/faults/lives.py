"""The fork server seen from a test: begin a life, wait for its death, bring it about."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.support.processes import ROOT

#: For the server to import everything and fork.
START_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Order:
    """A life: a worker's arguments and environment, its log, its trap (traps.Trap) and the guard it goes without.

    `freeze`: the arguments of traps.freeze.
    """

    arguments: Sequence[str]
    env: Mapping[str, str]
    log: Path
    trap: Mapping[str, Any] | None = None
    freeze: Mapping[str, Any] | None = None
    broken: str | None = None

    def line(self) -> str:
        """As the server reads it."""
        return json.dumps({**vars(self), "log": str(self.log)}) + "\n"


class ForkServer:
    """A context manager; leaving it ends the server and the life."""

    _lives = False

    def __enter__(self) -> Self:
        self._said: queue.SimpleQueue[dict[str, int]] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fork_server"],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, name="fork server", daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(START_SECONDS)
        self._listener.join(START_SECONDS)
        self._process.stdout.close()

    def begin(self, order: Order) -> int:
        """Fork a worker; its process id."""
        self._write(order.line())
        pid = self._said.get(timeout=START_SECONDS)["pid"]
        self._lives = True
        return pid

    def death(self, seconds: float) -> int:
        """Wait for the end of the life: an exit code, or minus the signal. queue.Empty when it lives on."""
        status = self._said.get(timeout=seconds)["status"]
        self._lives = False
        return status

    def kill(self) -> int:
        """SIGKILL it, unless it is dead already; how it ended."""
        self._write('{"kill": true}\n')
        return self.death(START_SECONDS)

    def end(self) -> None:
        """Leave no life behind."""
        if self._lives:
            self.kill()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))
