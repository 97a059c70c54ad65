"""The red dot: whether an error was told that this teacher has not seen."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from streams.web.answers import REFUSALS
from streams.web.auth.access import may_see
from streams.web.models import Unseen, UnseenSections
from streams.web.reading import CaughtUp, Reading, Tenant, TheSection
from streams.web.render import maybe_moment
from streams.web.sections import Entry
from streams.web.signin import Caller, SignedIn

router = APIRouter(prefix="/v1/districts/{tenant}", tags=["status"], responses=REFUSALS)


def unseen_by(entry: Entry, teacher: str) -> bool:
    """Whether the section's newest error is newer than the teacher's last look."""
    marks = entry.marks()
    return marks.last_error_at is not None and marks.seen.get(teacher, -1) < marks.last_error_at


@router.get("/unseen", response_model=UnseenSections)
async def unseen_sections(caller: SignedIn, here: CaughtUp, tenant: Tenant) -> dict[str, Any]:
    """Which of the caller's own sections have an error not seen yet."""
    found = await run_in_threadpool(_unseen, here, caller, tenant)
    return {"unseen": bool(found), "sections": found}


def _unseen(here: Reading, caller: Caller, tenant: str) -> list[str]:
    return [
        section
        for section in here.sections.taught_by(tenant, caller.teacher)
        if may_see(caller.person, tenant, section, here.sections.teachers(tenant, section))
        and unseen_by(here.entry(tenant, section), caller.teacher)
    ]


@router.get("/sections/{section}/unseen", response_model=Unseen)
async def unseen(at: TheSection) -> dict[str, Any]:
    """Whether the section has an error the caller has not seen yet."""
    marks = at.entry.marks()
    return {
        "unseen": unseen_by(at.entry, at.caller.teacher),
        "last_error": maybe_moment(marks.last_error_at),
        "seen": maybe_moment(marks.seen.get(at.caller.teacher)),
    }
