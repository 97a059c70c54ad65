"""The mass-change brake: how much a run of decisions would do at once, and whether that waits for an approval. Pure.

A run is what one click asks for, or what automatic mode decides for a section in one batch, together with what it
decided for it within the last minutes: an import comes as many small batches. Above one of the district's numbers
nothing of the run is routed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from schemas import shape, splice
from schemas.codec import Refused, decode
from schemas.state import ItemState
from streams.rules.policies import Brake

#: Automatic decisions of a section within so many milliseconds of the log's own time are one run.
WINDOW_MS = 600_000

#: Pattern of an encoded fingerprint, or of none.
FINGERPRINT = rb"(?:\x40[0-9a-f]{32}|\x00)"
# header, version, event, life; deleted; list of scores, asked; routed, fingerprint
_STAMP = shape.pattern("long") + shape.pattern("string")
_BOOLEAN = b"(" + shape.pattern("boolean") + b")"
_COMMON_ROW = shape.compiled(
    [
        splice.header("ItemState"),
        _STAMP * 2,
        _BOOLEAN,
        _STAMP,
        shape.pattern("boolean"),
        _BOOLEAN,
        b"(" + FINGERPRINT + b")",
    ]
)


class Kind(StrEnum):
    """What a decision would do to the SIS."""

    CREATES = "creates"
    OVERWRITES = "overwrites"
    DELETES = "deletes"


class Past(NamedTuple):
    """What an item's row says of its last decision."""

    routed: bool = False
    fingerprint: bytes = b""
    deleted: bool = False


NOTHING = Past()


def past_of(row: bytes | None) -> Past:
    """The past of an item with that row of gradebook.state; of one without, or with no readable one, nothing."""
    if row is None:
        return NOTHING
    match = _COMMON_ROW.match(row)
    if match is not None:
        return Past(match[2] == splice.TRUE, match[3][1:], match[1] == splice.TRUE)
    try:
        state = decode(ItemState, row)
    except Refused:  # the item begins anew
        return NOTHING
    return Past(state.routed, state.fingerprint.encode(), state.deleted)


def kind(before: Past, after: Past) -> Kind | None:
    """What the decisions between two rows do; None when the SIS was to have the same before."""
    if not before.routed:
        return None if after.deleted or not after.routed else Kind.CREATES
    if after.fingerprint in (b"", before.fingerprint):
        return None
    return Kind.DELETES if after.deleted else Kind.OVERWRITES


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A run that is too much: what it would do, which number it is above, and that number."""

    counts: Mapping[Kind, int]
    over: Kind
    limit: int

    def params(self, fingerprint: str) -> dict[str, str]:
        """What the row of an item says; an approval of it names the fingerprint."""
        told = {kind.value: str(self.counts.get(kind, 0)) for kind in Kind}
        return {**told, "over": self.over.value, "limit": str(self.limit), "fingerprint": fingerprint}


def judge(changes: Iterable[tuple[Past, Past]], brake: Brake) -> Exceeded | None:
    """Whether the items of a run, each before and after it, are more than the brake lets through."""
    counts = Counter(found for before, after in changes if (found := kind(before, after)) is not None)
    limits = {Kind.CREATES: brake.creates, Kind.OVERWRITES: brake.overwrites, Kind.DELETES: brake.deletes}
    for over, limit in limits.items():
        if limit is not None and counts[over] > limit:
            return Exceeded(counts, over, limit)
    return None


@dataclass(slots=True)
class Lately:
    """What automatic mode routed in this window of time: per section, the items with their pasts before it.

    Kept in memory alone: a worker that starts counts from its first record.
    """

    _since: int = -WINDOW_MS
    _sections: dict[bytes, dict[bytes, Past]] = field(default_factory=dict)

    def now(self, timestamp: int) -> None:
        """A batch begins, at a record's time in milliseconds since the epoch."""
        if not 0 <= timestamp - self._since < WINDOW_MS:
            self._since = timestamp
            self._sections.clear()

    def of(self, section: bytes) -> Mapping[bytes, Past]:
        """The items of a section."""
        return self._sections.get(section, {})

    def note(self, section: bytes, item: bytes, row: bytes | None) -> None:
        """An item with that row is routed."""
        known = self._sections.get(section)
        if known is None:
            known = self._sections[section] = {}
        if item not in known:
            known[item] = past_of(row)
