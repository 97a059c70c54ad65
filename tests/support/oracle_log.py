"""The producer's own log: what a test published and the broker acknowledged. The oracle's first witness."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """What an event does, in the oracle's own words."""

    BOUND = auto()
    MAPPING = auto()
    ITEM = auto()
    SCORES = auto()
    DELETED = auto()
    RESTORED = auto()
    SYNC = auto()
    POISON = auto()


#: Kinds that are about one item and alter it.
ITEM_KINDS = frozenset({Kind.ITEM, Kind.SCORES, Kind.DELETED, Kind.RESTORED})

Scores = tuple[tuple[str, float | None], ...]
ItemId = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One event as published. `sis` and `automatic` belong to BOUND; `scores` None on an ITEM: left as they are;
    `items` None on a SYNC: the whole section; `syncable` says whether the rules let the item through.
    """

    kind: Kind
    tenant: str = ""
    section: str = ""
    version: int = 0
    event: str = ""
    item: str = ""
    title: str = ""
    scores: Scores | None = None
    items: tuple[str, ...] | None = None
    sis: str = ""
    automatic: bool = False
    syncable: bool = True

    @property
    def stamp(self) -> tuple[int, str]:
        """What orders changes of one thing."""
        return self.version, self.event

    @property
    def id(self) -> ItemId:
        """Tenant, section and item."""
        return self.tenant, self.section, self.item


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event and where the broker says it stands."""

    partition: int
    offset: int
    sent: Sent

    @property
    def place(self) -> tuple[int, int]:
        """Partition and offset."""
        return self.partition, self.offset


@dataclass(slots=True)
class Log:
    """Everything accepted. Appending is safe from a client's callback thread."""

    events: list[Accepted] = field(default_factory=list)

    def accept(self, partition: int, offset: int, sent: Sent) -> None:
        """The broker acknowledged it."""
        self.events.append(Accepted(partition, offset, sent))

    def __len__(self) -> int:
        return len(self.events)

    def in_order(self) -> list[Accepted]:
        """By partition and offset."""
        return sorted(self.events, key=lambda one: one.place)

    def by_item(self) -> dict[ItemId, list[Accepted]]:
        """The events that alter each item, in the order they stand."""
        return _grouped(one for one in self.in_order() if one.sent.kind in ITEM_KINDS)

    def named_by_syncs(self) -> Iterator[tuple[Accepted, ItemId]]:
        """Each sync with each item it must answer for: those it names, or those known to its section by then."""
        known: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for one in self.in_order():
            sent = one.sent
            of = known[sent.tenant, sent.section]
            if sent.kind in ITEM_KINDS:
                of[sent.item] = None
            elif sent.kind is Kind.SYNC:
                for item in of if sent.items is None else sent.items:
                    yield one, (sent.tenant, sent.section, item)


def _grouped(events: Iterable[Accepted]) -> dict[ItemId, list[Accepted]]:
    groups: dict[ItemId, list[Accepted]] = defaultdict(list)
    for one in events:
        groups[one.sent.id].append(one)
    return dict(groups)
