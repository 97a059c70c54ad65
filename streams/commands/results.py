"""results: what became of every decision, one line each. Ids only: no title, score or name is printed."""

import json
import re
import threading
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from schemas.cluster import Cluster
from schemas.codec import Refused, decode
from schemas.results import SyncResult
from streams.commands.exits import UNAVAILABLE, USAGE, Stop, cluster_of, unavailable
from streams.follow import Follower, read_range

_AGO = re.compile(r"(\d+)(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_CATCH_UP_SECONDS = 30.0


def results(
    ctx: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as they come, until Ctrl-C.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Only from then on: 10m, 2h, 3d ago, or an ISO 8601 time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Decoded results: time, section, item, outcome, code."""
    cluster = cluster_of(ctx)
    start = None if since is None else moment(since, time.time_ns() // 1_000_000)
    if follow:
        _follow(cluster, start, as_json=as_json)
        return
    for record in read_range(cluster, cluster.topics.results, start):
        _print(record.value, as_json=as_json)


def moment(told: str, now: int) -> int:
    """Milliseconds since the epoch of "10m" (ago) or an ISO 8601 time; a time without an offset is UTC."""
    if ago := _AGO.fullmatch(told):
        return now - int(ago[1]) * _UNITS[ago[2]] * 1000
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise Stop(USAGE, f"{told} is no time. Write 10m, 2h or 3d, or 2026-01-20T15:00:00Z.") from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def described(result: SyncResult) -> dict[str, Any]:
    """What is told of a result: where, what and when, nothing of its content."""
    return {
        "at": datetime.fromtimestamp(result.at / 1000, UTC).isoformat(timespec="milliseconds"),
        "tenant": result.tenant,
        "section": result.section,
        "item": result.item,
        "outcome": result.outcome.value,
        "code": result.code,
        "run": result.run,
        "version": result.version,
        "refused_scores": len(result.problems),
        "calls": result.receipt.calls if result.receipt else None,
    }


def _print(value: bytes | None, *, as_json: bool) -> None:
    try:
        result = decode(SyncResult, value)
    except Refused as refused:
        typer.echo(f"unreadable record ({refused.code})", err=True)
        return
    if result.seen_by is not None:
        return
    told = described(result)
    if as_json:
        typer.echo(json.dumps(told))
        return
    extra = [str(told["code"])] if told["code"] else []
    extra += [f"{told['refused_scores']} score(s) refused"] if told["refused_scores"] else []
    extra += [f"{told['calls']} call(s)"] if told["calls"] is not None else []
    place = f"{told['tenant']}/{told['section']}/{told['item']}"
    typer.echo(f"{told['at']} {told['outcome']:<11} {place}  {'  '.join(extra)}".rstrip())


def _follow(cluster: Cluster, start: int | None, *, as_json: bool) -> None:
    ended = threading.Event()
    follower = Follower(
        cluster,
        cluster.topics.results,
        lambda _key, value: _print(value, as_json=as_json),
        since_ms=start,
    )
    follower.start()
    try:
        if not follower.wait_caught_up(_CATCH_UP_SECONDS):
            raise Stop(UNAVAILABLE, unavailable(cluster, TimeoutError()))
        ended.wait()
    finally:
        follower.stop()
