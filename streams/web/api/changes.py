"""The HTTP intake, for an LMS without a Kafka client: the same events, the same topic, one outcome for each."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from streams.web.answers import REFUSALS, Answer, BadRequest, NotFound, said
from streams.web.auth.access import may_publish
from streams.web.auth.people import Role
from streams.web.changes import AVRO, BODY_BYTES, JSON, LINES, Admitted, Judged, Turned, Unread, read
from streams.web.commands import TheCommands
from streams.web.models import ChangeOutcome, ChangeOutcomes
from streams.web.signin import SignedIn

router = APIRouter(tags=["publishing"])
#: Events remembered by each replica. One forgotten only costs a record that changes nothing.
_KEPT = 100_000


class TooLarge(Answer):
    """A body above 10 MB."""

    status, code = 413, "TOO_LARGE"
    message = "A request takes 1,000 events and 10 MB at most."


class UnknownKind(Answer):
    """A Content-Type that is none of ours."""

    status, code = 415, "UNKNOWN_CONTENT_TYPE"
    message = f"Send {JSON}, {LINES} or {AVRO}."


@dataclass(slots=True)
class Published:
    """Event ids of late and what they said."""

    _seen: OrderedDict[tuple[str, str, str], bytes] = field(default_factory=OrderedDict)

    def before(self, event: Admitted) -> bytes | None:
        """What was published under the event's id; None when nothing is remembered."""
        return self._seen.get(self._name(event))

    def note(self, event: Admitted) -> None:
        self._seen[self._name(event)] = content(event)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)

    @staticmethod
    def _name(event: Admitted) -> tuple[str, str, str]:
        return event.change.tenant, event.change.section, event.change.event


def content(event: Admitted) -> bytes:
    """Name of what an event says, its time apart: one that was left out is told anew each time."""
    change = event.change
    told = repr((change.version, change.actor, change.change))
    return hashlib.blake2b(told.encode(errors="replace"), digest_size=16).digest()


_BODY = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (LINES, AVRO)}
_OPENAPI = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"type": ["array", "object"], "items": {"type": "object"}}}, **_BODY},
    }
}


@router.post(
    "/v1/changes",
    openapi_extra=_OPENAPI,
    responses={**REFUSALS, **said(413, TooLarge), **said(415, UnknownKind)},
)
async def changes(request: Request, caller: SignedIn, commands: TheCommands) -> ChangeOutcomes:
    """Publish changes of an LMS. Each event has its own outcome: `accepted` is acknowledged by the broker,
    `duplicate` was already, `refused` says why, `unknown` was not acknowledged in time: send it again, an event
    that comes twice changes nothing.
    """
    if caller.person.role not in (Role.PUBLISHER, Role.OPERATOR):
        raise NotFound
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (JSON, LINES, AVRO):
        raise UnknownKind
    body = await _body(request)
    person, now = caller.person, commands.now_ms
    try:
        judged = await run_in_threadpool(read, kind, body, now, lambda tenant: may_publish(person, tenant))
    except Unread:
        raise BadRequest("This is no batch of events.") from None
    published: Published = request.app.state.published
    outcomes, sending = _sorted_out(judged, published)
    if sending:
        acknowledged = await commands.publisher.publish([(one.key, one.value) for one in sending.values()])
        for (index, event), there in zip(sending.items(), acknowledged, strict=True):
            if there:
                published.note(event)
            else:
                outcomes[index] = outcomes[index].model_copy(update={"outcome": "unknown"})
    accepted = sum(one.outcome in ("accepted", "duplicate") for one in outcomes)
    return ChangeOutcomes(accepted=accepted, events=outcomes)


async def _body(request: Request) -> bytes:
    """No more than is allowed is ever held, whatever Content-Length says."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_BYTES:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _sorted_out(
    judged: list[Judged], published: Published
) -> tuple[list[ChangeOutcome], dict[int, Admitted]]:
    """An outcome for each event, as if the broker will take all that is sent, and what is to be sent."""
    outcomes: list[ChangeOutcome] = []
    sending: dict[int, Admitted] = {}
    batch = Published()
    for index, event in enumerate(judged):
        if isinstance(event, Turned):
            told = {"code": event.code, "path": event.path, "what": event.what, "fix": event.fix}
            outcomes.append(ChangeOutcome(index=index, event=None, outcome="refused", **told))
            continue
        before = published.before(event) or batch.before(event)
        name = event.change.event
        if before is None:
            batch.note(event)
            sending[index] = event
            outcomes.append(ChangeOutcome(index=index, event=name, outcome="accepted"))
        elif before == content(event):
            outcomes.append(ChangeOutcome(index=index, event=name, outcome="duplicate"))
        else:
            reused = {
                "code": "EVENT_ID_REUSED",
                "path": "event",
                "what": "was published with another content",
            }
            fix = "Give each event an id of its own."
            outcomes.append(ChangeOutcome(index=index, event=name, outcome="refused", fix=fix, **reused))
    return outcomes, sending
