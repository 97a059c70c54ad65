"""Which Kafka cluster, and which names on it: the two things every process is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.topics import TopicNames

#: Where `make up` puts the broker.
LOCAL_BROKER = "127.0.0.1:19092"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kafka cluster as a process reaches it. `bootstrap` is `host:port[,host:port...]`."""

    bootstrap: str
    topics: TopicNames = field(default_factory=TopicNames)

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Cluster":
        """GRADEBOOK_SYNC_BOOTSTRAP and GRADEBOOK_SYNC_TOPIC_PREFIX; the local stack's without them."""
        return cls(
            bootstrap=env.get("GRADEBOOK_SYNC_BOOTSTRAP", LOCAL_BROKER),
            topics=TopicNames(env.get("GRADEBOOK_SYNC_TOPIC_PREFIX", "")),
        )

    def environment(self) -> dict[str, str]:
        """The variables that give a child process this cluster."""
        return {
            "GRADEBOOK_SYNC_BOOTSTRAP": self.bootstrap,
            "GRADEBOOK_SYNC_TOPIC_PREFIX": self.topics.prefix,
        }
