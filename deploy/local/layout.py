"""What a local stack consists of: one folder, its ports, and the processes in it.

<folder>/stack.json      ports and sizes; what a later `down` finds the stack by
<folder>/kafka/          the broker (deploy/kafka)
<folder>/pids/NAME       one pid file per process
<folder>/ready/NAME      its pid, while it is at work (stream and delivery workers)
<folder>/logs/NAME.log   what each said
<folder>/commits.jsonl   what the simulated SIS committed
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from deploy.kafka.process import Process
from deploy.local.sample.district import KEY_VARIABLE, SECRET_VARIABLE, base_url
from deploy.local.sample.plan import SAMPLE
from deploy.local.sample.sis import KEY, SECRET
from schemas.cluster import Cluster
from schemas.ready_file import VARIABLE
from streams.web.settings import KEY_SETTING, LOGIN_ANYBODY, LOGIN_SETTING

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Service:
    """A process the supervisor keeps running. `process` knows it by its pid file."""

    name: str
    command: tuple[str, ...]
    log: Path
    process: Process
    ready: Path


@dataclass(frozen=True, slots=True)
class Layout:
    """A stack as written down in its folder."""

    folder: Path
    kafka_port: int
    sis_port: int
    web_port: int
    workers: int

    @classmethod
    def existing(cls, folder: Path) -> Self | None:
        """The stack of this folder, or None."""
        try:
            told = json.loads((folder / "stack.json").read_text())
        except FileNotFoundError:
            return None
        return cls(folder=folder.absolute(), **told)

    def save(self) -> None:
        """Write it down, and make its folders."""
        for inner in ("pids", "logs", "ready"):
            (self.folder / inner).mkdir(parents=True, exist_ok=True)
        told = asdict(self)
        del told["folder"]
        (self.folder / "stack.json").write_text(json.dumps(told) + "\n")
        if not self.session_key.exists():
            self.session_key.touch(mode=0o600)
            self.session_key.write_text(secrets.token_hex(32))

    @property
    def cluster(self) -> Cluster:
        """The broker as clients reach it."""
        return Cluster(f"127.0.0.1:{self.kafka_port}")

    @property
    def sis_url(self) -> str:
        """The simulator's own address, its control API below /_sim."""
        return f"http://127.0.0.1:{self.sis_port}"

    @property
    def district_url(self) -> str:
        """The sample district in it."""
        return base_url(self.sis_port)

    @property
    def web_url(self) -> str:
        """The status API."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def commits(self) -> Path:
        """The simulator's append-only log."""
        return self.folder / "commits.jsonl"

    @property
    def seed(self) -> Path:
        """What the simulator starts from: the sample, and after a restart what it had committed."""
        return self.folder / "sis.json"

    @property
    def session_key(self) -> Path:
        """What the web process signs its sessions with, so that they outlive a restart of it."""
        return self.folder / "session.key"

    def environment(self) -> Mapping[str, str]:
        """What the processes are told. On loopback, for a demo: whoever asks is signed in as whom they say."""
        told = {
            KEY_VARIABLE: KEY,
            SECRET_VARIABLE: SECRET,
            LOGIN_SETTING: LOGIN_ANYBODY,
            KEY_SETTING: f"file:{self.session_key}",
            "PYTHONUNBUFFERED": "1",
        }
        return os.environ | self.cluster.environment() | told

    def environment_of(self, service: Service) -> Mapping[str, str]:
        """What this one is told besides."""
        return {**self.environment(), VARIABLE: str(service.ready)}

    def services(self) -> tuple[Service, ...]:
        """Every process but the broker, in the order they start."""
        simulator = ("tests.simulators", "eschoolplus", "--port", str(self.sis_port))
        files = ("--seed", str(self.seed), "--log", str(self.commits))
        return (
            self.service("sis", *simulator, *files),
            *(self.service(f"streams-{n}", "streams.app") for n in range(1, self.workers + 1)),
            self.service("delivery", "adapters.worker", "--sis", "eschoolplus"),
            self.service("web", "streams.web", "--port", str(self.web_port)),
        )

    def service(self, name: str, module: str, *arguments: str) -> Service:
        """A Python process of this stack. Its -X word tells it from every other process on the machine."""
        marker = f"gradebook-sync={self.folder}/{name}"
        command = (sys.executable, "-X", marker, "-m", module, *arguments)
        process = Process(self.folder / "pids" / name, marker)
        log, ready = self.folder / "logs" / f"{name}.log", self.folder / "ready" / name
        return Service(name, command, log, process, ready)

    @property
    def supervisor(self) -> Service:
        """The process that keeps the others running."""
        return self.service("supervisor", "deploy.local.supervisor", str(self.folder))


def sample(name: str) -> Path:
    """A file of the sample district."""
    return SAMPLE / name
