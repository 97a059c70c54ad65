"""release: the approval of what the mass-change brake holds."""

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from schemas.gradebook import ApprovedItem, SyncRequested
from schemas.results import RowState, SectionStatus
from streams.commands.exits import FOUND_PROBLEM, Stop, cluster_of
from streams.commands.reading import resolve, section
from streams.commands.sending import command, send_changes

HELD = "MASS_CHANGE_HELD"
#: Ids of one event, in bytes: with their fingerprints they leave half of a record free.
_IDS = 250_000
# a fingerprint, and the lengths
_BESIDE = 40


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
    held = () if log is None else tuple(held_items(log))
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


def held_items(log: SectionStatus) -> Iterator[ApprovedItem]:
    """What waits, each as it is shown to wait: an item that changed since is held again instead of sent."""
    for row in log.rows:
        fingerprint = row.params.get("fingerprint")
        if row.state is RowState.ERROR and row.code == HELD and fingerprint:
            yield ApprovedItem(item=row.item, fingerprint=fingerprint)


def parts(held: Iterable[ApprovedItem]) -> Iterator[tuple[ApprovedItem, ...]]:
    """The items in lists that each fit an event."""
    part: list[ApprovedItem] = []
    size = 0
    for row in held:
        size += len(row.item.encode()) + _BESIDE
        if part and size > _IDS:
            yield tuple(part)
            part, size = [], len(row.item.encode()) + _BESIDE
        part.append(row)
    if part:
        yield tuple(part)
