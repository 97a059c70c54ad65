"""The common change the short way: a whole item with its scores, folded and routed without decoding it; and the
common item of a click on a whole section, of which there may be fifty thousand.

Nine changes of ten are an ItemChanged that replaces the item and all its scores, of an item with no history of
deletes or single later scores. For those the new state, the desired item and the result are the event's own bytes
with a few fields around them. `Express.take` and `Express.decide` answer False for everything else, having done
nothing, and the stage goes the long way. A test holds the two ways to each other over random changes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from schemas import shape, splice
from schemas.gradebook import SyncMode
from schemas.registry import NAMESPACE, Schema, schemas
from schemas.results import Outcome
from streams.intake.asks import Ask
from streams.intake.memory import Ready, Section
from streams.intake.route import Asked

_CHANGE = shape.resolve(schemas().current("GradebookChange").schema)
_BRANCHES = shape.field_type(_CHANGE, "change")
_ITEM_BRANCH = [branch["name"] for branch in _BRANCHES].index(f"{NAMESPACE}.ItemChanged")
_ITEM = _BRANCHES[_ITEM_BRANCH]
_SCORE = shape.field_type(_ITEM, "scores")[1]["items"]

_DESIRED = splice.header("DesiredItem")
_RESULT = splice.header("SyncResult")
_STATE = splice.header("ItemState")
# revision 0, version 0, event "", decided at 0, run null, not deleted, no choice, fingerprint ""
_WITHOUT_ORDER = b"\x00\x00\x00\x00" + splice.NULL + splice.FALSE + splice.NULL + b"\x00"
# not deleted, no choice, and the length of a fingerprint
_LIVE = splice.FALSE + splice.NULL + splice.long(32)
# never deleted or restored: life_version -1, life_event "", deleted false
_ALIVE = splice.long(-1) + b"\x00" + splice.FALSE
_NEVER_ASKED = splice.FALSE + splice.FALSE
_ASKED_AND_ROUTED = splice.TRUE + splice.TRUE
_QUEUED = b"\x00" + splice.symbol(list(Outcome).index(Outcome.QUEUED))
_OBSERVED = b"\x00" + splice.symbol(list(Outcome).index(Outcome.OBSERVED))


def _kept(*patterns: bytes) -> bytes:
    return b"(" + b"".join(patterns) + b")"


def _of(record: Schema, name: str) -> bytes:
    return shape.pattern(shape.field_type(record, name))


# Groups: item, kind, title, all the rules ask for, count of scores.
_CONTENT = (
    _kept(shape.string(shape.KEY_SAFE, 1)),
    _kept(_of(_ITEM, "kind")),
    _kept(shape.string(shortest=1)),
    _kept(*(_of(_ITEM, name) for name in ("category", "due", "points", "published"))),
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
#: An item's state without deletes, open choices and single scores. Groups: version, version of the scores, asked and
#: routed.
_COMMON_STATE = shape.compiled(
    [
        re.escape(_STATE),
        _kept(shape.pattern("long")),
        shape.pattern("string"),
        _ALIVE,
        _kept(shape.pattern("long")),
        shape.pattern("string"),
        _kept(shape.pattern("boolean"), shape.pattern("boolean")),
        splice.NULL,
        splice.EMPTY,
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

    def take(self, section: Section, value: bytes, offset: int) -> bool:
        """Fold and route `value`, the change at `offset`; False when it is not a common one."""
        ready = section.ready
        if ready is None or not value.startswith(ready.change_prefix):
            return False
        match = _COMMON_CHANGE.match(value, len(ready.change_prefix))
        if match is None:
            return False
        event, version, item, kind, title, asked, count = match.groups()
        if _SCORE_LIST[count[0] >> 1].fullmatch(value, match.end()) is None:
            return False
        past = _past(section.items.get(item[1:]), version)
        if past is None:
            return False
        content = value[match.start(3) :]
        revision = splice.long(offset)
        if ready.mode is SyncMode.AUTO:
            verdict = _verdict(ready, title, asked)
            if verdict is None:
                return False
            name = self._send(section, ready, item, (revision, version, event, splice.NULL), verdict, content)
            outcome, fingerprint, past = _QUEUED, b"\x02\x40" + name, _ASKED_AND_ROUTED
        else:
            outcome, fingerprint = _OBSERVED, splice.NULL
        state = (_STATE, version, event, _ALIVE, version, event, past, b"\x00\x00\x02", content)
        section.keep(item[1:], b"".join(state))
        told = (item, revision, outcome, version, self.now, kind, title, splice.FALSE)
        self._tell(section, ready, told, splice.NULL, fingerprint)
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
        name, kind, title, rules, count = match.groups()
        if name[1:] != item or _SCORE_LIST[count[0] >> 1].fullmatch(row, match.end()) is None:
            return False
        verdict = _verdict(ready, title, rules)
        if verdict is None:
            return False
        version, revision, run = state[1], splice.long(asked.revision), splice.optional(asked.run)
        order = (revision, version, splice.string(asked.event), run)
        fingerprint = self._send(section, ready, name, order, verdict, row[state.end() :])
        if state[3] != _ASKED_AND_ROUTED:
            section.keep(item, row[: state.start(3)] + _ASKED_AND_ROUTED + row[state.end(3) :])
        told = (name, revision, _QUEUED, version, self.now, kind, title, splice.FALSE)
        self._tell(section, ready, told, run, b"\x02\x40" + fingerprint)
        return True

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
        name = _fingerprint(ready.place, item, rest)
        desired = (_DESIRED, ready.place, item, revision, version, event, self.now, run, _LIVE, name, rest)
        self.desire(section, item[1:], b"".join(desired))
        return name

    def _tell(
        self, section: Section, ready: Ready, told: tuple[bytes, ...], run: bytes, fingerprint: bytes
    ) -> None:
        # code, params and next try come before the fingerprint; problems, receipt, seen by and scores after it
        after = (ready.sis, run, b"\x00\x00\x00", fingerprint, b"\x00\x00\x00\x00")
        self.tell(section, b"".join((_RESULT, ready.place, *told, *after)))


def _past(row: bytes | None, version: bytes) -> bytes | None:
    """Whether the item was ever asked for and routed, as encoded; None when this version does not simply replace
    the row.
    """
    if row is None:
        return _NEVER_ASKED
    match = _COMMON_STATE.match(row)
    if match is None:
        return None
    known = splice.read_long(match[1]), splice.read_long(match[2])
    return match[3] if splice.read_long(version) > max(known) else None


def _verdict(ready: Ready, title: bytes, asked: bytes) -> bytes | None:
    """The category and date to send, as encoded; None for a title or a verdict that must be explained."""
    if len(title) - 1 > ready.title_max or title[1:].strip() != title[1:]:
        return None
    known = ready.verdicts.get(asked)
    return ready.judge(asked) if known is None else known


def _fingerprint(place: bytes, item: bytes, rest: bytes) -> bytes:
    bare = b"".join((_DESIRED, place, item, _WITHOUT_ORDER, rest))
    return blake2b(bare, digest_size=16).hexdigest().encode()
