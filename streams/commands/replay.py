"""replay: ask again for what changed in a range. What was delivered causes no write in the SIS."""

import json
import time
from dataclasses import asdict
from typing import Annotated

import typer

from streams import replay as engine
from streams.commands.exits import FOUND_PROBLEM, UNAVAILABLE, USAGE, Stop, cluster_of
from streams.commands.reading import resolve
from streams.commands.results import moment


def replay(
    ctx: typer.Context,
    section: Annotated[str | None, typer.Option(help="TENANT/SECTION or SECTION.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="ISO 8601, or 10m, 2h, 3d ago.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Likewise; left out: now.")] = None,
    run: Annotated[str | None, typer.Option(help="Go on with an interrupted run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would ask for.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The plan or the run as JSON.")] = False,
) -> None:
    """Re-sync from the topics: a section, or everything that changed in a time range."""
    if section is None and start is None:
        raise Stop(USAGE, "say what to replay: --section TENANT/SECTION, or --from TIME [--to TIME].")
    cluster = cluster_of(ctx)
    now = time.time_ns() // 1_000_000
    tenant, name = resolve(cluster, section) if section else (None, None)
    try:
        selection = engine.Selection(
            tenant=tenant,
            section=name,
            from_ms=moment(start, now) if start else None,
            to_ms=moment(end, now) if end else None,
        )
        planned = engine.plan(engine.read(cluster, selection, run_id=run), selection)
        if not dry_run and planned.sections:
            run = engine.run(planned, cluster, run_id=run)
    except ValueError as wrong:
        raise Stop(USAGE, f"{wrong}.") from None
    except engine.ReplayInterrupted as interrupted:
        raise Stop(UNAVAILABLE, f"{interrupted}.") from None
    _tell(planned, run, dry_run=dry_run, as_json=as_json)


def _tell(planned: engine.ReplayPlan, run: str | None, *, dry_run: bool, as_json: bool) -> None:
    counts = {"sections": len(planned.sections), "items": planned.items, "events": planned.events}
    if as_json:
        wanted = [asdict(one) for one in planned.sections]
        done = None if dry_run else run
        typer.echo(json.dumps({**counts, "unreadable": planned.unreadable, "run": done, "asks": wanted}))
        return
    if not planned.sections:
        raise Stop(FOUND_PROBLEM, "nothing to replay: no content event of that selection is on the topic.")
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    typer.echo(f"dry run, would ask for {told}" if dry_run else f"run {run}: asked for {told}")
    if planned.unreadable:
        typer.echo(f"{planned.unreadable} unreadable record(s) were passed by")
