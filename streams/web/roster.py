"""What the server itself knows of every section: who teaches it, where it goes, its mapping. From gradebook.state.

That topic has the binding and the mapping in force, as intake folded them; gradebook.changes would have to be folded
a second time, over 150 days. Rows of items, which stand on it too, are passed over by their key.
Each register moves by its own stamp, so a paused writer's older row takes nothing back.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from schemas import keys
from schemas.codec import Refused, decode
from schemas.gradebook import SectionBound
from schemas.state import SectionState

_Place = tuple[str, str]


class SectionsView:
    """The newest state of every section. One thread applies records while others read."""

    def __init__(self) -> None:
        self._sections: dict[_Place, SectionState] = {}
        self._taught: dict[_Place, set[str]] = {}
        self._lock = threading.Lock()

    def apply(self, key: bytes | None, value: bytes | None) -> bool:
        """Take in a record of gradebook.state; False for an item's, or when nothing moved. Refused: unreadable."""
        if key is not None and key.count(b"/") > 1:
            return False
        place = _place(key)
        if value is None:
            return self._put(place, None)
        # students are no business of a page that lists items, and most of the bytes
        held, new = self._sections.get(place), replace(decode(SectionState, value), roster=())
        merged = new if held is None else _merged(held, new)
        return merged != held and self._put(place, merged)

    def get(self, tenant: str, section: str) -> SectionState | None:
        """The section's state; None when nothing is known of it."""
        return self._sections.get((tenant, section))

    def binding(self, tenant: str, section: str) -> SectionBound | None:
        """Which SIS section it feeds and who teaches it; None when it is not bound."""
        state = self.get(tenant, section)
        return None if state is None else state.binding

    def title(self, tenant: str, section: str) -> str | None:
        """As its binding told; None when it did not."""
        binding = self.binding(tenant, section)
        return None if binding is None else binding.title

    def teachers(self, tenant: str, section: str) -> tuple[str, ...]:
        """LMS ids; none of a section that is not bound."""
        binding = self.binding(tenant, section)
        return () if binding is None else binding.teachers

    def taught_by(self, tenant: str, teacher: str) -> list[str]:
        """The teacher's sections, by id."""
        with self._lock:
            return sorted(self._taught.get((tenant, teacher), ()))

    def _put(self, place: _Place, state: SectionState | None) -> bool:
        tenant, section = place
        with self._lock:
            for teacher in self.teachers(*place):
                self._taught[tenant, teacher].discard(section)
            if state is None:
                return self._sections.pop(place, None) is not None
            self._sections[place] = state
            for teacher in self.teachers(*place):
                self._taught.setdefault((tenant, teacher), set()).add(section)
        return True


def _merged(held: SectionState, new: SectionState) -> SectionState:
    """Of binding and mapping each the one with the higher stamp (schemas.state)."""
    if (new.binding_version, new.binding_event) < (held.binding_version, held.binding_event):
        new = replace(
            new,
            binding=held.binding,
            binding_version=held.binding_version,
            binding_event=held.binding_event,
        )
    if (new.mapping_version, new.mapping_event) < (held.mapping_version, held.mapping_event):
        new = replace(
            new,
            mapping=held.mapping,
            mapping_version=held.mapping_version,
            mapping_event=held.mapping_event,
        )
    return new


def _place(key: bytes | None) -> _Place:
    try:
        tenant, section = keys.key_parts(key or b"")
    except ValueError:
        raise Refused("WRONG_KEY") from None
    return tenant, section
