"""What intake holds of one partition of gradebook.changes: sections, and their items as encoded rows.

Rows stay bytes until they are needed, so that 200,000 items cost little more than their size and a restore is
a walk over keys.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import structlog

from schemas import codec, shape
from schemas.codec import TooLarge, decode, encode, writer_of
from schemas.keys import item_key, key_parts, section_key
from schemas.state import ItemState, SectionState
from streams.intake.fold import NEW_ITEM, NEW_SECTION
from streams.intake.ready import Ready
from streams.rules.district_view import DistrictView

_PLAIN_PARTS = re.compile(shape.KEY_SAFE + b"+(?:/" + shape.KEY_SAFE + b"+){1,2}")

log = structlog.get_logger("streams.intake")


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
        """An item's state; a new one when it is not known, or its row, which came from the topic, is no row."""
        row = self.items.get(item)
        if row is None:
            return NEW_ITEM
        try:
            return decode(ItemState, row)
        except codec.Refused as refused:
            # the item's next whole ItemChanged mends it; refusing every change of it would not
            del self.items[item]
            log.error("state_row_unreadable", code=refused.code)
            return NEW_ITEM

    def alter(self, state: SectionState) -> None:
        """Take a new state of the section itself, to be written with this batch. Refused VENDOR_DATA when its row
        would be too large for a record.
        """
        if state != self.state:
            section_row(state)
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
        self.ready = Ready.of(self.tenant, self.name, self.state, binding, view)


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
        """Take a row of gradebook.state. Refused, having taken nothing, when it is not one; of an item's row that is
        known when somebody asks for the item.
        """
        parent, item = split(key)
        state = decode(SectionState, row) if item is None and row is not None else NEW_SECTION
        if item is not None and row is not None and writer_of(row).record != "ItemState":
            raise codec.Refused("WRONG_SCHEMA")
        section = self.sections.get(parent)
        if section is None:
            tenant, name = key_parts(parent)
            section = self.section(parent, tenant, name)
        if item is None:
            section.state = state
        elif row is None:
            section.items.pop(item, None)
        else:
            section.items[item] = row

    def row(self, key: bytes) -> bytes | None:
        """The row this memory holds for a key of gradebook.state. Refused when it is no such key."""
        parent, item = split(key)
        section = self.sections.get(parent)
        if section is None:
            return None
        if item is None:
            return None if section.state == NEW_SECTION else encode(section.state)
        return section.items.get(item)


def written(section: Section) -> Iterator[tuple[bytes, bytes]]:
    """The rows of a section that changed since they were last taken, with their keys."""
    if section.changed:
        section.changed = False
        yield section.key, section_row(section.state)
    touched, section.touched = section.touched, {}
    prefix = section.key + b"/"
    yield from [(prefix + item, row) for item, row in touched.items()]


def section_row(state: SectionState) -> bytes:
    """The row of a section. Refused VENDOR_DATA when it would be too large for a record."""
    try:
        return encode(state)
    except TooLarge as error:  # each of mapping and roster fits a change, both together need not fit a row
        raise codec.Refused("VENDOR_DATA") from error


def split(key: bytes) -> tuple[bytes, bytes | None]:
    """A key of gradebook.state as section key and item part. Refused when it is none that we would write."""
    if _PLAIN_PARTS.fullmatch(key) is None and not _is_ours(key):
        raise codec.Refused("WRONG_KEY")
    tenant, section, *item = key.split(b"/")
    return tenant + b"/" + section, item[0] if item else None


def _is_ours(key: bytes) -> bool:
    try:
        parts = key_parts(key)
    except UnicodeDecodeError:
        return False
    match parts:
        case (tenant, section):
            return key == section_key(tenant, section) and "" not in parts
        case (tenant, section, item):
            return key == item_key(tenant, section, item) and "" not in parts
        case _:
            return False
