"""district: configurations, applied and shown."""

import json
from pathlib import Path
from typing import Annotated

import typer

from streams import district_file, district_sources
from streams.commands import errands
from streams.commands.exits import CONFIGURATION, FOUND_PROBLEM, Stop, cluster_of
from streams.commands.reading import district_records
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
def refresh(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Argument(help="The district's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Counts as JSON.")] = False,
) -> None:
    """Read categories and calendars from the SIS now, instead of when their time comes."""
    cluster = cluster_of(ctx)
    config = district_records(cluster).get(tenant)
    if config is None:
        raise Stop(FOUND_PROBLEM, f"No district {tenant} is configured.")
    if not config.entitled:
        raise Stop(FOUND_PROBLEM, f"Syncing is switched off for {tenant}; its SIS was not asked.")
    answer = errands.run(cluster, "refresh", tenant)
    if "error" in answer:
        raise Stop(FOUND_PROBLEM, " ".join(errands.sentences(answer["error"], config.sis.kind)))
    if as_json:
        typer.echo(json.dumps({"tenant": tenant, **answer}))
        return
    asked = f"{answer['sections']} section(s) and {answer['schools']} school(s)"
    typer.echo(f"asked about {asked}: {answer['changed']} told something new")


@app.command()
def show(
    ctx: typer.Context,
    tenant: Annotated[str, typer.Argument(help="The district's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show what the file states and what the SIS tells. Secrets are references and are shown as such."""
    known = district_records(cluster_of(ctx))
    config, told = known.stated(tenant), known.told(tenant).values()
    if config is None:
        names = ", ".join(known.tenants()) or "none"
        raise Stop(FOUND_PROBLEM, f"No district {tenant} is configured (configured: {names}).")
    if as_json:
        typer.echo(json.dumps(district_sources.as_json(config, told)))
        return
    typer.echo(district_file.show(config))
    for line in district_sources.lines(config, told):
        typer.echo(line)
