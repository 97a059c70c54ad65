"""serve: start one of the long-running processes here, in the foreground."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from streams.commands.exits import cluster_of


class Process(StrEnum):
    """What runs all day."""

    STREAMS = "streams"
    DELIVERY = "delivery"
    WEB = "web"


_MODULES = {
    Process.STREAMS: "streams.app",
    # a process of its own: the flow and the systems meet only in topics
    Process.DELIVERY: "adapters.worker",
    Process.WEB: "streams.web",
}


def serve(
    ctx: typer.Context,
    process: Annotated[
        Process, typer.Argument(help="streams: intake and status. delivery: into the SIS. web: the API.")
    ],
) -> None:
    """Run a worker or the status API until SIGTERM. Options of the process follow after --."""
    environment = os.environ | cluster_of(ctx).environment()
    command = [sys.executable, "-m", _MODULES[process], *ctx.args]
    os.execve(sys.executable, command, environment)  # noqa: S606 - this process becomes that one
