"""One detached process, known by its pid file and by what it says it is.

A pid alone proves nothing: after a crash or a reboot it may belong to somebody else. Each process carries a marker in
its command line, and no signal is sent to a pid whose command line lacks it.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

POLL_SECONDS = 0.02
EXEC_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that outlives its starter. `marker` must be a word of its command line that no other has."""

    pid_file: Path
    marker: str

    def start(self, command: Sequence[str], log: Path, env: Mapping[str, str]) -> int:
        """Start `command` in its own session, its output appended to `log`; returns its pid."""
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            command[0],
            list(command),
            env,
            setsid=True,  # a Ctrl-C in the terminal is for the starter, not for this process
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        self.pid_file.write_text(f"{pid}\n")
        self._await_command_line(pid)
        return pid

    def _await_command_line(self, pid: int) -> None:
        # Inside exec there is a moment in which the kernel shows no command line; it must not look like a death.
        deadline = time.monotonic() + EXEC_SECONDS
        while self.pid() is None and _exists(pid) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def pid(self) -> int | None:
        """Pid of the live process, or None; a stale pid file is None too."""
        pid = self._written()
        if pid is None:
            return None
        _reap(pid)
        return pid if self.marker in _command_line(pid) else None

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal; False when the process is not there."""
        pid = self.pid()
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        return True

    def wait(self, seconds: float) -> bool:
        """Wait until the process is gone, its ports free again; False when it is still there after `seconds`.

        Clears the pid file.
        """
        deadline = time.monotonic() + seconds
        while not self._ended():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        self.pid_file.unlink(missing_ok=True)
        return True

    def _ended(self) -> bool:
        # A dying process loses its command line first and closes its sockets later, so neither alone is the end.
        if self.pid() is not None:
            return False
        pid = self._written()
        return pid is None or bool(_command_line(pid)) or not _exists(pid) or _is_zombie(pid)

    def _written(self) -> int | None:
        try:
            return int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_zombie(pid: int) -> bool:
    """Dead to the last thread; the first one may end while others still hold the sockets."""
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state in {"Z", "X"} and len(os.listdir(f"/proc/{pid}/task")) <= 1  # noqa: PTH208 - names are enough
    return False


def _reap(pid: int) -> None:
    """Collect the exit of a dead child, so that it does not stay as a zombie; not our child: nothing to do."""
    with contextlib.suppress(ChildProcessError, OverflowError):
        os.waitpid(pid, os.WNOHANG)


def _command_line(pid: int) -> list[str]:
    """Words of a live process's command line; empty when there is none."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
        return []
    listing = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout.split()
