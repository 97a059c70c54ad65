"""What the SIS should have of an item, and what the teacher is told. Pure: values in, values out.

A decision ends in one of three: the full desired item for the SIS's topic and Queued; an Error with its code;
or, when nobody asked for a sync, Observed. Decisions about an item are ordered by revision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from schemas.codec import TooLarge, encode
from schemas.desired import DesiredItem
from schemas.gradebook import ItemChanged, ItemKind, RosterEntry, RosterStatus, SectionBound
from schemas.results import Outcome, SyncResult, shown_title
from schemas.state import ItemState, SectionState
from streams.intake.asks import Ask
from streams.intake.fold import whole_content
from streams.rules.category import mapping_of
from streams.rules.district_view import DistrictView
from streams.rules.problem import Problem
from streams.rules.verdict import Accepted, Refused, Verdict, decide, section_problems

#: Codes of route's own, beside those of the rules.
ITEM_UNKNOWN = "ITEM_UNKNOWN"
ITEM_TOO_LARGE = "ITEM_TOO_LARGE"
APPROVAL_OUTDATED = "APPROVAL_OUTDATED"
MASS_CHANGE_HELD = "MASS_CHANGE_HELD"

# bytes that order, time, cause and run add to a desired item's content; ids are capped by `admit`
_ORDER_ROOM = 3_000
# characters of a parameter: the title of a day off, say, is as long as its district made it
_PARAM_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a decision is made: the change that asked, its order, and the clock of the one who decides.

    `now` is in milliseconds since the epoch; `approved` holds the fingerprints a teacher saw, by item; `ask` says
    how much is wanted of the item.
    """

    event: str
    revision: int
    now: int
    run: str | None = None
    approved: Mapping[str, str] | None = None
    ask: Ask = Ask.DECIDE


@dataclass(frozen=True, slots=True)
class Place:
    """Whose item it is."""

    tenant: str
    section: str
    item: str


@dataclass(frozen=True, slots=True)
class Routed:
    """A decision: the item's next state, what the SIS should have (None: nothing new), what is told."""

    state: ItemState
    desired: DesiredItem | None
    result: SyncResult


def observe(place: Place, section: SectionState, state: ItemState, asked: Asked) -> SyncResult:
    """Nobody asked for a sync: the item was seen."""
    return _result(place, section, state, asked, Outcome.OBSERVED)


def route(
    place: Place, section: SectionState, state: ItemState, district: DistrictView | None, asked: Asked
) -> Routed:
    """Decide one item."""
    content = whole_content(state)
    if _left_alone(state, content, asked.ask):
        return Routed(state, None, observe(place, section, state, asked))
    state = replace(state, asked=True)
    if content is None:
        return _refuse(place, section, state, asked, (Problem(ITEM_UNKNOWN),))
    problems = section_problems(section.binding, district)
    if problems or section.binding is None:
        return _refuse(place, section, state, asked, problems)
    if state.deleted:
        verdict: Verdict = Accepted("", "")
        content = replace(content, scores=None)
    else:
        verdict = decide(content, section.binding, mapping_of(section.mapping), district)
    if isinstance(verdict, Refused):
        return _refuse(place, section, state, asked, verdict.problems)
    try:
        desired = _desired(place, section, section.binding, content, verdict, deleted=state.deleted)
    except TooLarge:
        return _refuse(place, section, state, asked, (Problem(ITEM_TOO_LARGE),))
    accepted = _accept(place, section, section.binding, state, asked, desired)
    if asked.approved is not None and asked.approved.get(place.item) != desired.fingerprint:
        if state.held:
            return hold(state, accepted, {"again": "changed", "fingerprint": desired.fingerprint})
        return _refuse(place, section, state, asked, (Problem(APPROVAL_OUTDATED),))
    if state.held and not _releases(asked):
        return hold(state, accepted, {"fingerprint": desired.fingerprint})
    return accepted


def _releases(asked: Asked) -> bool:
    """Whether an item that the brake holds may go: approved as it is, or asked for by a click."""
    return (
        asked.approved is not None
        or asked.ask is Ask.INSIST
        or (asked.run is not None and asked.ask is Ask.DECIDE)
    )


