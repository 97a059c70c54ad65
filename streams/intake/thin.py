"""Single scores the short way: a ScoresChanged folded into an item's row without decoding either.

A teacher who types thirty grades makes thirty such changes, each about an item with thirty scores. The item itself
stays the bytes it was; only the later scores beside its list are cut apart. `fold.fold_item` and `whole_content` say
what must come out, and a test holds the two ways to each other.
"""

import re
from typing import NamedTuple

from schemas import shape, splice
from schemas.registry import NAMESPACE, schemas
from streams.intake.brake import FINGERPRINT

_CHANGE = shape.resolve(schemas().current("GradebookChange").schema)
_BRANCHES = shape.field_type(_CHANGE, "change")
_BRANCH = [branch["name"] for branch in _BRANCHES].index(f"{NAMESPACE}.ScoresChanged")
_SCORE = shape.field_type(_BRANCHES[_BRANCH], "scores")["items"]
_STUDENT = shape.string(shortest=1)
_SCORE_REST = b"".join(shape.pattern(field["type"]) for field in _SCORE["fields"][1:])


def _kept(*patterns: bytes) -> bytes:
    return b"(" + b"".join(patterns) + b")"


#: From the event id on. Groups: event, version, item, count of scores.
_COMMON_CHANGE = shape.compiled(
    [
        _kept(shape.string(shortest=1)),
        _kept(shape.natural()),
        shape.pattern(shape.field_type(_CHANGE, "occurred_at")),
        shape.pattern(shape.field_type(_CHANGE, "actor")),
        splice.symbol(_BRANCH),
        _kept(shape.string(shape.KEY_SAFE, 1)),
        _kept(shape.count()),
    ]
)
# not held, no choice and never one
_NO_CHOICE = splice.FALSE + splice.NULL + splice.long(-1) + b"\x00" + splice.long(-1)
#: An item's row up to the count of its later scores. Groups: version; version and event of its list; asked, routed and
#: the fingerprint; that count.
_COMMON_ROW = shape.compiled(
    [
        re.escape(splice.header("ItemState")),
        _kept(shape.pattern("long")),
        shape.pattern("string"),
        re.escape(splice.long(-1) + b"\x00" + splice.FALSE),
        _kept(shape.pattern("long")),
        _kept(shape.pattern("string")),
        _kept(shape.pattern("boolean"), shape.pattern("boolean"), FINGERPRINT),
        re.escape(_NO_CHOICE),
        _kept(shape.count()),
    ]
)
_SCORES = shape.Repeated(_STUDENT + _SCORE_REST)
_PATCHES = shape.Repeated(shape.pattern("long") + shape.pattern("string") + _STUDENT + _SCORE_REST)
_EACH_SCORE = shape.compiled([_kept(_STUDENT), _SCORE_REST])
_EACH_PATCH = shape.compiled(
    [_kept(shape.pattern("long")), _kept(shape.pattern("string")), _kept(_kept(_STUDENT), _SCORE_REST)]
)


class Told(NamedTuple):
    """A ScoresChanged: event, version and item as encoded, and the scores by student."""

    event: bytes
    version: bytes
    item: bytes
    scores: dict[bytes, bytes]


class Folded(NamedTuple):
    """An item after it: its version, the row's parts before and after what was asked and routed, and where in `after`
    its content begins; the scores that stand over the list.
    """

    version: bytes
    before: bytes
    past: bytes
    after: bytes
    content: bytes
    later: dict[bytes, bytes]


def read(value: bytes, at: int) -> Told | None:
    """The change in `value`, whose event id stands at `at`; None when it is not a common one."""
    match = _COMMON_CHANGE.match(value, at)
    if (
        match is None
        or match[4] == b"\x00"
        or _SCORES[match[4][0] >> 1].fullmatch(value, match.end()) is None
    ):
        return None
    scores = {score[1]: score[0] for score in _EACH_SCORE.finditer(value, match.end(), len(value) - 1)}
    return Told(match[1], match[2], match[3], scores)


def fold(row: bytes, told: Told) -> Folded | None:
    """The item of that row after the change; None when the row is not a common one, or the change not newer."""
    match = _COMMON_ROW.match(row)
    if match is None:
        return None
    stamp = splice.read_long(told.version), told.event[1:]
    if stamp <= (splice.read_long(match[2]), match[3][1:]):
        return None
    patches, end = _patches(row, match.start(5), match[5])
    if row[end : end + 1] != splice.SOME:
        return None
    for student, score in told.scores.items():
        known = patches.get(student)
        if known is not None and stamp < known[0]:
            return None
        patches[student] = stamp, told.version + told.event + score, score
    ordered = [patches[student] for student in sorted(patches, key=_text)]
    block = splice.long(len(ordered)) + b"".join(patch for _, patch, _ in ordered) + splice.EMPTY
    later = {student: patches[student][2] for student in sorted(patches, key=_text)}
    after = row[match.end(4) : match.start(5)] + block + splice.SOME
    return Folded(match[1], row[: match.start(4)], match[4], after, row[end + 1 :], later)


def overlay(content: bytes, at: int, count: bytes, later: dict[bytes, bytes]) -> bytes | None:
    """The content, whose `count` of scores stands at `at`, with the later scores in their students' places and the
    others behind; None when its list is not a common one.
    """
    end = at + len(count)
    if _SCORES[count[0] >> 1].fullmatch(content, end) is None:
        return None
    # a student named twice in one list counts once, as last told
    told = {score[1]: score[0] for score in _EACH_SCORE.finditer(content, end, len(content) - 1)}
    scores = told | later
    return content[:at] + splice.long(len(scores)) + b"".join(scores.values()) + splice.EMPTY


def _patches(
    row: bytes, at: int, count: bytes
) -> tuple[dict[bytes, tuple[tuple[int, bytes], bytes, bytes]], int]:
    """The later scores at `at`, with stamp and bytes, and where they end."""
    found: dict[bytes, tuple[tuple[int, bytes], bytes, bytes]] = {}
    if count == b"\x00":
        return found, at + 1
    list_of = _PATCHES[count[0] >> 1].match(row, at + 1)
    if list_of is None:
        return found, -1
    for patch in _EACH_PATCH.finditer(row, at + 1, list_of.end() - 1):
        found[patch[4]] = (splice.read_long(patch[1]), patch[2][1:]), patch[0], patch[3]
    return found, list_of.end()


def _text(encoded: bytes) -> bytes:
    return encoded[1:]
