"""One or three Kafka nodes in one folder: start, stop, kill, pause.

    <folder>/cluster.json   cluster id and ports; what a later call finds the cluster by
    <folder>/node-1/        the first node's data, log and pid (see node.py)

Deleting the folder of a stopped cluster deletes the cluster.
"""

import base64
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from deploy.kafka.node import Broker, BrokerFailed
from deploy.kafka.ports import accepts, choose_ports
from deploy.kafka.properties import Ports

START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
DEFAULT_HEAP_MIB = 384


@dataclass(frozen=True, slots=True)
class Cluster:
    """One or three brokers in one folder. Get one with `Cluster.at`; it need not be running."""

    folder: Path
    cluster_id: str
    nodes: tuple[Broker, ...]
    heap_mib: int = DEFAULT_HEAP_MIB

    @classmethod
    def at(
        cls, folder: Path, *, brokers: int = 1, port: int | None = None, heap_mib: int = DEFAULT_HEAP_MIB
    ) -> Self:
        """The cluster of this folder: the one that is there, or a new one, written down but not yet started.

        `port` is the first node's client port, the next ones following it; None keeps the ports that the folder
        has, or picks free ones. Raises ValueError when the folder holds a cluster of another size.
        """
        folder = folder.absolute()
        known = cls.existing(folder, heap_mib=heap_mib)
        if known is not None and len(known.nodes) != brokers:
            raise ValueError(
                f"{folder} holds a cluster of {len(known.nodes)} broker(s), not {brokers}. "
                "Choose another folder, or stop it and delete the folder."
            )
        if known is not None and (known.running() or port in (None, known.nodes[0].ports.client)):
            return known
        cluster_id = known.cluster_id if known else _new_cluster_id()
        ports = choose_ports(brokers, port)
        folder.mkdir(parents=True, exist_ok=True)
        written = {"cluster_id": cluster_id, "nodes": [asdict(own) for own in ports]}
        draft = folder / "cluster.json.new"
        draft.write_text(json.dumps(written, indent=1) + "\n")
        draft.replace(folder / "cluster.json")  # whole or not at all
        return cls(folder, cluster_id, _nodes(folder, ports), heap_mib)

    @classmethod
    def existing(cls, folder: Path, *, heap_mib: int = DEFAULT_HEAP_MIB) -> Self | None:
        """The cluster that this folder holds, or None."""
        folder = folder.absolute()
        try:
            written = json.loads((folder / "cluster.json").read_text())
        except FileNotFoundError:
            return None
        ports = [Ports(**own) for own in written["nodes"]]
        return cls(folder, written["cluster_id"], _nodes(folder, ports), heap_mib)

    @property
    def bootstrap(self) -> str:
        """Comma-separated host:port of every node, for clients."""
        return ",".join(node.address for node in self.nodes)

    def node(self, node_id: int) -> Broker:
        """The node with this 1-based id."""
        return self.nodes[node_id - 1]

    def running(self) -> bool:
        """Whether any node's process lives (it may be paused, or not answer yet)."""
        return any(node.pid is not None for node in self.nodes)

    def start(self, *, seconds: float = START_SECONDS) -> None:
        """Start what is not running and wait until every node answers; nothing to do when all do.

        Raises BrokerFailed, MissingTool, FetchFailed or subprocess.TimeoutExpired.
        """
        for node in self.nodes:
            self.launch(node.node_id)
        self.wait_ready(seconds=seconds)

    def launch(self, node_id: int) -> None:
        """Start one node without waiting for it to answer; see `wait_ready`."""
        self.node(node_id).launch([node.ports for node in self.nodes], self.cluster_id, self.heap_mib)

    def wait_ready(self, nodes: Sequence[int] = (), *, seconds: float = START_SECONDS) -> None:
        """Wait until the given nodes (all when empty) are live and registered, as told by the cluster itself."""
        wanted = set(nodes) or {node.node_id for node in self.nodes}
        deadline = time.monotonic() + seconds
        while not wanted <= self.answering():
            for node in self.nodes:
                if node.node_id in wanted and node.pid is None:
                    raise BrokerFailed(
                        f"Kafka node {node.node_id} ended while starting:\n{node.last_words()}"
                    )
            if time.monotonic() > deadline:
                silent = self.node(min(wanted))
                raise BrokerFailed(
                    f"Kafka at {self.bootstrap} was not ready in {seconds:.0f} s:\n{silent.last_words()}"
                )
            time.sleep(POLL_SECONDS)

    def answering(self) -> set[int]:
        """Ids of the nodes that accept connections and that the cluster counts as live; empty when none answers."""
        open_nodes = [node for node in self.nodes if node.pid is not None and accepts(node.ports.client)]
        if not open_nodes:
            return set()
        try:
            with KafkaAdminClient(
                bootstrap_servers=[node.address for node in open_nodes],
                bootstrap_timeout_ms=2000,
                request_timeout_ms=2000,
            ) as admin:
                told = admin.describe_cluster()
        except (KafkaError, OSError):
            return set()
        registered = {broker["broker_id"] for broker in told["brokers"] if not broker.get("is_fenced")}
        return {node.node_id for node in open_nodes} & registered

    def stop(self, *, seconds: float = STOP_SECONDS) -> None:
        """Stop every node cleanly, all at once; one that has not ended after `seconds` is killed."""
        for node in self.nodes:
            node.terminate()
        deadline = time.monotonic() + seconds
        for node in self.nodes:
            if not node.process.wait(max(0.0, deadline - time.monotonic())):
                node.kill()

    def kill(self) -> None:
        """SIGKILL every node, as a power cut would."""
        for node in self.nodes:
            node.kill()

    def pause(self) -> None:
        """Freeze every node (SIGSTOP)."""
        for node in self.nodes:
            node.pause()

    def resume(self) -> None:
        """Let every node go on (SIGCONT)."""
        for node in self.nodes:
            node.resume()

    def restart(self) -> None:
        """Stop cleanly and start again, on the same ports and data."""
        self.stop()
        self.start()


def _nodes(folder: Path, ports: Sequence[Ports]) -> tuple[Broker, ...]:
    return tuple(Broker(i, own, folder / f"node-{i}") for i, own in enumerate(ports, start=1))


def _new_cluster_id() -> str:
    drawn = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    # Kafka's tools would take a leading dash for an option.
    return drawn if not drawn.startswith("-") else _new_cluster_id()
