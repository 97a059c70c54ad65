"""Desired records nobody can read, on dead.letters with Kafka Connect's error headers.

The reason is a code; an exception's text may quote the record. Headers as intake writes them.
"""

from collections.abc import Sequence

STAGE = "delivery"
#: A dead letter must fit into a record itself.
VALUE_CAP = 1024 * 1024 - 64 * 1024


def headers(
    topic: str, partition: int, offset: int, timestamp: int, code: str, size: int
) -> Sequence[tuple[str, bytes]]:
    """Where the record stood and why it could not be read."""
    told = [
        ("__connect.errors.topic", topic.encode()),
        ("__connect.errors.partition", b"%d" % partition),
        ("__connect.errors.offset", b"%d" % offset),
        ("gradebook-sync.origin.timestamp", b"%d" % timestamp),
        ("__connect.errors.stage", STAGE.encode()),
        ("__connect.errors.exception.class.name", code.encode()),
        ("gradebook-sync.error.code", code.encode()),
    ]
    if size > VALUE_CAP:
        told.append(("gradebook-sync.truncated.from", b"%d" % size))
    return told


class TooMany(Exception):
    """Most of what is read is unreadable: something else is wrong, so stop before all of it is set aside."""


class Limit:
    """Of the last `window` records, `most` may be dead letters."""

    def __init__(self, window: int = 5000, most: int = 500) -> None:
        self._window = window
        self._most = most
        self._seen = 0
        self._dead = 0

    def count(self, *, dead: bool) -> None:
        """One more record. TooMany when it is one too many."""
        self._seen += 1
        self._dead += dead
        if self._dead > self._most and self._dead * 2 > self._seen:
            raise TooMany
        if self._seen >= self._window:
            self._seen, self._dead = self._seen // 2, self._dead // 2
