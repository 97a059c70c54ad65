"""What a local stack consists of: one folder, its ports, and the processes in it.

<folder>/stack.json             ports and sizes; what a later `down` finds the stack by
<folder>/kafka/                 the broker (deploy/kafka)
<folder>/pids/NAME              one pid file per process
<folder>/ready/NAME             its pid, while it is at work (stream and delivery workers)
<folder>/logs/NAME.log          what each said
<folder>/commits/SYSTEM.jsonl   what each simulated SIS committed: it starts again from this

One simulator process per system, so that each can be stopped alone; one delivery worker for all of them.
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
from deploy.local.sample.districts import SampleDistrict, districts
from deploy.local.sample.doors import DOORS
from schemas.cluster import Cluster
from schemas.gradebook import Sis
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
    """A stack as written down in its folder. `sis_ports` in the order of the sample's districts."""

    folder: Path
    kafka_port: int
    sis_ports: tuple[int, ...]
    web_port: int
    workers: int

    @classmethod
    def existing(cls, folder: Path) -> Self | None:
        """The stack of this folder, or None."""
        try:
            told = json.loads((folder / "stack.json").read_text())
        except FileNotFoundError:
            return None
        first = told.pop("sis_port", 0)  # of a stack from before there were five systems
        told["sis_ports"] = tuple(told.get("sis_ports") or range(first, first + len(districts())))
        return cls(folder=folder.absolute(), **told)

    def save(self) -> None:
        """Write it down, and make its folders."""
        for inner in ("pids", "logs", "ready", "commits"):
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

    def sis_url(self, sis: Sis) -> str:
        """A simulator's own address, its control API below /_sim."""
        return f"http://127.0.0.1:{self._sis_port(sis)}"

    def district_url(self, sample: SampleDistrict) -> str:
        """A sample district in its simulator, as a client of that system has it."""
        return sample.door.base_url(sample.tenant, self._sis_port(sample.sis))

    @property
    def web_url(self) -> str:
        """The status API."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def session_key(self) -> Path:
        """What the web process signs its sessions with, so that they outlive a restart of it."""
        return self.folder / "session.key"

    def environment(self) -> Mapping[str, str]:
        """What the processes are told. On loopback, for a demo: whoever asks is signed in as whom they say."""
        told = {name: value for door in DOORS.values() for name, value in door.secrets.items()}
        told |= {
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
        return (
            *(self._simulator(sample) for sample in districts()),
            *(self.service(f"streams-{n}", "streams.app") for n in range(1, self.workers + 1)),
            self.service("delivery", "adapters.worker"),
            self.service("web", "streams.web", "--port", str(self.web_port)),
        )

    def _simulator(self, sample: SampleDistrict) -> Service:
        system = sample.door.simulator
        seed, log = sample.folder / "sis.json", self.folder / "commits" / f"{system}.jsonl"
        port = str(self._sis_port(sample.sis))
        files = ("--seed", str(seed), "--log", str(log), "--resume")
        return self.service(simulator_name(sample.sis), "tests.simulators", system, "--port", port, *files)

    def _sis_port(self, sis: Sis) -> int:
        return self.sis_ports[list(DOORS).index(sis)]

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


def simulator_name(sis: Sis) -> str:
    """The process that stands in for a system."""
    return f"sis-{sis.lower()}"
