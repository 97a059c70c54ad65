"""Commands as events: made, published to gradebook.changes, and acknowledged before anybody is answered."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, cast

import structlog
from fastapi import Depends, Header, Request

from schemas.codec import Refused, TooLarge, encode
from schemas.gradebook import Change, GradebookChange
from schemas.keys import section_key
from streams.intake.admit import admit
from streams.structured_log import alias
from streams.web.answers import BadRequest, NotQueued
from streams.web.clicks import Clicks
from streams.web.publishing import Keyed, Publisher
from streams.web.reading import Visible

log = structlog.get_logger("streams.web")


@dataclass(slots=True)
class Commands:
    """`clock`: seconds since the epoch."""

    publisher: Publisher
    clock: Callable[[], float] = time.time
    clicks: Clicks = field(init=False)

    def __post_init__(self) -> None:
        self.clicks = Clicks(self.clock)

    def new_id(self, kind: str) -> str:
        return f"{kind}-{uuid.uuid4().hex}"

    @property
    def now_ms(self) -> int:
        return int(self.clock() * 1000)

    async def send(
        self,
        at: Visible,
        *changes: Change,
        event: str | None = None,
        version: int | None = None,
        occurred_at: int | None = None,
    ) -> list[GradebookChange]:
        """Publish changes of the section in the caller's name. `event` names them; `version` is the time unless told,
        so that a later one counts. NotQueued: not acknowledged; BadRequest: too large for a record.
        """
        now = self.now_ms
        name = event or self.new_id("web")
        events = [
            GradebookChange(
                tenant=at.tenant,
                section=at.section,
                event=name if number == 0 else f"{name}-{number}",
                version=now if version is None else version,
                occurred_at=now if occurred_at is None else occurred_at,
                actor=at.caller.actor,
                change=change,
            )
            for number, change in enumerate(changes)
        ]
        if at.caller.acts_for is not None:
            log.info(
                "acted_for_teacher",
                code=type(changes[0]).__name__,
                tenant_alias=alias(at.tenant),
                section_alias=alias(at.tenant, at.section),
            )
        if not all(await self.publisher.publish([_keyed(one) for one in events])):
            raise NotQueued
        return events


def _keyed(event: GradebookChange) -> Keyed:
    """As a record that intake will not set aside."""
    try:
        admit(event)
        return section_key(event.tenant, event.section), encode(event)
    except TooLarge:
        raise BadRequest("Too much for one request. Name fewer items.") from None
    except (Refused, UnicodeEncodeError):
        raise BadRequest("An id is empty, too long, or no text.") from None


async def commands(request: Request) -> Commands:
    return cast(Commands, request.app.state.commands)


TheCommands = Annotated[Commands, Depends(commands)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="A name for this click, such as a UUID: sent again with it, it is the same click.",
    ),
]
