"""Places that an item passes on its way into a SIS. A test sets a trap there; in production nothing happens."""

from collections.abc import Callable

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


def _ground(_: str) -> None:
    """No trap."""


#: What happens there.
trap: Callable[[str], None] = _ground


def reached(name: str) -> None:
    """An item, in this thread, is at the place."""
    trap(name)
