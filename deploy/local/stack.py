"""`make up` and `make down`: the whole of gradebook-sync on this machine, on loopback only.

    python -m deploy.local.stack up     [--dir .run/stack] [--workers 2] [--kafka-port N] [--sis-port N] [--web-port N]
    python -m deploy.local.stack down   [--dir .run/stack]
    python -m deploy.local.stack status [--dir .run/stack]

`up` starts the broker, makes the topics, starts five simulated SIS (on five ports from --sis-port on), the workers and
the status API under a supervisor, waits until each says it is ready, and applies the sample districts. Where something
has died it starts it again; what was synced stays. Exit codes: 0 done; 1 it failed, and the sentence on standard error
says why; 3 `status` found something that does not run.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kafka.errors import KafkaError

from deploy.kafka.cluster import Cluster as Broker
from deploy.kafka.install import FetchFailed, MissingTool
from deploy.kafka.node import BrokerFailed
from deploy.kafka.ports import taken
from deploy.local import districts, readiness
from deploy.local.layout import ROOT, Layout, Service
from deploy.local.sample.districts import districts as sample_districts
from deploy.local.sample.doors import DOORS
from deploy.local.sample.doors import PORT as SIS_PORT
from schemas import provision

DEFAULT_FOLDER = Path(".run/stack")
KAFKA_PORT, WEB_PORT, WORKERS = 19092, 18080, 2
STOP_SECONDS = 25.0

Say = Callable[[str], None]


class StackFailed(Exception):
    """The stack could not be brought up or down; the sentence says why and what to do."""


def up(layout: Layout, said: Say = print) -> None:
    """Bring it up, or mend what does not run; returns when it is ready. StackFailed, NotReady, BrokerFailed, ..."""
    running = layout.supervisor.process.pid() is not None
    if not running:
        _stop_services(layout)
        _refuse_taken(layout)
    layout.save()
    broker = Broker.at(layout.folder / "kafka", port=layout.kafka_port)
    broker.start()
    said(f"Kafka: ready at {broker.bootstrap}")
    provision.apply(layout.cluster)
    if not running:
        _start(layout.supervisor, layout)
    readiness.wait_ready(layout, said)
    districts.apply(layout)
    said(f"{len(DOORS)} sample districts: applied")


def down(layout: Layout, said: Say = print) -> None:
    """Stop everything, and make sure. StackFailed when something lives on."""
    supervisor = layout.supervisor.process
    if supervisor.pid() is not None:
        _end(layout.supervisor)
    _stop_services(layout)
    broker = Broker.existing(layout.folder / "kafka")
    if broker is not None:
        broker.stop()
    left = [one.name for one in layout.services() if one.process.pid() is not None]
    if broker is not None and broker.running():
        left.append("kafka")
    if left:
        raise StackFailed(f"still running: {', '.join(left)}. Logs: {layout.folder}/logs")
    said("everything is down")


def status(layout: Layout, said: Say = print) -> int:
    """One line per process; 0 when all run."""
    dead = 0
    for one in (layout.supervisor, *layout.services()):
        pid = one.process.pid()
        dead += pid is None
        said(f"{one.name}: {'not running' if pid is None else f'pid {pid}'}, log {one.log}")
    return 3 if dead else 0


def _start(service: Service, layout: Layout) -> None:
    service.process.start(list(service.command), service.log, layout.environment())


def _end(service: Service) -> None:
    if service.process.signal(signal.SIGTERM):
        service.process.signal(signal.SIGCONT)
    if not service.process.wait(STOP_SECONDS):
        service.process.signal(signal.SIGKILL)
        service.process.wait(5.0)


def _stop_services(layout: Layout) -> None:
    """What a supervisor that was killed has left behind."""
    for service in reversed(layout.services()):
        if service.process.pid() is not None:
            _end(service)


def _refuse_taken(layout: Layout) -> None:
    broker = Broker.existing(layout.folder / "kafka")
    ports = [*(("--sis-port", port) for port in layout.sis_ports), ("--web-port", layout.web_port)]
    if broker is None or not broker.running():
        ports.append(("--kafka-port", layout.kafka_port))
    for option, port in ports:
        if taken(port):
            raise StackFailed(
                f"port {port} on 127.0.0.1 is taken by another program. Stop it, or choose another with {option}."
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    told = _parser().parse_args(arguments)
    folder = (ROOT / told.dir).absolute()
    known = Layout.existing(folder)
    try:
        if told.command == "up":
            layout = _asked(folder, known, told)
            up(layout)
            print(_addresses(layout))
        elif known is None:
            print(f"no stack in {folder}")
            return 3 if told.command == "status" else 0
        elif told.command == "status":
            return status(known)
        else:
            down(known)
    except KeyboardInterrupt:
        print("interrupted; `make down` stops what was started", file=sys.stderr)
        return 130
    except (
        *(StackFailed, readiness.NotReady, BrokerFailed, MissingTool, FetchFailed, KafkaError, ValueError),
        subprocess.TimeoutExpired,
    ) as failed:
        print(f"stack: {failed}", file=sys.stderr)
        return 1
    return 0


def _asked(folder: Path, known: Layout | None, told: argparse.Namespace) -> Layout:
    """Ports and sizes as told, or as the folder has them, or the usual ones."""
    first = told.sis_port or (known.sis_ports[0] if known else SIS_PORT)
    return Layout(
        folder=folder,
        kafka_port=told.kafka_port or (known.kafka_port if known else KAFKA_PORT),
        sis_ports=tuple(range(first, first + len(DOORS))),
        web_port=told.web_port or (known.web_port if known else WEB_PORT),
        workers=told.workers or (known.workers if known else WORKERS),
    )


def _addresses(layout: Layout) -> str:
    systems = "".join(
        f"\n  {one.door.product:<15} {layout.district_url(one)}   (control: {layout.sis_url(one.sis)}/_sim/health)"
        for one in sample_districts()
    )
    return f"""
  Kafka           {layout.cluster.bootstrap}
  API             {layout.web_url}   (docs/http.md; {layout.web_url}/ready){systems}
  logs            {layout.folder}/logs

next:
  for file in deploy/config/sample/changes.jsonl deploy/config/sample/*/changes.jsonl
    do .venv/bin/gradebook-sync publish $file; done
  .venv/bin/gradebook-sync sync --all
  .venv/bin/gradebook-sync status bio7-2 --follow
  make down"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.local.stack", description="The local stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (("up", "start and wait"), ("down", "stop everything"), ("status", "say what runs")):
        command = commands.add_parser(name, help=does)
        command.add_argument("--dir", type=Path, default=DEFAULT_FOLDER, help="the stack's folder")
        if name == "up":
            for option in ("--kafka-port", "--sis-port", "--web-port"):
                command.add_argument(option, type=int, help="another port")
            command.add_argument("--workers", type=int, help=f"stream workers ({WORKERS})")
    return parser


if __name__ == "__main__":
    sys.exit(main())
