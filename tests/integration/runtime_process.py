"""Starts, watches, kills and reads a worker process of tests.integration.runtime_subject."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Subject:
    """One worker process, its output in a file, so that no pipe can fill up."""

    def __init__(self, **options: Any) -> None:
        handle, name = tempfile.mkstemp(prefix="runtime-subject-", suffix=".log")
        self.log = Path(name)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.runtime_subject", json.dumps(options)],
            cwd=ROOT,
            stdout=handle,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        os.close(handle)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [line for line in self.output().splitlines() if line.startswith("{")]
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def wait_for(self, name: str, count: int = 1, *, seconds: float = 20.0) -> list[dict[str, Any]]:
        until(lambda: len(self.events(name)) >= count or self.process.poll() is not None, seconds=seconds)
        found = self.events(name)
        assert len(found) >= count, self.output()
        return found

    def exit_code(self, *, seconds: float = 20.0) -> int:
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running:\n{self.output()}") from None

    def terminate(self, *, seconds: float = 10.0) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.exit_code(seconds=seconds)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.log.unlink(missing_ok=True)


def until(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Poll a condition; the test fails when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the awaited condition did not come true"
        time.sleep(0.05)
