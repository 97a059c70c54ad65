"""receipt: all that was tried with one item, newest last. Ids, counts and codes; no title, score, name or comment."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from schemas.catalog import explain
from schemas.keys import section_key
from schemas.results import Outcome, Receipt, ScoreReceipt, SyncResult
from schemas.topics import topic
from streams.attempts import attempts
from streams.commands.exits import FOUND_PROBLEM, Stop, cluster_of
from streams.commands.reading import resolve
from streams.follow import read_range

_WAITS = (Outcome.QUEUED, Outcome.PROGRESS)


def receipt(
    ctx: typer.Context,
    section: Annotated[
        str, typer.Argument(help="TENANT/SECTION, or SECTION where only one district has it.")
    ],
    item: Annotated[str, typer.Argument(help="The item's id in the LMS.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per attempt.")] = False,
) -> None:
    """Every attempt at an item: when, what was sent, the SIS's ids, what became of each score."""
    cluster = cluster_of(ctx)
    tenant, name = resolve(cluster, section)
    key = section_key(tenant, name)
    records = read_range(cluster, cluster.topics.results, key=key)
    found = attempts((one.value for one in records if one.key == key), tenant, name, item)
    if not found:
        days = topic("sync.results").retention
        raise Stop(
            FOUND_PROBLEM, f"Nothing was tried with {tenant}/{name}/{item}; results are kept for {days} days."
        )
    for result in found:
        for line in [json.dumps(described(result))] if as_json else lines(result):
            typer.echo(line)


def described(result: SyncResult) -> dict[str, Any]:
    """An attempt for programs."""
    told = result.receipt
    return {
        "at": _time(result.at),
        "tenant": result.tenant,
        "section": result.section,
        "item": result.item,
        "sis": result.sis,
        "revision": result.revision,
        "step": result.step,
        "version": result.version,
        "fingerprint": result.fingerprint,
        "run": result.run,
        "deleted": result.deleted,
        "outcome": result.outcome.value,
        "code": result.code,
        "params": dict(result.params),
        "next_try_at": None if result.next_try_at is None else _time(result.next_try_at),
        "action": told.action if told else None,
        "sis_ids": dict(told.remote) if told else {},
        "calls": told.calls if told else 0,
        "scores": _counts(told),
        "score_outcomes": [
            {"student": one.student, "code": one.code, "sis_id": one.sis_id} for one in result.scores
        ],
    }


def _counts(told: Receipt | None) -> dict[str, int] | None:
    if told is None:
        return None
    return {"sent": told.scores_sent, "in_sis": told.scores_accepted, "total": told.scores_total}


def lines(result: SyncResult) -> Iterator[str]:
    """An attempt for a person: one line, and beneath it what is known of it."""
    asked = [f"revision {result.revision}", f"LMS version {result.version}"]
    asked += [f"run {result.run}"] if result.run else []
    asked += ["item deleted in the LMS"] if result.deleted else []
    yield f"{_time(result.at)} {result.outcome.value:<11} {', '.join(asked)}"
    if result.receipt is not None:
        yield from _receipt(result.receipt)
    if result.code is not None:
        told = explain(result.code, result.params, result.sis)
        yield f"    {told.message} [{told.code}]"
        if result.outcome not in _WAITS:
            yield f"    {told.solution} Who can fix it: {told.fixed_by}."
    if result.next_try_at is not None:
        yield f"    tried again at {_time(result.next_try_at)}"
    for one in sorted(result.scores, key=lambda one: one.code is None):  # the refused are why one looks
        yield f"    student {one.student}: {_score(one, result)}"


def _receipt(told: Receipt) -> Iterator[str]:
    counts = f"{told.scores_sent} score(s) sent, {told.scores_accepted} of {told.scores_total} in the SIS"
    yield f"    {told.action}; {told.calls} call(s); {counts}"
    if told.remote:
        yield "    SIS ids: " + ", ".join(f"{name} {value}" for name, value in sorted(told.remote.items()))


def _score(one: ScoreReceipt, result: SyncResult) -> str:
    if one.code is not None:
        return f"not accepted [{one.code}] {explain(one.code, {}, result.sis).message}"
    return "in the SIS" + (f", id {one.sis_id}" if one.sis_id else "")


def _time(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds")
