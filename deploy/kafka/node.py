"""One Kafka node: a Java process on loopback with a folder of its own.

server.properties   written at each start
data/               the log of records
server.log          what the broker said
pid                 while it runs
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.kafka import install
from deploy.kafka.ports import taken
from deploy.kafka.process import Process
from deploy.kafka.properties import HOST, Ports, server_properties

FORMAT_SECONDS = 60.0
KILL_SECONDS = 10.0


class BrokerFailed(Exception):
    """The broker did not do what was asked; the message ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One node: a Java process on loopback with a folder of its own."""

    node_id: int
    ports: Ports
    folder: Path
    process: Process = field(init=False)

    def __post_init__(self) -> None:
        marker = f"-Dgradebook.sync.broker={self.folder}"
        object.__setattr__(self, "process", Process(self.folder / "pid", marker))

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"{HOST}:{self.ports.client}"

    @property
    def log(self) -> Path:
        """Everything the node wrote to its standard output and error."""
        return self.folder / "server.log"

    @property
    def pid(self) -> int | None:
        """Pid while the node runs (also while paused), else None."""
        return self.process.pid()

    def launch(self, cluster: Sequence[Ports], cluster_id: str, heap_mib: int) -> None:
        """Start the process, its storage formatted if this is the first time; does not wait for it to answer."""
        if self.pid is not None:
            return
        for port in (self.ports.client, self.ports.controller):
            _refuse_taken(port)
        data = self.folder / "data"
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        config = self.folder / "server.properties"
        config.write_text(server_properties(self.node_id, cluster, data))
        if not (data / "meta.properties").exists():
            self._format(config, cluster_id)
        options = [f"-Xms{heap_mib}m", f"-Xmx{heap_mib}m", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]
        command = self._java(options, "kafka.Kafka", str(config))
        self.process.start(command, self.log, _environment())

    def _format(self, config: Path, cluster_id: str) -> None:
        command = self._java(
            ["-Xmx64m", "-XX:TieredStopAtLevel=1"],
            "kafka.tools.StorageTool",
            *("format", "--config", str(config), "--cluster-id", cluster_id),
        )
        done = subprocess.run(
            command, capture_output=True, text=True, env=_environment(), timeout=FORMAT_SECONDS, check=False
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise BrokerFailed(
                f"Kafka could not format the storage of node {self.node_id} in {self.folder}:\n{said}"
            )

    def _java(self, options: Sequence[str], main: str, *arguments: str) -> list[str]:
        return [
            install.java(),
            *options,
            self.process.marker,
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",  # no files in the system's temporary folder
            f"-XX:ErrorFile={self.folder}/jvm-crash.log",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            "-Djava.awt.headless=true",
            "-Djava.net.preferIPv4Stack=true",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-cp",
            f"{install.jars()}/*",
            main,
            *arguments,
        ]

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would; acknowledged records stay on disk."""
        self.process.signal(signal.SIGKILL)
        if not self.process.wait(KILL_SECONDS):
            raise BrokerFailed(
                f"Node {self.node_id} (pid {self.pid}) survived SIGKILL for {KILL_SECONDS:.0f} s."
            )

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open and nothing answers."""
        self.process.signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused node go on (SIGCONT)."""
        self.process.signal(signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to stop cleanly; does not wait. A paused node is woken, or it would never hear."""
        if self.process.signal(signal.SIGTERM):
            self.process.signal(signal.SIGCONT)

    def last_words(self, lines: int = 15) -> str:
        """The end of the node's log, for an error message."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return f"(no log at {self.log})"


def _refuse_taken(port: int) -> None:
    if taken(port):
        raise BrokerFailed(
            f"Port {port} on {HOST} is taken by another program. Stop it, or choose another port with --port."
        )


def _environment() -> dict[str, str]:
    """What Java needs and no more: JAVA_TOOL_OPTIONS and the like could open ports or change the log."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
