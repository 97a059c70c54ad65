"""The load of the fault lab: a seeded stream of changes as a restless LMS sends them, with what each one means.

Sections that sync by themselves and by click, in five districts with a system each; whole items, single scores,
deletes and restores, clicks, repeats, late-comers (held back behind newer versions) and unreadable records.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.codec import encode
from schemas.gradebook import (
    CategoryMapping,
    Change,
    GradebookChange,
    ItemChanged,
    ItemDeleted,
    ItemKind,
    ItemRestored,
    MappingChanged,
    Score,
    ScoresChanged,
    SectionBound,
    Sis,
    SyncMode,
    SyncRequested,
)
from schemas.keys import section_key
from tests.support.oracle_log import Kind, Scores, Sent

#: Key, value and meaning of a record to publish.
Letter = tuple[bytes, bytes, Sent]

#: Every so many-th item of a section is in a category nobody mapped: refused by the rules, each time.
_REFUSED = 9
_POISON = (b"", b"\x00\x00\x00", b"\x01not ours", b"\x00\x00\x00\x00\x65cut", b'{"tenant":"d0"}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many of what."""

    sections: int = 40
    items: int = 20
    students: int = 6
    automatic: float = 0.7
    poison: float = 0.002


@dataclass(slots=True)
class _ItemPast:
    name: str
    version: int = 0
    deleted: bool = False


@dataclass(slots=True)
class _Section:
    tenant: str
    name: str
    sis: Sis
    automatic: bool
    items: list[_ItemPast] = field(default_factory=list)
    recent: list[Letter] = field(default_factory=list)

    @property
    def key(self) -> bytes:
        return section_key(self.tenant, self.name)


class Load:
    """The same seed gives the same stream. `tenants` are the districts it needs."""

    def __init__(self, seed: int, shape: Shape = Shape()) -> None:
        self.seed = seed
        self._shape = shape
        self._chosen = random.Random(seed)
        self._number = 0
        self._held: list[tuple[int, Letter]] = []
        systems = list(Sis)
        self._sections = [
            _Section(
                tenant=f"d{i % len(systems)}",
                name=f"sec {i}",
                sis=systems[i % len(systems)],
                automatic=self._chosen.random() < shape.automatic,
            )
            for i in range(shape.sections)
        ]

    @property
    def tenants(self) -> dict[str, Sis]:
        """District -> its system."""
        return {section.tenant: section.sis for section in self._sections}

    def beginnings(self) -> Iterator[Letter]:
        """Binding and mapping of every section, and its items for the first time."""
        for section in self._sections:
            mode = SyncMode.AUTO if section.automatic else SyncMode.MANUAL
            bound = SectionBound(sis=section.sis, sis_section=f"c {section.name}", school="high", mode=mode)
            yield self._letter(
                section, 1, bound, kind=Kind.BOUND, sis=str(section.sis), automatic=section.automatic
            )
            mapping = MappingChanged(categories=(CategoryMapping(category="hw", sis_category="H"),))
            yield self._letter(section, 2, mapping, kind=Kind.MAPPING)
            for number in range(self._shape.items):
                item = _ItemPast(f"item {number}")
                section.items.append(item)
                yield self._whole(section, item)

    def changes(self, count: int) -> Iterator[Letter]:
        """`count` records more."""
        for step in range(count):
            due = next((held for held in self._held if held[0] <= step), None)
            if due is not None:
                self._held.remove(due)
                yield due[1]
                continue
            yield self._one(step)
        yield from (letter for _, letter in self._held)
        self._held.clear()

    def last_words(self) -> Iterator[Letter]:
        """A single score for every item: what it is laid over must be the whole of what came before."""
        for section in self._sections:
            for item in section.items:
                yield self._scores(section, item)

    # ------------------------------------------------------------ one record

    def _one(self, step: int) -> Letter:
        section = self._chosen.choice(self._sections)
        item = self._chosen.choice(section.items)
        what = self._chosen.random()
        if what < self._shape.poison:
            value = self._chosen.choice(_POISON)
            return section.key, value, Sent(kind=Kind.POISON)
        if what < 0.05 and section.recent:
            return self._chosen.choice(section.recent)
        letter = self._new(section, item, what)
        if what > 0.93 and letter[2].kind in {Kind.ITEM, Kind.SCORES}:
            # held back behind what follows; something else takes its place now
            self._held.append((step + self._chosen.randrange(5, 400), letter))
            letter = self._whole(section, item)
        section.recent = [*section.recent[-20:], letter]
        return letter

    def _new(self, section: _Section, item: _ItemPast, what: float) -> Letter:
        if what < 0.07:
            return self._click(section, item)
        if what < 0.11:
            item.deleted = not item.deleted
            change = ItemDeleted(item=item.name) if item.deleted else ItemRestored(item=item.name)
            kind = Kind.DELETED if item.deleted else Kind.RESTORED
            return self._about(section, item, change, kind=kind)
        if what < 0.35:
            return self._scores(section, item)
        return self._whole(section, item, scores=what > 0.42)

    def _click(self, section: _Section, item: _ItemPast) -> Letter:
        names = None if self._chosen.random() < 0.05 else (item.name,)
        change = SyncRequested(run=f"run {self._number}", items=names)
        return self._letter(section, self._number, change, kind=Kind.SYNC, items=names)

    def _scores(self, section: _Section, item: _ItemPast) -> Letter:
        some = self._chosen.sample(range(self._shape.students), self._chosen.randrange(1, 3))
        scores = self._points(item.version + 1, some)
        change = ScoresChanged(item=item.name, scores=_told(scores))
        return self._about(section, item, change, kind=Kind.SCORES, scores=scores)

    def _whole(self, section: _Section, item: _ItemPast, *, scores: bool = True) -> Letter:
        refused = section.items.index(item) % _REFUSED == _REFUSED - 1
        points = self._points(item.version + 1, range(self._shape.students)) if scores else None
        title = f"{item.name} as of {item.version + 1}"
        change = ItemChanged(
            item=item.name,
            kind=ItemKind.ASSIGNMENT,
            title=title,
            category="nobody mapped this" if refused else "hw",
            due="2026-10-05",
            points=100.0,
            scores=None if points is None else _told(points),
        )
        return self._about(
            section, item, change, kind=Kind.ITEM, title=title, scores=points, syncable=not refused
        )

    def _points(self, version: int, students: "range | list[int]") -> Scores:
        # the version is in the number, so a score out of place shows
        return tuple((f"s{i}", float(version * 10 + i)) for i in students)

    def _about(
        self, section: _Section, item: _ItemPast, change: Change, *, kind: Kind, **meaning: object
    ) -> Letter:
        item.version += 1
        return self._letter(section, item.version, change, kind=kind, item=item.name, **meaning)

    def _letter(
        self, section: _Section, version: int, change: Change, *, kind: Kind, **meaning: object
    ) -> Letter:
        self._number += 1
        event = f"e{self._number:07}"
        whole = GradebookChange(
            tenant=section.tenant,
            section=section.name,
            event=event,
            version=version,
            occurred_at=1_790_000_000_000,
            change=change,
        )
        sent = Sent(
            kind=kind,
            tenant=section.tenant,
            section=section.name,
            version=version,
            event=event,
            **meaning,  # type: ignore[arg-type] # names are Sent's own
        )
        return section.key, encode(whole), sent


def _told(scores: Scores) -> tuple[Score, ...]:
    return tuple(Score(student=student, points=points) for student, points in scores)
