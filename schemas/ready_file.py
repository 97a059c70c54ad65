"""How a process that has no port says that it is at work: a file with its pid, touched every second while it is.

A consumer group does not tell: a member that was killed stays in it, at rest, until its session ends. The file names
the process, so what a predecessor left says nothing about its successor, and its age says that the loop still turns.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "GRADEBOOK_SYNC_READY_FILE"
#: Seconds after which a file that is not touched any more counts for nothing.
STALE = 5.0


class ReadyFile:
    """`path` None: nobody asked for one. A file that cannot be written is no reason to stop working."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._told = False

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "ReadyFile":
        """GRADEBOOK_SYNC_READY_FILE."""
        named = env.get(VARIABLE)
        return cls(Path(named) if named else None)

    def tell(self, *, ready: bool) -> None:
        """Called about once a second."""
        if self._path is None:
            return
        with suppress(OSError):
            if not ready:
                self._path.unlink(missing_ok=True)
            elif self._told and self._path.exists():
                os.utime(self._path)
            else:
                part = self._path.with_suffix(".part")
                part.write_text(f"{os.getpid()}\n")
                part.replace(self._path)
        self._told = ready


def at_work(path: Path, pid: int | None) -> bool:
    """Whether that process said so, a moment ago."""
    with suppress(OSError, ValueError):
        return int(path.read_text()) == pid and time.time() - path.stat().st_mtime < STALE
    return False
