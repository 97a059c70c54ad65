"""publish: events written by hand as JSON lines."""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from schemas.jsonlines import Line, LineRefused, read_lines
from streams.commands.exits import BAD_INPUT, Stop, cluster_of
from streams.commands.sending import send

SHOWN = 20


def publish(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A file of JSON lines, or - for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Counts as JSON.")] = False,
) -> None:
    """Publish changes of an LMS, one JSON object per line. One bad line, and nothing is published."""
    good, bad = _read(file)
    if bad:
        more = [f"... and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
        told = "\n".join([*map(str, bad[:SHOWN]), *more])
        raise Stop(BAD_INPUT, f"nothing was published; {len(bad)} bad line(s):\n{told}")
    cluster = cluster_of(ctx)
    sent = send(cluster, cluster.topics.changes, ((line.key, line.value) for line in good))
    kinds = Counter(type(line.change.change).__name__ for line in good)
    sections = len({line.key for line in good})
    if as_json:
        typer.echo(json.dumps({"published": sent, "sections": sections, "by_type": dict(kinds)}))
        return
    by_type = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    typer.echo(f"published {sent} event(s) of {sections} section(s)" + (f": {by_type}" if by_type else ""))


def _read(file: str) -> tuple[list[Line], list[LineRefused]]:
    now = time.time_ns() // 1_000_000
    if file == "-":
        read = list(read_lines(sys.stdin.buffer, now, "-"))
    else:
        try:
            with Path(file).open("rb") as lines:
                read = list(read_lines(lines, now, file))
        except OSError as error:
            raise Stop(BAD_INPUT, f"{file}: {error.strerror}. Nothing was published.") from None
    good = [one for one in read if isinstance(one, Line)]
    return good, [one for one in read if isinstance(one, LineRefused)]
