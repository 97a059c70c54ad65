"""Keeps a stack's processes running: `python -m deploy.local.supervisor FOLDER`, started by stack.py.

A process that ends with anything but 0 is started again, at once the first time and then after growing pauses; one
that fails LIMIT times within WINDOW seconds is given up, and said so in its log. Exit code 78 (refused to start: its
configuration does not match) is never retried. A broker that died is started again with its data. SIGTERM ends
everything, workers before the broker's clients can miss it.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from deploy.kafka.cluster import Cluster as Broker
from deploy.kafka.node import BrokerFailed
from deploy.local.layout import ROOT, Layout, Service

LIMIT, WINDOW = 8, 60.0
EXIT_CONFIGURATION = 78
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Kept:
    """A process and its failures of late."""

    service: Service
    child: "subprocess.Popen[bytes] | None" = None
    failures: deque[float] = field(default_factory=deque)
    not_before: float = 0.0
    given_up: bool = False

    def start(self, layout: Layout) -> None:
        """Start it; its output goes to its log."""
        with self.service.log.open("ab") as log:
            self.child = subprocess.Popen(
                self.service.command,
                cwd=ROOT,
                env=layout.environment_of(self.service),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.service.process.pid_file.write_text(f"{self.child.pid}\n")

    def look(self, layout: Layout, now: float) -> None:
        """Start it again if it failed and its turn has come."""
        if self.given_up or (self.child is not None and self.child.poll() is None):
            return
        if self.child is not None:
            self._ended(self.child.returncode, now)
            self.child = None
        if not self.given_up and now >= self.not_before:
            self.start(layout)

    def _ended(self, code: int, now: float) -> None:
        self.failures.append(now)
        while now - self.failures[0] > WINDOW:
            self.failures.popleft()
        self.given_up = code in (0, EXIT_CONFIGURATION) or len(self.failures) >= LIMIT
        self.not_before = now + min(0.25 * 2 ** (len(self.failures) - 2), 5.0) * (len(self.failures) > 1)
        then = "not started again" if self.given_up else "starting again"
        with self.service.log.open("a") as log:
            log.write(f"supervisor: {self.service.name} ended with {code}, {then}\n")


def run(layout: Layout) -> int:
    """Keep everything running until SIGTERM or SIGINT."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.set())
    kept = [Kept(service) for service in layout.services()]
    for one in kept:
        one.start(layout)
    while not asked.wait(LOOK_SECONDS):
        _revive_broker(layout)
        for one in kept:
            one.look(layout, time.monotonic())
    _stop(kept)
    return 0


def _revive_broker(layout: Layout) -> None:
    broker = Broker.existing(layout.folder / "kafka")
    if broker is not None and not broker.running():
        try:
            broker.launch(1)
        except (BrokerFailed, OSError) as failed:
            print(f"supervisor: {failed}", file=sys.stderr, flush=True)


def _stop(kept: list[Kept]) -> None:
    running = [one.child for one in reversed(kept) if one.child is not None and one.child.poll() is None]
    for child in running:
        child.send_signal(signal.SIGTERM)
        child.send_signal(signal.SIGCONT)  # a paused one would never hear
    deadline = time.monotonic() + STOP_SECONDS
    for child in running:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    for one in kept:
        one.service.process.pid_file.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    """Run it for the stack in that folder."""
    layout = Layout.existing(Path(arguments[0]))
    if layout is None:
        print(f"supervisor: no stack in {arguments[0]}", file=sys.stderr)
        return EXIT_CONFIGURATION
    os.chdir(ROOT)
    return run(layout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
