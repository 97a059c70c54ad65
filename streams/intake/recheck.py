"""A district's configuration changed: which items of its automatic sections are to be decided again.

A calendar, a limit or an entitlement that changes may unblock what was refused, or give a due date another local day.
Nothing tells intake so in the section's own stream, so it looks itself, a few items at a time, and asks for those that
would now be sent other than they last were, by a SyncRequested on gradebook.changes like anybody: that orders the
decision, and survives a death. After a restore every automatic section is looked at, for what changed meanwhile.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from schemas.codec import MAX_RECORD
from schemas.gradebook import SyncMode
from streams.districts import Districts
from streams.intake.asks import Ask
from streams.intake.express import Express
from streams.intake.memory import Section
from streams.intake.route import Asked, Place, route
from streams.rules.district_view import DistrictView

#: Items looked at after a batch, and in a tick, where there is time. One that is not common costs as much as so many.
AFTER_BATCH, IN_TICK, UNCOMMON = 200, 1_000, 15
# as delivery would be asked by a replay of the section
_AGAIN = Asked(event="", revision=0, now=0, run="", ask=Ask.AGAIN)


@dataclass(slots=True)
class _Look:
    """A section that is being looked at: its items, how many are done, and which are to be decided again."""

    section: Section
    items: list[bytes]
    done: int = 0
    stale: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Recheck:
    """The looking of one partition. `ask` takes a section and the items to decide again."""

    districts: Districts
    sections: Mapping[bytes, Section]
    express: Express
    ask: Callable[[Section, tuple[str, ...]], None]
    _views: dict[str, DistrictView] = field(default_factory=dict)
    _changes: int = -1
    _waiting: deque[bytes] = field(default_factory=deque)
    _at_work: "_Look | None" = None

    def look(self, most: int) -> None:
        """Look at so many items, and ask for those of every section that is through."""
        if self._changes != self.districts.changes:
            self._begin()
        while most > 0 and (look := self._current()) is not None:
            if look.done < len(look.items) and _is_automatic(look.section):
                most -= self._look_at(look, look.items[look.done])
                continue
            most -= 1
            self._at_work = None
            # all at once: the mass-change brake is to see how many they are
            for few in _portions([unquote(item.decode()) for item in look.stale]):
                self.ask(look.section, few)

    def _current(self) -> "_Look | None":
        if self._at_work is None and self._waiting:
            section = self.sections[self._waiting.popleft()]
            self._at_work = _Look(section, list(section.items))
        if self._at_work is not None:
            self._at_work.section.prepare(self.districts.get(self._at_work.section.tenant))
        return self._at_work

    def _begin(self) -> None:
        """Put the sections of changed districts in the queue, at its end."""
        self._changes, known = self.districts.changes, self._views
        self._views = self.districts.all()
        changed = {tenant for tenant, view in self._views.items() if known.get(tenant) is not view}
        if self._at_work is not None and self._at_work.section.tenant in changed:
            self._at_work = None  # again, in its turn
        waiting = set(self._waiting)
        for key, section in self.sections.items():
            if section.tenant in changed and key not in waiting and _is_automatic(section):
                self._waiting.append(key)

    def _look_at(self, look: "_Look", item: bytes) -> int:
        """Look at one item; what it cost."""
        look.done += 1
        section = look.section
        if item not in section.items:
            return 1
        differs = self.express.differs(section, item)
        if differs if differs is not None else self._differs(section, item):
            look.stale.append(item)
        return 1 if differs is not None else UNCOMMON

    def _differs(self, section: Section, item: bytes) -> bool:
        state = section.item(item)
        if state.held or not state.asked:
            return False
        place = Place(section.tenant, section.name, unquote(item.decode()))
        desired = route(place, section.state, state, self.districts.get(section.tenant), _AGAIN).desired
        return desired is not None and desired.fingerprint != state.fingerprint


def _is_automatic(section: Section) -> bool:
    return section.state.binding is not None and section.state.binding.mode is SyncMode.AUTO


def _portions(items: list[str]) -> Iterator[tuple[str, ...]]:
    """The items in lists that each fit a record."""
    portion: list[str] = []
    size = 0
    for item in items:
        size += len(item.encode()) + 2
        if portion and size > MAX_RECORD // 2:
            yield tuple(portion)
            portion, size = [], len(item.encode()) + 2
        portion.append(item)
    if portion:
        yield tuple(portion)
