"""release: the approval of what the mass-change brake holds."""

import json
import time
import uuid
from typing import Annotated

import typer

from schemas.gradebook import SyncRequested
from streams.commands.exits import FOUND_PROBLEM, Stop, cluster_of
from streams.commands.reading import resolve, section
from streams.commands.sending import command, send_changes
from streams.held import held_items, parts


def release(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SECTION", help="TENANT/SECTION or SECTION.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many wait.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The run as JSON.")] = False,
) -> None:
    """Approve everything of a section that waits for an approval, as it is now in the section's log."""
    cluster = cluster_of(ctx)
    tenant, wanted = resolve(cluster, name)
    log = section(cluster, tenant, wanted)
    held = () if log is None else tuple(held_items(log.rows))
    if not held:
        raise Stop(FOUND_PROBLEM, f"Nothing of {tenant}/{wanted} waits for an approval.")
    run = f"release-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:6]}"
    if not dry_run:
        asks = [SyncRequested(run=run, approved=part) for part in parts(held)]
        send_changes(cluster, [command(tenant, wanted, ask, actor="cli") for ask in asks])
    if as_json:
        typer.echo(json.dumps({"run": None if dry_run else run, "items": len(held)}))
    else:
        typer.echo(f"{len(held)} item(s) wait" if dry_run else f"run {run}: released {len(held)} item(s)")
