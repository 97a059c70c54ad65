"""Configuration: the section's categories mapped to those of the SIS, and copied to other sections."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from schemas.gradebook import CategoryMapping, MappingChanged
from streams.web.answers import REFUSALS, Answer, BadRequest, NotFound, NotQueued, said
from streams.web.asked import CopyRequest, MappingRequest
from streams.web.commands import Commands, TheCommands
from streams.web.mapping import described, etag, problems, sis_categories
from streams.web.models import Copied, CopyOutcome, Mapping, Saved
from streams.web.reading import TheSection, Visible, find

router = APIRouter(
    prefix="/v1/districts/{tenant}/sections/{section}/mapping", tags=["configuration"], responses=REFUSALS
)
#: Saving waits so long to see the mapping in force; then it is queued and comes later.
APPLIED_SECONDS = 2.0


class SavedByAnother(Answer):
    """If-Match names a mapping that is not the one in force."""

    status, code = 412, "MAPPING_CHANGED"
    message = "Somebody changed the mapping meanwhile. Look at it again."


class DoesNotFit(BadRequest):
    """A category mapped twice, or to one the SIS does not have; `detail` says which."""

    code = "MAPPING_REFUSED"
    message = "This mapping cannot be saved."


_MAY = {**said(412, SavedByAnother), **said(422, DoesNotFit), **said(503, NotQueued)}


@router.get("", response_model=Mapping)
async def read(at: TheSection, response: Response) -> dict[str, Any]:
    """The mapping in force, and the SIS's categories, as far as they are known."""
    state = at.state
    if state is not None:
        response.headers["ETag"] = etag(state)
    response.headers["Cache-Control"] = "private, no-cache"
    return described(state, at.here.districts.get(at.tenant), at.status().rows)


@router.put("", responses={**_MAY, 202: {"model": Saved, "description": "Queued, not in force yet."}})
async def save(
    at: TheSection,
    commands: TheCommands,
    told: MappingRequest,
    response: Response,
    if_match: Annotated[str | None, Header(description="The ETag of the mapping that was shown.")] = None,
) -> Saved:
    """Make this the section's mapping. `applied`: it is in force; otherwise it is queued and will be."""
    state = at.state
    if if_match is not None and if_match != "*" and (state is None or if_match != etag(state)):
        raise SavedByAnother
    mapping = tuple(
        CategoryMapping(category=one.category, sis_category=one.sis_category, name=one.name)
        for one in told.categories
    )
    found = _problems(at, mapping)
    if found:
        raise DoesNotFit(detail={"problems": found})
    applied = await _put(at, commands, mapping)
    response.status_code = 200 if applied else 202
    return Saved(applied=applied)


@router.post("/copy", responses=_MAY)
async def copy(at: TheSection, commands: TheCommands, told: CopyRequest) -> Copied:
    """Make this section's mapping that of others, each by itself: what does not fit one is told and not copied."""
    mapping = () if at.state is None else at.state.mapping
    wanted = dict.fromkeys(told.sections)
    return Copied(sections=[await _copied(at, commands, section, mapping) for section in wanted])


async def _copied(
    at: Visible, commands: Commands, section: str, mapping: tuple[CategoryMapping, ...]
) -> CopyOutcome:
    try:
        target = find(at.here, at.caller, at.tenant, section)
    except NotFound:
        return CopyOutcome(section=section, outcome="not_found")
    if _problems(target, mapping):
        return CopyOutcome(section=section, outcome="does_not_fit")
    try:
        await _send(target, commands, mapping)
    except NotQueued:
        return CopyOutcome(section=section, outcome="not_queued")
    return CopyOutcome(section=section, outcome="queued")


def _problems(at: Visible, mapping: tuple[CategoryMapping, ...]) -> list[dict[str, Any]]:
    binding = None if at.state is None else at.state.binding
    district = at.here.districts.get(at.tenant)
    return problems(mapping, sis_categories(district, None if binding is None else binding.sis_section))


async def _put(at: Visible, commands: Commands, mapping: tuple[CategoryMapping, ...]) -> bool:
    version, event = await _send(at, commands, mapping)

    def in_force() -> bool:
        state = at.state
        return state is not None and (state.mapping_version, state.mapping_event) >= (version, event)

    return await at.here.hub.until(at.tenant, at.section, in_force, APPLIED_SECONDS)


async def _send(at: Visible, commands: Commands, mapping: tuple[CategoryMapping, ...]) -> tuple[int, str]:
    """The stamp of the new mapping: above the one in force, whatever numbers the LMS uses."""
    held = -1 if at.state is None else at.state.mapping_version
    version = max(commands.now_ms, held + 1)
    (event,) = await commands.send(at, MappingChanged(categories=mapping), version=version)
    return version, event.event
