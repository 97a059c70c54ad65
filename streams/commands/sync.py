"""sync: the click."""

import json
import time
import uuid
from typing import Annotated

import typer

from schemas.gradebook import SyncRequested
from streams.commands.exits import FOUND_PROBLEM, USAGE, Stop, cluster_of
from streams.commands.reading import resolve, sections
from streams.commands.sending import command, send_changes


def sync(
    ctx: typer.Context,
    section: Annotated[
        str | None, typer.Option(help="TENANT/SECTION, or SECTION where only one district has it.")
    ] = None,
    item: Annotated[
        list[str] | None, typer.Option(help="Only this item; may be given more than once.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every section that has a status log.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The run as JSON.")] = False,
) -> None:
    """Ask for a sync, as the teacher's click does. It only queues: watch it with `status --follow`."""
    if everything == (section is not None):
        raise Stop(USAGE, "say what to sync: --section TENANT/SECTION, or --all.")
    if everything and item:
        raise Stop(USAGE, "--item goes with --section.")
    cluster = cluster_of(ctx)
    asked = sections(cluster) if everything else [resolve(cluster, section or "")]
    if not asked:
        raise Stop(FOUND_PROBLEM, "There is no section with a status log yet. Publish its items first.")
    run = f"cli-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:6]}"
    click = SyncRequested(run=run, items=tuple(item) if item else None)
    send_changes(cluster, [command(tenant, name, click, actor="cli") for tenant, name in asked])
    if as_json:
        typer.echo(json.dumps({"run": run, "sections": ["/".join(one) for one in asked]}))
    else:
        typer.echo(f"run {run}: queued {len(asked)} section(s)")
