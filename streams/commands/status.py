"""status: the log a teacher sees."""

import json
import threading
from typing import Annotated, Any

import typer
from rich.console import Console

from schemas.cluster import Cluster
from schemas.codec import Refused
from schemas.results import SectionStatus
from streams.commands import tables
from streams.commands.exits import FOUND_PROBLEM, UNAVAILABLE, Stop, cluster_of, unavailable
from streams.commands.reading import districts, resolve, section, view
from streams.follow import Follower
from streams.web.render import STATE_NAMES, log_of
from streams.web.view import StatusView

CATCH_UP_SECONDS = 30.0


def status(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[SECTION]", help="TENANT/SECTION or SECTION; left out: all of them."),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as it changes, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As the status API answers.")] = False,
) -> None:
    """A section's status log, with what View Error shows; without a section, every section's counts."""
    cluster = cluster_of(ctx)
    if name is None:
        _overview(cluster, as_json=as_json)
        return
    tenant, wanted = resolve(cluster, name)
    config = districts(cluster).get(tenant)
    zone = config.time_zone if config else "UTC"
    if follow:
        _follow(cluster, tenant, wanted, zone, as_json=as_json)
        return
    found = section(cluster, tenant, wanted)
    if found is None:
        raise Stop(FOUND_PROBLEM, f"{tenant}/{wanted} has no status log yet: nothing of it was published.")
    show(found, zone, as_json=as_json)


def show(found: SectionStatus, zone: str, *, as_json: bool = False) -> None:
    """Print a log."""
    if as_json:
        typer.echo(json.dumps(log_of(found, deleted=False), ensure_ascii=False))
        return
    console = Console(highlight=False)
    console.print(tables.table(found, zone))
    for line in tables.details(found):
        console.print(line, markup=False, soft_wrap=True)


def _overview(cluster: Cluster, *, as_json: bool) -> None:
    seen = view(cluster)
    for tenant in sorted(districts(cluster)):
        for entry in seen.sections(tenant):
            counts = {label: entry.counts().get(state, 0) for state, label in STATE_NAMES.items()}
            if as_json:
                typer.echo(json.dumps({"tenant": tenant, "section": entry.section, "counts": counts}))
            else:
                told = ", ".join(f"{count} {label}" for label, count in counts.items() if count)
                typer.echo(f"{tenant}/{entry.section}: {told or 'no items'}")


def _follow(cluster: Cluster, tenant: str, wanted: str, zone: str, *, as_json: bool) -> None:
    seen, lock, changed = StatusView(), threading.Lock(), threading.Event()

    def take(key: bytes | None, value: bytes | None) -> None:
        try:
            with lock:
                took = seen.apply(key, value)
        except Refused:
            return
        if took:
            changed.set()

    follower = Follower(cluster, cluster.topics.status, take)
    follower.start()
    if not follower.wait_caught_up(CATCH_UP_SECONDS):
        raise Stop(UNAVAILABLE, unavailable(cluster, TimeoutError()))
    shown: dict[str, Any] = {}
    changed.set()
    try:
        while True:
            changed.wait()
            changed.clear()
            with lock:
                entry = seen.get(tenant, wanted)
            if entry is not None:
                _changes(entry.status(), shown, zone, as_json=as_json)
    finally:
        follower.stop()


def _changes(found: SectionStatus, shown: dict[str, Any], zone: str, *, as_json: bool) -> None:
    """Only the rows that are not as they were shown last."""
    for row, told in zip(tables.rows(found), log_of(found, deleted=False)["rows"], strict=True):
        if shown.get(row.item) != told:
            shown[row.item] = told
            typer.echo(json.dumps(told, ensure_ascii=False) if as_json else tables.line(row, zone))
