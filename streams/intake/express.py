"""The common change the short way: a whole item with its scores, folded and routed without decoding it; and the
common item of a click on a whole section, of which there may be fifty thousand.

Nine changes of ten are an ItemChanged that replaces the item and all its scores, of an item with no history of
deletes or single later scores. For those the new state, the desired item and the result are the event's own bytes
with a few fields around them. `Express.take` and `Express.decide` answer False for everything else, having done
nothing, and the stage goes the long way. A test holds the two ways to each other over random changes.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from schemas import shape, splice
from schemas.gradebook import SyncMode
from schemas.registry import NAMESPACE, Schema, schemas
from schemas.results import Outcome
from streams.intake import thin
from streams.intake.asks import Ask
from streams.intake.brake import FINGERPRINT
from streams.intake.memory import Section
from streams.intake.ready import Ready
from streams.intake.route import Asked

_CHANGE = shape.resolve(schemas().current("GradebookChange").schema)
_BRANCHES = shape.field_type(_CHANGE, "change")
_ITEM_BRANCH = [branch["name"] for branch in _BRANCHES].index(f"{NAMESPACE}.ItemChanged")
_ITEM = _BRANCHES[_ITEM_BRANCH]
_SCORE = shape.field_type(_ITEM, "scores")[1]["items"]

_STATE = splice.header("ItemState")
# revision 0, version 0, event "", decided at 0, run null, not deleted, no choice, fingerprint ""
_WITHOUT_ORDER = b"\x00\x00\x00\x00" + splice.NULL + splice.FALSE + splice.NULL + b"\x00"
# not deleted, no choice, and the length of a fingerprint
_LIVE = splice.FALSE + splice.NULL + splice.long(32)
# never deleted or restored: life_version -1, life_event "", deleted false
_ALIVE = splice.long(-1) + b"\x00" + splice.FALSE
# asked, routed and the fingerprint of what was
_NEVER_ASKED = splice.FALSE + splice.FALSE + b"\x00"
_ASKED_AND_ROUTED = splice.TRUE + splice.TRUE + b"\x40"
# a fingerprint follows, where there may be none
_SOME_NAME = splice.SOME + b"\x40"
# not held; no choice, and never one; no patches
_NOTHING_OPEN = splice.FALSE + splice.NULL + splice.long(-1) + b"\x00" + splice.long(-1) + splice.EMPTY
_SPACE = 0x20
#: Step 0 and the outcome, as encoded.
_QUEUED = b"\x00" + splice.symbol(list(Outcome).index(Outcome.QUEUED))
_OBSERVED = b"\x00" + splice.symbol(list(Outcome).index(Outcome.OBSERVED))
OUTCOMES = {_QUEUED: Outcome.QUEUED, _OBSERVED: Outcome.OBSERVED}


def _kept(*patterns: bytes) -> bytes:
    return b"(" + b"".join(patterns) + b")"


def _of(record: Schema, name: str) -> bytes:
    return shape.pattern(shape.field_type(record, name))


# Groups: item, kind and title, category, due, points and published, count of scores.
_CONTENT = (
    _kept(shape.string(shape.KEY_SAFE, 1)),
    _kept(_of(_ITEM, "kind"), shape.string(shortest=1)),
    _kept(_of(_ITEM, "category")),
    _kept(_of(_ITEM, "due")),
    _kept(_of(_ITEM, "points"), _of(_ITEM, "published")),
    _of(_ITEM, "counts"),
    _of(_ITEM, "extra_credit"),
    _of(_ITEM, "description"),
    splice.SOME,
    _kept(shape.count()),
)
#: An item, from its id to the count of its scores.
_COMMON_ITEM = shape.compiled(_CONTENT)
#: From the event id (tenant and section come before it) to the count of scores. Groups: event, version, and those of
#: the item.
_COMMON_CHANGE = shape.compiled(
    [
        _kept(shape.string(shortest=1)),
        _kept(shape.natural()),
        _of(_CHANGE, "occurred_at"),
        _of(_CHANGE, "actor"),
        splice.symbol(_ITEM_BRANCH),
        *_CONTENT,
    ]
)
_SCORE_LIST = shape.Repeated(shape.pattern(_SCORE))
#: An item's state without deletes, choices and single scores, and not held. Groups: version, version of the scores;
#: asked, routed and the fingerprint.
_COMMON_STATE = shape.compiled(
    [
        re.escape(_STATE),
        _kept(shape.pattern("long")),
        shape.pattern("string"),
        _ALIVE,
        _kept(shape.pattern("long")),
        shape.pattern("string"),
        _kept(shape.pattern("boolean"), shape.pattern("boolean"), FINGERPRINT),
        re.escape(_NOTHING_OPEN),
        splice.SOME,
    ]
)


@dataclass(slots=True)
class Express:
    """The short way of one partition. `desire` and `tell` take the desired item and the result; `now` is the
    encoded time of the batch.
    """

    desire: Callable[[Section, bytes, bytes], None]
    tell: Callable[[Section, bytes], None]
    now: bytes = b""
    #: Results by step and outcome, as encoded, since somebody last looked.
    told: Counter[bytes] = field(default_factory=Counter)

    def take(self, section: Section, value: bytes, offset: int) -> bool:
        """Fold and route `value`, the change at `offset`; False when it is not a common one."""
        ready = section.ready
        if ready is None or not value.startswith(ready.change_prefix):
            return False
        match = _COMMON_CHANGE.match(value, len(ready.change_prefix))
        if match is None:
            return self._take_scores(section, ready, value, offset)
        event, version, item, titled, category, due, points, count = match.groups()
        if _SCORE_LIST[count[0] >> 1].fullmatch(value, match.end()) is None:
            return False
        part = item[1:]
        row = section.items.get(part)
        past = _NEVER_ASKED if row is None else _past(row, version)
        if past is None:
            return False
        content = value[match.start(3) :]
        revision = splice.long(offset)
        if ready.mode is SyncMode.AUTO:
            verdict = _verdict(ready, titled, category, due, points)
            if verdict is None:
                return False
            order = (revision, version, event, splice.NULL)
            name = self._send(section, ready, item, order, verdict, content)
            outcome, fingerprint, past = _QUEUED, _SOME_NAME + name, _ASKED_AND_ROUTED + name
        else:
            outcome, fingerprint = _OBSERVED, splice.NULL
        state = (_STATE, version, event, _ALIVE, version, event, past, _NOTHING_OPEN, splice.SOME, content)
        section.keep(part, b"".join(state))
        self._tell(section, ready, (item, revision, outcome, version), titled, splice.NULL, fingerprint)
        return True

    def _take_scores(self, section: Section, ready: Ready, value: bytes, offset: int) -> bool:
        told = thin.read(value, len(ready.change_prefix))
        row = None if told is None else section.items.get(told.item[1:])
        folded = None if told is None or row is None else thin.fold(row, told)
        match = None if folded is None else _COMMON_ITEM.match(folded.content)
        if told is None or folded is None or match is None or match[1] != told.item:
            return False
        _, titled, category, due, points, count = match.groups()
        content = thin.overlay(folded.content, match.start(6), count, folded.later)
        if content is None:
            return False
        revision, past, outcome, fingerprint = splice.long(offset), folded.past, _OBSERVED, splice.NULL
        if ready.mode is SyncMode.AUTO:
            verdict = _verdict(ready, titled, category, due, points)
            if verdict is None:
                return False
            order = (revision, folded.version, told.event, splice.NULL)
            name = self._send(section, ready, told.item, order, verdict, content)
            outcome, fingerprint, past = _QUEUED, _SOME_NAME + name, _ASKED_AND_ROUTED + name
        after = b"".join((folded.before, past, folded.after, folded.content))
        if after != row:  # the same scores again
            section.keep(told.item[1:], after)
        result = (told.item, revision, outcome, folded.version)
        self._tell(section, ready, result, titled, splice.NULL, fingerprint)
        return True

    def decide(self, section: Section, item: bytes, ask: Ask, asked: Asked) -> bool:
        """Route an item of the section's memory; False when it is not a common one, or may not be sent."""
        ready, row = section.ready, section.items.get(item)
        if ready is None or row is None or asked.approved is not None:
            return False
        state = _COMMON_STATE.match(row)
        match = None if state is None else _COMMON_ITEM.match(row, state.end())
        if state is None or match is None or (ask is Ask.AGAIN and state[3] == _NEVER_ASKED):
            return False
        name, titled, category, due, points, count = match.groups()
        if name[1:] != item or _SCORE_LIST[count[0] >> 1].fullmatch(row, match.end()) is None:
            return False
        verdict = _verdict(ready, titled, category, due, points)
        if verdict is None:
            return False
        version, revision, run = state[1], splice.long(asked.revision), splice.optional(asked.run)
        order = (revision, version, splice.string(asked.event), run)
        fingerprint = self._send(section, ready, name, order, verdict, row[state.end() :])
        if state[3] != _ASKED_AND_ROUTED + fingerprint:
            section.keep(item, row[: state.start(3)] + _ASKED_AND_ROUTED + fingerprint + row[state.end(3) :])
        told = (name, revision, _QUEUED, version)
        self._tell(section, ready, told, titled, run, _SOME_NAME + fingerprint)
        return True

    def differs(self, section: Section, item: bytes) -> bool | None:
        """Whether an item of the section's memory, which was asked for, would now be sent other than it last was; None
        when it is not a common one, or may not be sent.
        """
        ready, row = section.ready, section.items[item]
        state = _COMMON_STATE.match(row)
        match = None if state is None else _COMMON_ITEM.match(row, state.end())
        if ready is None or state is None or match is None:
            return None
        name, titled, category, due, points, count = match.groups()
        if name[1:] != item or _SCORE_LIST[count[0] >> 1].fullmatch(row, match.end()) is None:
            return None
        verdict = _verdict(ready, titled, category, due, points)
        if verdict is None:
            return None
        rest = b"".join((ready.binding, verdict, ready.students, row[state.end() :]))
        sent = _ASKED_AND_ROUTED + _fingerprint(ready, name, rest)
        return state[3] != _NEVER_ASKED and state[3] != sent

    def _send(
        self,
        section: Section,
        ready: Ready,
        item: bytes,
        order: tuple[bytes, bytes, bytes, bytes],
        verdict: bytes,
        content: bytes,
    ) -> bytes:
        """Desire the item with this revision, version, event and run; its fingerprint."""
        revision, version, event, run = order
        rest = b"".join((ready.binding, verdict, ready.students, content))
        name = _fingerprint(ready, item, rest)
        desired = (ready.desired_prefix, item, revision, version, event, self.now, run, _LIVE, name, rest)
        self.desire(section, item[1:], b"".join(desired))
        return name

    def _tell(
        self,
        section: Section,
        ready: Ready,
        order: tuple[bytes, bytes, bytes, bytes],
        titled: bytes,
        run: bytes,
        fingerprint: bytes,
    ) -> None:
        item, revision, outcome, version = order
        self.told[outcome] += 1
        told = (ready.result_prefix, item, revision, outcome, version, self.now, titled, splice.FALSE)
        # code, params and next try come before the fingerprint; problems, receipt, seen by and scores after it
        after = (ready.sis, run, b"\x00\x00\x00", fingerprint, b"\x00\x00\x00\x00")
        self.tell(section, b"".join((*told, *after)))


def _past(row: bytes, version: bytes) -> bytes | None:
    """Whether the item of that row was ever asked for and routed, as encoded; None when this version does not simply
    replace the row.
    """
    match = _COMMON_STATE.match(row)
    if match is None:
        return None
    known, scores, asked = match.groups()
    later = splice.greater(version, known) and (scores == known or splice.greater(version, scores))
    return asked if later else None


def _verdict(ready: Ready, titled: bytes, category: bytes, due: bytes, points: bytes) -> bytes | None:
    """The category and date to send, as encoded; None for a title or a verdict that must be explained."""
    # a byte of kind and one of length come first; the only blank it may hold is a space
    if len(titled) - 2 > ready.title_max or titled[2] == _SPACE or titled[-1] == _SPACE:
        return None
    target, day = ready.categories[category], ready.days[due]
    if target is None or day is None or ready.values[points] is None:
        return None
    return target + day


def _fingerprint(ready: Ready, item: bytes, rest: bytes) -> bytes:
    bare = b"".join((ready.desired_prefix, item, _WITHOUT_ORDER, rest))
    return blake2b(bare, digest_size=16).hexdigest().encode()
