"""category: made in the SIS, where its API allows it."""

import json
from typing import Annotated

import typer

from schemas.district import DistrictConfig
from schemas.gradebook import SectionBound
from schemas.systems import system
from streams.commands import errands
from streams.commands.exits import FOUND_PROBLEM, USAGE, Stop, cluster_of
from streams.commands.reading import binding, districts, resolve

app = typer.Typer(help="Categories of a section's SIS gradebook.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Categories of a section's SIS gradebook."""


@app.command()
def create(
    ctx: typer.Context,
    section: Annotated[
        str, typer.Argument(help="TENANT/SECTION, or SECTION where only one district has it.")
    ],
    title: Annotated[str, typer.Argument(help="The category's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="The category as JSON.")] = False,
) -> None:
    """Make a category in the SIS; one of that name that stands there is left as it is."""
    title = title.strip()
    if not title or not title.isprintable():
        raise Stop(USAGE, "the category needs a name of printable characters.")
    cluster = cluster_of(ctx)
    tenant, name = resolve(cluster, section)
    config, bound = _place(districts(cluster).get(tenant), binding(cluster, tenant, name), f"{tenant}/{name}")
    answer = errands.run(cluster, "category", tenant, bound.sis_section, bound.sis_teacher or "", title)
    made = _made(answer, config)
    if as_json:
        typer.echo(json.dumps({"tenant": tenant, "sis_section": bound.sis_section, **made}))
    else:
        names = system(config.sis.kind)
        what = f"category {json.dumps(made['id'])} {json.dumps(made['title'])}"
        typer.echo(f"{names.long}, section {bound.sis_section}: {what}")


def _place(
    config: DistrictConfig | None, bound: SectionBound | None, name: str
) -> tuple[DistrictConfig, SectionBound]:
    if config is None:
        raise Stop(FOUND_PROBLEM, f"The district of {name} is not configured.")
    if not config.entitled:
        raise Stop(FOUND_PROBLEM, f"Syncing is switched off for the district of {name}; nothing was made.")
    if bound is None:
        raise Stop(FOUND_PROBLEM, f"{name} is bound to no SIS section: no SectionBound of it was published.")
    if bound.sis is not config.sis.kind:
        raise Stop(FOUND_PROBLEM, f"{name} is bound to another system than its district's.")
    return config, bound


def _made(answer: dict[str, object], config: DistrictConfig) -> dict[str, str]:
    names = system(config.sis.kind)
    if answer.get("cannot"):
        raise Stop(
            FOUND_PROBLEM,
            f"{names.long} does not let other programs make categories. Ask its gradebook administrator to add it "
            "there; the next directory refresh then brings it here.",
        )
    error = answer.get("error")
    if isinstance(error, dict):
        raise Stop(FOUND_PROBLEM, " ".join(errands.sentences(error, config.sis.kind)))
    made = answer["category"]
    assert isinstance(made, dict)  # noqa: S101 - the errand's own answer
    return made
