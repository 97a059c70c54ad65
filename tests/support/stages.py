"""A stage in a unit test: records as the runtime hands them, and a place for its outputs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

Headers = Iterable[tuple[str, bytes | None]]


@dataclass(slots=True)
class Taken:
    """A record as the runtime hands it."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int = 0
    headers: Sequence[tuple[str, bytes | None]] = ()


@dataclass(frozen=True, slots=True)
class Put:
    """An output of a stage."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(slots=True)
class Outputs:
    """What a stage put out. Every key stands on `partition`."""

    partition: int = 0
    rows: list[Put] = field(default_factory=list)

    def append(
        self,
        topic: str,
        partition: int | None,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        timestamp_ms: int | None = None,
    ) -> None:
        """Keep it."""
        del timestamp_ms
        self.rows.append(Put(topic, partition, key, value, tuple(headers)))

    def extend(self, topic: str, partition: int, rows: Collection[tuple[bytes, bytes]]) -> None:
        """Keep them."""
        self.rows += [Put(topic, partition, key, value, ()) for key, value in rows]

    def partition_for(self, topic: str, key: bytes | None) -> int:
        """The one partition."""
        del topic, key
        return self.partition

    def of(self, topic: str) -> list[bytes]:
        """The values put out to a topic."""
        return [row.value for row in self.rows if row.topic == topic and row.value is not None]
