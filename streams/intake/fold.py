"""How a change alters what we know. Pure: (state, change) -> state.

Every part of the state is a register written by the change with the highest stamp, (LMS version, event id). So
duplicates and older versions change nothing, and any order of the same changes ends in the same state. The parts
of an item: its fields, its list of scores, each later score by itself, its life (deleted or not), and the answer to a
conflict, which is used up by the decision that carries it.
"""

from collections.abc import Iterable
from dataclasses import replace

from schemas.gradebook import (
    Choice,
    ConflictResolved,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemRestored,
    LogSeen,
    MappingChanged,
    RosterChanged,
    Score,
    ScoresChanged,
    SectionBound,
)
from schemas.state import ItemState, Look, ScorePatch, SectionState

#: Teachers whose looks are kept: those who looked last.
LOOKS_KEPT = 200
#: Below every stamp an LMS can give (versions are not negative).
NEVER = -1

NEW_ITEM = ItemState(
    version=NEVER,
    event="",
    life_version=NEVER,
    life_event="",
    deleted=False,
    scores_version=NEVER,
    scores_event="",
    asked=False,
    routed=False,
    fingerprint="",
    held=False,
    choice=None,
    choice_version=NEVER,
    choice_event="",
    choice_revision=NEVER,
    patches=(),
    content=None,
)

NEW_SECTION = SectionState(
    binding_version=NEVER,
    binding_event="",
    binding=None,
    mapping_version=NEVER,
    mapping_event="",
    mapping=(),
    roster_version=NEVER,
    roster_event="",
    roster=(),
    looks=(),
)

Stamp = tuple[int, str]


def fold_section(state: SectionState, change: GradebookChange, written_at: int = 0) -> SectionState:
    """The section after a change of its binding, mapping or roster, or a look at its log; the same section after any
    other change. `written_at` is when the change was written to the topic, in milliseconds since the epoch.
    """
    stamp = _stamp(change)
    match change.change:
        case SectionBound() as binding if stamp > (state.binding_version, state.binding_event):
            return replace(state, binding=binding, binding_version=change.version, binding_event=change.event)
        case MappingChanged(categories=mapping) if stamp > (state.mapping_version, state.mapping_event):
            return replace(state, mapping=mapping, mapping_version=change.version, mapping_event=change.event)
        case RosterChanged(students=roster) if stamp > (state.roster_version, state.roster_event):
            return replace(state, roster=roster, roster_version=change.version, roster_event=change.event)
        case LogSeen(teacher=teacher):
            return _with_look(state, Look(teacher=teacher, version=stamp[0], event=stamp[1], at=written_at))
        case _:
            return state


def look_of(state: SectionState, change: GradebookChange) -> Look | None:
    """The look that a LogSeen told, when it is its teacher's last: just now, or when it came before."""
    for look in state.looks:
        if isinstance(change.change, LogSeen) and look.teacher == change.change.teacher:
            return look if (look.version, look.event) == _stamp(change) else None
    return None


def in_force(state: SectionState, change: GradebookChange) -> bool:
    """Whether the state's binding, mapping or roster is the one that this change told: just now, or when the
    change came before.
    """
    stamp = _stamp(change)
    match change.change:
        case SectionBound():
            return stamp == (state.binding_version, state.binding_event)
        case MappingChanged():
            return stamp == (state.mapping_version, state.mapping_event)
        case RosterChanged():
            return stamp == (state.roster_version, state.roster_event)
        case _:
            return False


def fold_item(state: ItemState, change: GradebookChange, offset: int = 0) -> ItemState:
    """The item after a change of it, which stands at `offset`; the same item after any other change."""
    stamp = _stamp(change)
    match change.change:
        case ItemChanged() as content:
            return _with_scores(_with_fields(state, content, stamp), content, stamp)
        case ScoresChanged(scores=scores):
            return _with_patches(state, scores, stamp)
        case ItemDeleted():
            return _with_life(state, stamp, deleted=True)
        case ItemRestored():
            return _with_life(state, stamp, deleted=False)
        case ConflictResolved(choice=choice):
            return _with_choice(state, choice, stamp, offset)
        case _:
            return state


def answered(state: ItemState, change: GradebookChange, offset: int) -> bool:
    """Whether the change, at `offset`, is the last answer to a conflict: just now, or when it came before. A copy of
    it at another offset is not.
    """
    return (*_stamp(change), offset) == (state.choice_version, state.choice_event, state.choice_revision)


def whole_content(state: ItemState) -> ItemChanged | None:
    """The item with every score known of it: the list, overlaid by each later score. None before its first
    ItemChanged.
    """
    if state.content is None or not state.patches:
        return state.content
    later = {patch.score.student: patch.score for patch in state.patches}
    # a student named twice in one list counts once, as last told
    told = {score.student: score for score in state.content.scores or ()}
    listed = [later.pop(student, score) for student, score in told.items()]
    return replace(state.content, scores=(*listed, *later.values()))


def _stamp(change: GradebookChange) -> Stamp:
    return change.version, change.event


def _with_fields(state: ItemState, content: ItemChanged, stamp: Stamp) -> ItemState:
    if stamp <= (state.version, state.event):
        return state
    kept = state.content.scores if state.content else None
    return replace(state, version=stamp[0], event=stamp[1], content=replace(content, scores=kept))


def _with_scores(state: ItemState, content: ItemChanged, stamp: Stamp) -> ItemState:
    if content.scores is None or stamp <= (state.scores_version, state.scores_event):
        return state
    if state.content is None:  # an item's own fields come with its first ItemChanged
        return state
    return replace(
        state,
        scores_version=stamp[0],
        scores_event=stamp[1],
        content=replace(state.content, scores=content.scores),
        patches=tuple(patch for patch in state.patches if (patch.version, patch.event) > stamp),
    )


def _with_patches(state: ItemState, scores: Iterable[Score], stamp: Stamp) -> ItemState:
    if stamp <= (state.scores_version, state.scores_event):
        return state
    patches = {patch.score.student: patch for patch in state.patches}
    for score in scores:
        before = patches.get(score.student)
        # equal: the same event again, or the same student twice in it, where the later mention counts
        if before is None or stamp >= (before.version, before.event):
            patches[score.student] = ScorePatch(version=stamp[0], event=stamp[1], score=score)
    if list(patches.values()) == list(state.patches):
        return state
    return replace(state, patches=tuple(patches[student] for student in sorted(patches)))


def _with_life(state: ItemState, stamp: Stamp, *, deleted: bool) -> ItemState:
    if stamp <= (state.life_version, state.life_event):
        return state
    return replace(state, life_version=stamp[0], life_event=stamp[1], deleted=deleted)


def _with_choice(state: ItemState, choice: Choice, stamp: Stamp, offset: int) -> ItemState:
    known = state.choice_version, state.choice_event
    # the same record again may have died before its decision was out: it counts again
    if stamp < known or (stamp == known and offset != state.choice_revision):
        return state
    return replace(
        state, choice=choice, choice_version=stamp[0], choice_event=stamp[1], choice_revision=offset
    )


def _with_look(state: SectionState, look: Look) -> SectionState:
    known = {one.teacher: one for one in state.looks}
    before = known.get(look.teacher)
    if before is not None and (look.version, look.event) <= (before.version, before.event):
        return state
    known[look.teacher] = look
    if len(known) > LOOKS_KEPT:
        del known[min(known, key=lambda teacher: (known[teacher].at, teacher))]
    return replace(state, looks=tuple(known[teacher] for teacher in sorted(known)))
