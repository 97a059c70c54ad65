"""Dead letters: what a record set aside carries, and how many are too many.

Headers follow Kafka Connect's error context, so that existing tools show them. The reason is a code of
ours and never an exception's text, which may quote the record. Setting a record aside breaks its order
with the records after it of the same key; replaying one is an operator's decision.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.stage import Record

#: A dead letter must itself fit into a record: 1 MiB less room for headers and framing.
VALUE_CAP = 1024 * 1024 - 64 * 1024
KEY_CAP = 16 * 1024
HEADERS_CAP = 32 * 1024

TOPIC = "__connect.errors.topic"
PARTITION = "__connect.errors.partition"
OFFSET = "__connect.errors.offset"
STAGE = "__connect.errors.stage"
CLASS_NAME = "__connect.errors.exception.class.name"
TIMESTAMP = "gradebook-sync.origin.timestamp"
CODE = "gradebook-sync.error.code"
TRUNCATED = "gradebook-sync.truncated.from"

Headers = list[tuple[str, bytes | None]]


def dead_letter(
    record: Record, topic: str, partition: int, stage: str, code: str
) -> tuple[bytes | None, bytes | None, Headers]:
    """The key, value and headers of the dead letter of a record: its own bytes, its origin, the reason."""
    headers: Headers = [
        (TOPIC, topic.encode()),
        (PARTITION, b"%d" % partition),
        (OFFSET, b"%d" % record.offset),
        (TIMESTAMP, b"%d" % record.timestamp),
        (STAGE, stage.encode()),
        (CLASS_NAME, code.encode()),
        (CODE, code.encode()),
    ]
    key, value = record.key, record.value
    if value is not None and len(value) > VALUE_CAP:
        headers.append((TRUNCATED, b"%d" % len(value)))
        value = value[:VALUE_CAP]
    if key is not None and len(key) > KEY_CAP:
        key = key[:KEY_CAP]
    return key, value, headers + _origin_headers(record.headers)


def _origin_headers(headers: Iterable[tuple[str, bytes | None]]) -> Headers:
    """The record's own headers while they fit; they say who published it."""
    kept: Headers = []
    room = HEADERS_CAP
    for name, value in headers:
        room -= len(name) + len(value or b"")
        if room < 0:
            break
        kept.append((name, value))
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSettings:
    """Stop when `share` of the last `window` records of a partition, and at least `least`, were dead letters.

    A few bad records are set aside; if half of the input is bad, something else is wrong (a publisher's
    release, a schema of ours) and setting it all aside would only hide it. Half of 5,000 is far above what
    one confused publisher causes on a partition that hundreds of sections share.
    """

    window: int = 5_000
    share: float = 0.5
    least: int = 500


@dataclass(slots=True)
class _Window:
    """The newest batches of a partition, records and dead letters of each, and the sums of both."""

    batches: deque[tuple[int, int]] = field(default_factory=deque)
    seen: int = 0
    dead: int = 0

    def take(self, seen: int, dead: int, size: int) -> None:
        """Add a batch, and let the oldest go as long as `size` records remain."""
        self.batches.append((seen, dead))
        self.seen += seen
        self.dead += dead
        while len(self.batches) > 1 and self.seen - self.batches[0][0] >= size:
            oldest = self.batches.popleft()
            self.seen -= oldest[0]
            self.dead -= oldest[1]


class DeadLetterLimit:
    """Counts dead letters of one stage, by partition. After arroyo's DlqLimit."""

    def __init__(self, topic: str | None, settings: LimitSettings) -> None:
        self.topic = topic
        self._settings = settings
        self._recent: defaultdict[int, _Window] = defaultdict(_Window)

    def clear(self) -> None:
        self._recent.clear()

    def observe(self, partition: int, seen: int, dead: int) -> tuple[int, int] | None:
        """Count a batch; (dead, seen) of the window if that is over the limit."""
        # sums and no adding up: a window of single records has thousands of batches, and each batch asks
        window = self._recent[partition]
        window.take(seen, dead, self._settings.window)
        if window.dead >= self._settings.least and window.dead > self._settings.share * window.seen:
            return window.dead, window.seen
        return None
