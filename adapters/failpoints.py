"""Places where a test kills the process: GRADEBOOK_SYNC_FAILPOINT names one, GRADEBOOK_SYNC_FAILPOINT_AFTER the passes
that are let through first. Nothing happens without it.
"""

import itertools
import os
import signal

#: In the order an item's creation passes them.
NAMES = (
    "before_intent",
    "intent_unacknowledged",
    "after_intent",
    "after_reply",
    "crosswalk_unacknowledged",
    "after_crosswalk",
    "after_result",
)

_wanted = os.environ.get("GRADEBOOK_SYNC_FAILPOINT", "")
_passes = itertools.count(1)
_let_through = int(os.environ.get("GRADEBOOK_SYNC_FAILPOINT_AFTER", "0"))


def reached(name: str) -> None:
    """Die here, as with kill -9, when a test asked for it."""
    if name == _wanted and next(_passes) > _let_through:
        os.kill(os.getpid(), signal.SIGKILL)
