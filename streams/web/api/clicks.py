"""The teacher's clicks: sync, approve, a conflict's answer, the log seen. And an administrator's: release."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from schemas.gradebook import ApprovedItem, Choice, ConflictResolved, LogSeen, SyncRequested
from streams.held import held_items, parts
from streams.web.answers import REFUSALS, Conflict, NotAllowed, NotQueued, said
from streams.web.api.items import row
from streams.web.api.reviews import question
from streams.web.asked import Approval, Release, Resolution, SeenUpTo, SyncRequest
from streams.web.auth.people import Role
from streams.web.clicks import KeyReused
from streams.web.commands import Commands, IdempotencyKey, TheCommands
from streams.web.models import Queued
from streams.web.reading import Item, TheSection, Visible
from streams.web.reviewing import changed_since

_MAY = {**REFUSALS, **said(409, Conflict), **said(503, NotQueued), **said(422, KeyReused)}
router = APIRouter(prefix="/v1/districts/{tenant}/sections/{section}", tags=["commands"], responses=_MAY)

#: Approving waits so long for intake to say whether anything changed. Without its word the click is queued all the
#: same: intake holds every item to the fingerprint it was approved with.
CHECK_SECONDS = 3.0


@router.post("/sync", status_code=202)
async def sync(
    at: TheSection, commands: TheCommands, told: SyncRequest, idempotency_key: IdempotencyKey = None
) -> Queued:
    """Sync the section, or the items named. It only queues: watch the log, or /events."""
    items = tuple(dict.fromkeys(told.items)) if told.items else None

    async def click(seed: str) -> str:
        run = f"web-{seed}"
        await commands.send(at, SyncRequested(run=run, items=items), event=f"click-{seed}")
        return run

    once = await commands.clicks.once(_who(at), ("sync", items), idempotency_key, click)
    return Queued(run=once.answer, repeated=once.repeated)


@router.post("/approve", status_code=202)
async def approve(
    at: TheSection, commands: TheCommands, told: Approval, idempotency_key: IdempotencyKey = None
) -> Queued:
    """Sync exactly what was shown. 409, with what is different and nothing sent, when an item changed since."""
    pinned = {one.item: one.fingerprint for one in told.items}

    async def click(seed: str) -> tuple[str, bool]:
        checked = await _check(at, commands, pinned)
        run = f"web-{seed}"
        approved = [ApprovedItem(item=item, fingerprint=pin) for item, pin in pinned.items()]
        asks = [SyncRequested(run=run, approved=part) for part in parts(approved)]
        await commands.send(at, *asks, event=f"click-{seed}")
        return run, checked

    wish = ("approve", tuple(sorted(pinned.items())))
    once = await commands.clicks.once(_who(at), wish, idempotency_key, click)
    run, checked = once.answer
    return Queued(run=run, repeated=once.repeated, checked=checked)


async def _check(at: Visible, commands: Commands, pinned: dict[str, str]) -> bool:
    """Conflict when something changed; False when nobody said in time."""
    review = await question(at, commands, tuple(pinned))
    answer = await at.here.reviews.wait(at.tenant, at.section, review, CHECK_SECONDS)
    if answer is None:
        return False
    changes = changed_since(pinned, answer)
    if changes:
        raise Conflict("Something changed since it was shown. Look at it again.", detail={"changes": changes})
    return True


@router.post("/items/{item}/resolve", status_code=202)
async def resolve(
    at: TheSection,
    item: Item,
    commands: TheCommands,
    told: Resolution,
    idempotency_key: IdempotencyKey = None,
) -> Queued:
    """Answer an edit found in the SIS: keep the SIS's, send the LMS's, or adopt the SIS's as known."""
    found = row(at, item)
    if found.code != "CHANGED_IN_SIS":
        raise Conflict("This item waits for no such answer any more.", detail={"code": found.code})

    async def click(seed: str) -> str:
        change = ConflictResolved(item=item, choice=Choice(told.choice.upper()))
        await commands.send(at, change, event=f"click-{seed}")
        return f"click-{seed}"

    wish = ("resolve", item, told.choice)
    once = await commands.clicks.once(_who(at), wish, idempotency_key, click)
    return Queued(run=once.answer, repeated=once.repeated)


@router.post("/seen", status_code=202)
async def seen(at: TheSection, commands: TheCommands, told: SeenUpTo) -> Queued:
    """The teacher opened the log: the red dot goes. `up_to` is `updated` of the log that was shown, so that an error
    told meanwhile still lights it.
    """
    person = at.caller.person
    if person.role is not Role.TEACHER:
        raise NotAllowed("Only a teacher of the section can have seen its log.")
    now = commands.now_ms
    upto = now if told.up_to is None else min(now, told.up_to)

    async def look(seed: str) -> str:
        await commands.send(at, LogSeen(teacher=person.id), event=f"seen-{seed}", occurred_at=upto)
        return f"seen-{seed}"

    once = await commands.clicks.once(_who(at), ("seen", told.up_to), None, look)
    return Queued(run=once.answer, repeated=once.repeated)


@router.post("/release", status_code=202)
async def release(
    at: TheSection, commands: TheCommands, told: Release, idempotency_key: IdempotencyKey = None
) -> Queued:
    """Administrators: let go what the mass-change brake holds of the section, as its log shows it now."""
    if not at.caller.person.oversees:
        raise NotAllowed("Your district's administrator can release it.")
    waiting = [one for one in held_items(at.status().rows) if told.items is None or one.item in told.items]
    if not waiting:
        raise Conflict("Nothing of this section waits for an approval.")

    async def click(seed: str) -> str:
        run = f"release-{seed}"
        asks = [SyncRequested(run=run, approved=part) for part in parts(waiting)]
        await commands.send(at, *asks, event=f"click-{seed}")
        return run

    wish = ("release", tuple((one.item, one.fingerprint) for one in waiting))
    once = await commands.clicks.once(_who(at), wish, idempotency_key, click)
    return Queued(run=once.answer, repeated=once.repeated, items=len(waiting))


def _who(at: Visible) -> tuple[Any, ...]:
    person = at.caller.person
    return at.tenant, at.section, person.role.value, person.id, at.caller.acts_for
