"""What the one who runs it is answered: is it alive, is it ready, how far it has read."""

from __future__ import annotations

from typing import Literal

from streams.web.models import Shape


class TopicPartitionProgress(Shape):
    """How far one partition has been read."""

    partition: int
    position: int
    end: int
    behind: int


class TopicProgress(Shape):
    """How far a topic has been read."""

    topic: str
    caught_up: bool
    behind_records: int
    behind_seconds: float | None
    unreadable: int
    partitions: list[TopicPartitionProgress]


class Readiness(Shape):
    """Ready means caught up with the topics and in touch with the broker; otherwise the reasons."""

    ready: bool
    reasons: list[str]
    topics: list[TopicProgress]


class Liveness(Shape):
    """The process answers."""

    live: Literal[True]
