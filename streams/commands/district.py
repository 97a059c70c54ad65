"""district: configurations, applied and shown."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from streams import district_file
from streams.commands.exits import CONFIGURATION, FOUND_PROBLEM, Stop, cluster_of
from streams.commands.reading import districts
from streams.commands.sending import put_district

app = typer.Typer(help="A district's configuration: its SIS, schools, calendar.", no_args_is_help=True)


@app.command()
def apply(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="TOML; deploy/config/example-district.toml explains each key.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
) -> None:
    """Apply a file. Anything wrong in it, and nothing is applied."""
    try:
        config = district_file.read(file)
    except district_file.DistrictFileRefused as refused:
        told = "\n".join(f"{file}: {problem}" for problem in refused.problems)
        raise Stop(
            CONFIGURATION, f"nothing was applied; {len(refused.problems)} problem(s):\n{told}"
        ) from None
    if dry_run:
        typer.echo(f"{file} is right: {config.title} ({config.tenant}), {len(config.schools)} school(s)")
        return
    put_district(cluster_of(ctx), config)
    typer.echo(
        f"applied {config.title} ({config.tenant}): {config.sis.kind.lower()}, {len(config.schools)} school(s)"
    )


@app.command()
def show(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Argument(help="The district's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show what is in force. Secrets are references and are shown as such."""
    known = districts(cluster_of(ctx))
    config = known.get(tenant)
    if config is None:
        names = ", ".join(sorted(known)) or "none"
        raise Stop(FOUND_PROBLEM, f"No district {tenant} is configured (configured: {names}).")
    text = district_file.show(config)
    typer.echo(json.dumps(asdict(config)) if as_json and "(hidden" not in text else text, nl=as_json)
