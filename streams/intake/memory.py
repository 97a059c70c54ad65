"""What intake holds of one partition of gradebook.changes: sections, and their items as encoded rows.

Rows stay bytes until they are needed, so that 200,000 items cost little more than their size and a restore is
a walk over keys. `Ready` is a section's part of every record it will cause, made once per binding, mapping,
roster and district configuration.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastavro import parse_schema, schemaless_reader

from schemas import codec, shape, splice
from schemas.codec import decode, encode
from schemas.gradebook import RosterEntry, SectionBound, Sis, SyncMode
from schemas.keys import key_parts
from schemas.registry import current_schema
from schemas.state import ItemState, SectionState
from streams.intake.fold import NEW_ITEM, NEW_SECTION
from streams.intake.route import listed_students
from streams.rules.category import mapping_of
from streams.rules.district_view import DistrictView
from streams.rules.verdict import Refused, decide_without_title

#: The part of an ItemChanged that the rules ask about, title apart: its fields stand next to each other.
_ASKED = ("category", "due", "points", "published")
_ITEM = shape.resolve(current_schema("ItemChanged"))
_ASKED_SCHEMA = parse_schema(
    {
        "type": "record",
        "name": "Asked",
        "fields": [{"name": name, "type": shape.field_type(_ITEM, name)} for name in _ASKED],
    }
)
_VERDICTS_KEPT = 512


@dataclass(slots=True)
class Ready:
    """A bound section's share of the records the short way makes.

    `verdicts` maps the encoded fields of an item that the rules ask about to the encoded SIS category and local
    due date they lead to.
    """

    view: DistrictView
    section: SectionBound
    mapping: dict[str, str]
    mode: SyncMode
    change_prefix: bytes
    place: bytes
    binding: bytes
    students: bytes
    sis: bytes
    title_max: int
    verdicts: dict[bytes, bytes] = field(default_factory=dict)

    def judge(self, asked: bytes) -> bytes | None:
        """The verdict on an item with these encoded fields; None when it is refused."""
        fields: Any = schemaless_reader(io.BytesIO(asked), _ASKED_SCHEMA, None)
        verdict = decide_without_title(
            fields["published"],
            fields["category"],
            fields["due"],
            fields["points"],
            self.section,
            self.mapping,
            self.view,
        )
        if isinstance(verdict, Refused):
            return None
        if len(self.verdicts) >= _VERDICTS_KEPT:
            self.verdicts.clear()
        sent = splice.string(verdict.sis_category) + splice.string(verdict.due_date)
        self.verdicts[asked] = sent
        return sent


@dataclass(slots=True)
class Section:
    """One section's memory. `items` maps the item part of the key to the encoded ItemState."""

    key: bytes
    tenant: str
    name: str
    state: SectionState = NEW_SECTION
    items: dict[bytes, bytes] = field(default_factory=dict)
    ready: Ready | None = None
    touched: dict[bytes, bytes] = field(default_factory=dict)
    changed: bool = False
    desired_place: tuple[str, int] | None = None
    results_partition: int | None = None

    def keep(self, item: bytes, row: bytes) -> None:
        """Remember an item's row, to be written with this batch."""
        self.items[item] = row
        self.touched[item] = row

    def item(self, item: bytes) -> ItemState:
        """An item's state; a new one when it is not known."""
        row = self.items.get(item)
        return NEW_ITEM if row is None else decode(ItemState, row)

    def alter(self, state: SectionState) -> None:
        """Take a new state of the section itself, to be written with this batch."""
        if state != self.state:
            self.state = state
            self.changed = True
            self.ready = None
            self.desired_place = None

    def prepare(self, view: DistrictView | None) -> None:
        """Make `ready` for this configuration, unless it is already, or the section cannot sync."""
        binding = self.state.binding
        if view is None or binding is None:
            self.ready = None
            return
        if self.ready is not None and self.ready.view is view:
            return
        place = splice.string(self.tenant) + splice.string(self.name)
        self.ready = Ready(
            view=view,
            section=binding,
            mapping=mapping_of(self.state.mapping),
            mode=binding.mode,
            change_prefix=splice.header("GradebookChange") + place,
            place=place,
            binding=splice.string(binding.school)
            + splice.string(binding.sis_section)
            + splice.optional(binding.sis_teacher),
            students=encoded_students(listed_students(self.state.roster)),
            sis=splice.SOME + splice.symbol(list(Sis).index(binding.sis)),
            title_max=view.title_max,
        )


class Memory:
    """Every section of one partition."""

    def __init__(self) -> None:
        self.sections: dict[bytes, Section] = {}

    def section(self, key: bytes, tenant: str, name: str) -> Section:
        """The section of that key, made when new."""
        section = self.sections.get(key)
        if section is None:
            section = self.sections[key] = Section(key, tenant, name)
        return section

    def load(self, key: bytes, row: bytes | None) -> None:
        """Take a row of gradebook.state. Refused when it is not one."""
        section_key, item = split(key)
        section = self.sections.get(section_key)
        if section is None:
            tenant, name = key_parts(section_key)
            section = self.section(section_key, tenant, name)
        if item is None:
            section.state = NEW_SECTION if row is None else decode(SectionState, row)
        elif row is None:
            section.items.pop(item, None)
        else:
            section.items[item] = row

    def row(self, key: bytes) -> bytes | None:
        """The row this memory holds for a key of gradebook.state."""
        section_key, item = split(key)
        section = self.sections.get(section_key)
        if section is None:
            return None
        if item is None:
            return None if section.state == NEW_SECTION else encode(section.state)
        return section.items.get(item)


def written(section: Section) -> Iterator[tuple[bytes, bytes]]:
    """The rows of a section that changed since they were last taken, with their keys."""
    if section.changed:
        section.changed = False
        yield section.key, encode(section.state)
    touched, section.touched = section.touched, {}
    for item, row in touched.items():
        yield section.key + b"/" + item, row


def split(key: bytes) -> tuple[bytes, bytes | None]:
    """A key of gradebook.state as section key and item part. Refused when it has neither form."""
    parts = key.split(b"/")
    if len(parts) == 2:
        return key, None
    if len(parts) == 3:
        return parts[0] + b"/" + parts[1], parts[2]
    raise codec.Refused("WRONG_KEY")


def encoded_students(students: tuple[RosterEntry, ...]) -> bytes:
    """The array of a desired item's students."""
    if not students:
        return splice.EMPTY
    rows = (
        splice.string(entry.student)
        + splice.optional(entry.sis_student)
        + splice.symbol(list(type(entry.status)).index(entry.status))
        for entry in students
    )
    return splice.long(len(students)) + b"".join(rows) + splice.EMPTY
