"""The settings of one node, as the text of its server.properties.

Every node is broker and controller at once (KRaft), listens on loopback only and creates no topic by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports of one node on loopback: where clients talk to it, and where controllers do."""

    client: int
    controller: int


def server_properties(node_id: int, cluster: Sequence[Ports], data: Path) -> str:
    """Text of the file for node `node_id` (1-based) of the cluster whose ports are given in node order."""
    own = cluster[node_id - 1]
    voters = ",".join(f"{i}@{HOST}:{ports.controller}" for i, ports in enumerate(cluster, start=1))
    settings = {
        "node.id": node_id,
        "process.roles": "broker,controller",
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://{HOST}:{own.client},CONTROLLER://{HOST}:{own.controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{own.client}",
        "log.dirs": data,
        **SHARED,
        **_replication(len(cluster)),
        **_sessions(len(cluster)),
    }
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _replication(nodes: int) -> Mapping[str, int]:
    """Three copies and two acknowledgements where there are three nodes; what one node can hold otherwise."""
    copies, in_sync = (3, 2) if nodes >= 3 else (1, 1)
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
    }


def _sessions(nodes: int) -> Mapping[str, int]:
    """How soon a silent node counts as dead; a killed node cannot come back before.

    A single node is its own controller, so a pause freezes both and a short session fences nobody. Between three,
    anything much shorter would fence a live one on a busy two-core machine.
    """
    heartbeat, session = (1000, 6000) if nodes > 1 else (500, 3000)
    return {"broker.heartbeat.interval.ms": heartbeat, "broker.session.timeout.ms": session}


SHARED: Mapping[str, str | int] = {
    "auto.create.topics.enable": "false",
    # One machine, a few dozen partitions: small internal topics and pools start and recover faster.
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.num.partitions": 3,
    "share.coordinator.state.topic.num.partitions": 3,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "num.recovery.threads.per.data.dir": 2,
    # The cleaner's table lives in the heap; its default of 128 MiB would be half of ours.
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.cleaner.backoff.ms": 1000,
    "log.segment.bytes": 128 * 1024 * 1024,
    "log.segment.delete.delay.ms": 1000,
    # A group forms at its first member instead of waiting three seconds for more, and a test may ask for a session
    # short enough to see a member die.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
}
