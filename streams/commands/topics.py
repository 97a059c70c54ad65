"""topics: made and kept as schemas/topics.toml says."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from schemas import provision
from schemas.cluster import Cluster
from schemas.topics import all_topics
from streams.commands import checks
from streams.commands.exits import CONFIGURATION, UNAVAILABLE, Stop, cluster_of

app = typer.Typer(help="The topics: make them, check them.", no_args_is_help=True)


@app.command()
def apply(
    ctx: typer.Context,
    replication: Annotated[int | None, typer.Option(min=1, help="Replicas of topics made now.")] = None,
    grow_partitions: Annotated[
        bool, typer.Option("--grow-partitions", help="Also add partitions. Stop every worker first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was done, as JSON.")] = False,
) -> None:
    """Make missing topics, set what differs."""
    done = provision.apply(_reached(ctx), replication, grow_partitions=grow_partitions)
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in done]))
        return
    for change in done:
        typer.echo(str(change))
    typer.echo(f"{len(all_topics())} topics, {len(done)} change(s)")


@app.command()
def check(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="The differences, as JSON.")] = False,
) -> None:
    """Compare the broker with schemas/topics.toml; exit 78 where they differ."""
    wrong = provision.check(_reached(ctx))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in wrong]))
    else:
        for one in wrong:
            typer.echo(one.sentence)
        if not wrong:
            typer.echo(f"{len(all_topics())} topics are as they should be")
    if wrong:
        raise typer.Exit(CONFIGURATION)


def _reached(ctx: typer.Context) -> Cluster:
    """The cluster, once it has answered: asking for topics would wait half a minute for one that does not."""
    cluster = cluster_of(ctx)
    found = checks.broker(cluster)
    if not found.ok:
        raise Stop(UNAVAILABLE, f"{found.told}. {found.advice}")
    return cluster
