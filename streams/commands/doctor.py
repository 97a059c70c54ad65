"""doctor: is everything there, and if not, what to do."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from streams.commands import checks
from streams.commands.exits import FOUND_PROBLEM, cluster_of


def doctor(
    ctx: typer.Context,
    tenant: Annotated[
        str | None, typer.Argument(help="Only this district, and whether its SIS lets us in.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per finding.")] = False,
) -> None:
    """Look at broker, topics, workers, configuration and the SIS; exit 1 when one is not well.

    With a district also sign in to its SIS and read what a delivery reads; nothing is changed there.
    """
    failed = False
    for finding in checks.look(cluster_of(ctx), tenant):
        failed |= not finding.ok
        if as_json:
            typer.echo(json.dumps(asdict(finding)))
        else:
            advice = f" {finding.advice}" if finding.advice else ""
            typer.echo(
                f"{'OK  ' if finding.ok else 'FAIL'} {finding.what}: {finding.told}.{advice}".replace(
                    "..", "."
                )
            )
    if failed:
        raise typer.Exit(FOUND_PROBLEM)
