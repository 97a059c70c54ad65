"""The topics as data: names, keys, partitions, cleanup. Read from topics.toml and from nowhere else."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schemas.gradebook import Sis

_FILE = Path(__file__).with_name("topics.toml")
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of topics.toml.

    `partition_by` is the part of the key that chooses the partition; `retention` is in days, 0 for ever.
    """

    name: str
    what: str
    key: str
    partition_by: str
    schema: tuple[str, ...]
    cleanup: str
    retention: int
    partitions: int
    replication: int
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]

    @property
    def settings(self) -> dict[str, str]:
        """The broker's topic settings that follow from the row."""
        chosen = {"cleanup.policy": self.cleanup, "compression.type": "producer"}
        if "delete" in self.cleanup:
            chosen["retention.ms"] = str(self.retention * _DAY_MS)
        if "compact" in self.cleanup:
            # a reader that was away for a week still sees the tombstones
            chosen["delete.retention.ms"] = str(7 * _DAY_MS)
            # what a paused writer sends late must not be all that is left of a key before its owner has mended it
            chosen["min.compaction.lag.ms"] = str(_DAY_MS // 24)
        return chosen


@cache
def all_topics() -> tuple[Topic, ...]:
    """Every topic, in flow order."""
    document = tomllib.loads(_FILE.read_text())
    return tuple(_row(document["defaults"] | row) for row in document["topic"])


def _row(document: dict[str, Any]) -> Topic:
    frozen: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in document.items()
    }
    return Topic(**frozen)


@cache
def topic(name: str) -> Topic:
    """The topic of that name; KeyError when topics.toml has none."""
    for row in all_topics():
        if row.name == name:
            return row
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The names on one cluster. A prefix lets several installations, or tests, share a broker."""

    prefix: str = ""

    def of(self, name: str) -> str:
        """The cluster's name of a topic of topics.toml; KeyError when there is none."""
        return self.prefix + topic(name).name

    @property
    def changes(self) -> str:
        """Changes and commands."""
        return self.of("gradebook.changes")

    @property
    def config(self) -> str:
        """Districts."""
        return self.of("district.config")

    @property
    def state(self) -> str:
        """Intake's memory."""
        return self.of("gradebook.state")

    @property
    def results(self) -> str:
        """What became of every decision."""
        return self.of("sync.results")

    @property
    def status(self) -> str:
        """Section logs."""
        return self.of("sync.status")

    @property
    def reviews(self) -> str:
        """Answers to reviews."""
        return self.of("sync.reviews")

    @property
    def dead_letters(self) -> str:
        """Unreadable records."""
        return self.of("dead.letters")

    def desired(self, sis: Sis) -> str:
        """What that SIS should hold."""
        return self.of(f"sis.{sis.lower()}")

    def ledger(self, sis: Sis) -> str:
        """What we know that SIS has."""
        return self.of(f"sis.{sis.lower()}.ledger")
