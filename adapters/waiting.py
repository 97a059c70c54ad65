"""What a row says while its change waits its turn: why, and for how long. Pure."""

from collections.abc import Mapping

from adapters.errors import Misconfigured
from adapters.lanes import Lane, Waiting

#: Milliseconds per step of a waiting row: a decision's notes count up with time, across restarts.
_NOTE_MS = 5 * 60 * 1000
#: Notes of one try that can be told apart: four days of them.
NOTES = 1200


def reason(lane: Lane) -> tuple[str, Mapping[str, str]]:
    """Catalog code and values: the gate that holds the lane, else its queue."""
    with lane.lock:
        now = lane.clock()
        trouble = lane.trouble
        if isinstance(trouble, tuple) and isinstance(trouble[0], Misconfigured) and trouble[1] > now:
            return trouble[0].code, trouble[0].params
        if lane.timetable.wait() > 0:
            return "QUIET_HOURS", {"hours": str(lane.timetable.quiet)}
        if lane.paused_until > now:
            return "SIS_BUSY", {}
        if lane.breaker.wait(now) > 0:
            return "SIS_UNAVAILABLE", {}
        return "IN_QUEUE", {}


def note_number(waiting: Waiting, at: int) -> int:
    """Counts up while a decision waits. `at` in milliseconds since the epoch."""
    since = max(at - waiting.decision.decided_at, 0)
    return min(since // _NOTE_MS, NOTES - 1)
