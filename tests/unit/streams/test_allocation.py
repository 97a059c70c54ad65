"""What start-up makes is left alone by the collector, and another C library is no reason to fail."""

import subprocess
import sys

_TUNED = """
import ctypes, gc, sys
if sys.argv[1] == "other":
    ctypes.CDLL = lambda _: object()
from streams.allocation import tune_allocation
tune_allocation()
assert gc.get_freeze_count() > 1_000
print(gc.get_threshold()[0])
"""


def _told(library: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", _TUNED, library], check=True, capture_output=True, text=True
    ).stdout


def test_allocation_is_tuned_with_any_c_library() -> None:
    assert _told("glibc") == _told("other") == "200000\n"