def hold(before: ItemState, accepted: Routed, params: Mapping[str, str]) -> Routed:
    """A decision that the mass-change brake holds back. `before` is the item without it."""
    state = replace(
        accepted.state,
        routed=before.routed,
        fingerprint=before.fingerprint,
        choice=before.choice,
        held=True,
    )
    result = replace(
        accepted.result,
        step=2,
        outcome=Outcome.ERROR,
        code=MASS_CHANGE_HELD,
        params=params,
        fingerprint=None,
    )
    return Routed(state, None, result)


def _left_alone(state: ItemState, content: ItemChanged | None, ask: Ask) -> bool:
    """Whether there is nothing to sync yet, which is no error."""
    if state.routed:
        return False
    draft = content is not None and not content.published
    return state.deleted or (ask is Ask.AGAIN and not state.asked) or (draft and ask is not Ask.INSIST)


def listed_students(roster: tuple[RosterEntry, ...]) -> tuple[RosterEntry, ...]:
    """The students delivery must be told of: another id in the SIS, or dropped."""
    return tuple(
        entry
        for entry in roster
        if entry.status is RosterStatus.DROPPED or entry.sis_student not in (None, entry.student)
    )


def _desired(
    place: Place,
    section: SectionState,
    binding: SectionBound,
    content: ItemChanged,
    verdict: Accepted,
    *,
    deleted: bool,
) -> DesiredItem:
    bare = DesiredItem(
        tenant=place.tenant,
        section=place.section,
        item=place.item,
        revision=0,
        version=0,
        event="",
        decided_at=0,
        run=None,
        deleted=deleted,
        choice=None,
        fingerprint="",
        school=binding.school,
        sis_section=binding.sis_section,
        sis_teacher=binding.sis_teacher,
        sis_category=verdict.sis_category,
        due_date=verdict.due_date,
        students=listed_students(section.roster),
        content=content,
    )
    return replace(bare, fingerprint=fingerprint(encode(bare, room=_ORDER_ROOM)))


def fingerprint(bare: bytes) -> str:
    """Name of the content: a hash of the desired item's bytes without order, time and cause."""
    return blake2b(bare, digest_size=16).hexdigest()


def _accept(
    place: Place,
    section: SectionState,
    binding: SectionBound,
    state: ItemState,
    asked: Asked,
    desired: DesiredItem,
) -> Routed:
    desired = replace(
        desired,
        revision=asked.revision,
        version=state.version,
        event=asked.event,
        decided_at=asked.now,
        run=asked.run,
        choice=state.choice,
    )
    result = replace(
        _result(place, section, state, asked, Outcome.QUEUED),
        sis=binding.sis,
        fingerprint=desired.fingerprint,
    )
    # a restored item that was deleted in the SIS is routed again; an answer to a conflict is used up
    state = replace(state, routed=True, fingerprint=desired.fingerprint, held=False, choice=None)
    return Routed(state, desired, result)


def _refuse(
    place: Place, section: SectionState, state: ItemState, asked: Asked, problems: Sequence[Problem]
) -> Routed:
    first, *others = problems
    params = {name: value[:_PARAM_SHOWN] for name, value in first.params.items()}
    if others:
        params["also"] = ",".join(problem.code for problem in others)
    result = replace(
        _result(place, section, state, asked, Outcome.ERROR), step=2, code=first.code, params=params
    )
    return Routed(replace(state, fingerprint=""), None, result)


def _result(
    place: Place, section: SectionState, state: ItemState, asked: Asked, outcome: Outcome
) -> SyncResult:
    return SyncResult(
        tenant=place.tenant,
        section=place.section,
        item=place.item,
        revision=asked.revision,
        step=0,
        outcome=outcome,
        version=state.version,
        at=asked.now,
        kind=state.content.kind if state.content else ItemKind.ASSIGNMENT,
        title=shown_title(state.content.title if state.content else place.item),
        deleted=state.deleted,
        sis=section.binding.sis if section.binding else None,
        run=asked.run,
    )
