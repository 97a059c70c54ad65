"""The local Kafka from the command line: up, down, status.

    python -m deploy.kafka.broker up     [--dir .run/kafka] [--brokers 1|3] [--port 19092] [--heap MIB]
    python -m deploy.kafka.broker down   [--dir .run/kafka]
    python -m deploy.kafka.broker status [--dir .run/kafka]

Exit codes: 0 done, or running and answering; 1 it failed, and the sentence on standard error says why; 3 `status`
found a broker that does not run or does not answer.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.kafka.cluster import DEFAULT_HEAP_MIB, Cluster
from deploy.kafka.install import FetchFailed, MissingTool
from deploy.kafka.node import BrokerFailed

DEFAULT_FOLDER = Path(".run/kafka")
DEFAULT_PORT = 19092
HEAP_VARIABLE = "GRADEBOOK_SYNC_KAFKA_HEAP_MIB"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "up":
            return up(asked.dir, asked.brokers, asked.port, asked.heap)
        if asked.command == "down":
            return down(asked.dir)
        return status(asked.dir)
    except (MissingTool, FetchFailed, BrokerFailed, ValueError, subprocess.TimeoutExpired) as failed:
        print(f"kafka: {failed}", file=sys.stderr)
        return 1


def up(folder: Path, brokers: int, port: int, heap_mib: int) -> int:
    """Start the folder's cluster, or find it running; prints where it listens."""
    cluster = Cluster.at(folder, brokers=brokers, port=port, heap_mib=heap_mib)
    was_running = cluster.running()
    cluster.start()
    print(f"kafka: {'already ' if was_running else ''}up at {cluster.bootstrap} (folder {cluster.folder})")
    return 0


def down(folder: Path) -> int:
    """Stop the folder's cluster; nothing running is success too."""
    cluster = Cluster.existing(folder)
    if cluster is not None:
        cluster.stop()
    print("kafka: down")
    return 0


def status(folder: Path) -> int:
    """Print one line per node; 0 only when all of them answer."""
    cluster = Cluster.existing(folder)
    if cluster is None:
        print(f"kafka: no cluster in {folder}")
        return 3
    answering = cluster.answering()
    for node in cluster.nodes:
        state = "answers" if node.node_id in answering else "does not answer" if node.pid else "not running"
        print(f"kafka: node {node.node_id} at {node.address} {state}, pid {node.pid or '-'}, log {node.log}")
    return 0 if len(answering) == len(cluster.nodes) else 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.kafka.broker", description="Kafka on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (("up", "start and wait"), ("down", "stop cleanly"), ("status", "say what runs")):
        command = commands.add_parser(name, help=does)
        command.add_argument(
            "--dir", type=Path, default=DEFAULT_FOLDER, help="folder of data, log and pid files"
        )
        if name == "up":
            heap = int(os.environ.get(HEAP_VARIABLE, DEFAULT_HEAP_MIB))
            command.add_argument("--brokers", type=int, choices=(1, 3), default=1)
            command.add_argument(
                "--port", type=int, default=DEFAULT_PORT, help="client port of the first node"
            )
            command.add_argument("--heap", type=int, default=heap, help="Java heap of each node, MiB")
    return parser


if __name__ == "__main__":
    sys.exit(main())
