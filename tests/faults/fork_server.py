"""Delivery workers at the price of a fork: everything is imported once, and each life is a process of its own.

    python -m tests.faults.fork_server

It reads one JSON object a line: an `Order` (lives.py) begins a life, `{"kill": true}` ends it with SIGKILL. It writes
`{"pid": n}` when a life began and `{"status": n}` when it ended: an exit code, or minus the signal. One life at a
time; when its input ends, it and the life end.
"""

import gc
import json
import os
import select
import signal
import sys
from typing import Any

from adapters import worker
from tests.faults import traps

#: How a life ends that never became a worker.
STILLBORN = 71


def live(order: dict[str, Any]) -> None:
    """In the child: be a delivery worker until the end."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    for number, source in enumerate((null, log, log)):
        os.dup2(source, number)
    os.environ.update(order["env"])
    traps.install(order)
    code = worker.main(order["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def serve() -> None:
    """Until the input ends."""
    orders = sys.stdin.fileno()
    while line := _line(orders):
        order = json.loads(line)
        if "kill" not in order:  # else its life was over before the word came
            _lead(order, orders)


def _lead(order: dict[str, Any], orders: int) -> None:
    # the child holds the other end for as long as it lives
    pulse, held = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            live(order)
        finally:
            os._exit(STILLBORN)
    os.close(held)
    _tell(pid=pid)
    ready, _, _ = select.select([pulse, orders], [], [])
    if pulse not in ready:
        _line(orders)  # the word to kill, or the end of the input: both mean the same
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(pulse)
    _tell(status=status)


def _tell(**words: int) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def _line(source: int) -> bytes:
    """One line, unbuffered, so that select tells the truth about the next; b"" at the end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(source, 1)
        if not byte:
            return b""
        line += byte
    return line


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    serve()
