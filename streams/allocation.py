"""How the process uses memory: buffers of a megabyte come and go with every batch, objects mostly stay.

Both settings are made once, when everything that lives as long as the process has been made.
"""

import ctypes
import gc

# glibc's malloc.h
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_MB = 1024 * 1024


def tune_allocation() -> None:
    """Keep freed buffers for the next batch, and keep the collector from walking what stays."""
    _keep_buffers()
    # What start-up made lives as long as the process.
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _keep_buffers() -> None:
    """Given back to the system at every batch, their pages would be zeroed and mapped anew: 1 us per event."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library has other habits
        return
    mallopt(_M_MMAP_THRESHOLD, 32 * _MB)
    mallopt(_M_TRIM_THRESHOLD, 256 * _MB)
    mallopt(_M_ARENA_MAX, 1)
