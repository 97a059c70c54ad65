"""version: which gradebook-sync this is."""

from importlib.metadata import version as installed

import typer


def version() -> None:
    """Print the version."""
    typer.echo(f"gradebook-sync {installed('gradebook-sync')}")
