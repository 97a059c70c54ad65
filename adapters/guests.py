"""A slot of a lane for calls that belong to no item: let in by the gates of an item, and after the items.

The breaker learns from such a call as from any other, but is not probed by one while an item could do it.
"""

from adapters.breaker import State
from adapters.errors import DeliveryError, Retry
from adapters.lanes import Lane

#: Seconds after which a shut gate is tried again, at least and at most.
SOON, LATER = 1.0, 60.0


def enter(lane: Lane) -> float | None:
    """Take a slot: None when it is ours, else in how many seconds to ask again."""
    with lane.lock:
        now = lane.clock()
        trouble = lane.trouble[1] - now if lane.trouble is not None else 0.0
        gate = max(lane._gate(now), trouble)  # noqa: SLF001 - the very gates of an item, whichever they are
        if gate > 0 or (lane.breaker.state is not State.CLOSED and len(lane)):
            return min(max(gate, SOON), LATER)
        lane.breaker.started()
        lane.running += 1
        return None


def leave(lane: Lane, error: BaseException | None) -> None:
    """Give the slot back; `error` is what the call ended with."""
    with lane.lock:
        lane.running -= 1
        if error is None and lane.breaker.state is State.PROBING:
            lane.breaker.succeeded()
        elif isinstance(error, Retry) and error.breaks:
            lane.breaker.failed(lane.clock())
        else:
            lane.breaker.unused()
    if isinstance(error, Retry) and error.after is not None:
        lane.pause(error.after)


def again_in(error: DeliveryError, every: float, gap: float) -> float:
    """Seconds until what failed like this is tried again."""
    return max(gap, error.after or 0.0) if isinstance(error, Retry) else every
