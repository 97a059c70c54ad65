"""The newest status log of every section, in memory. One thread applies records while others read.

Nothing goes back: a record older than the one held, from a paused writer or a repeated read, is passed by.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

from schemas import keys
from schemas.codec import Refused
from schemas.results import RowState
from streams.web.sections import Counts, Entry, Part, glance, supersedes


class StatusView:
    """tenant -> section -> Entry."""

    def __init__(self) -> None:
        self._tenants: dict[str, dict[str, Entry]] = {}
        self._lock = threading.Lock()
        self._uncounted: set[Part] = set()
        self._totals: Counter[RowState] = Counter()
        self._sections = 0

    def apply(self, key: bytes | None, value: bytes | None) -> bool:
        """Take in a record of sync.status; False when what is held stays. Refused when it is unreadable."""
        if value is None:
            return self._remove(key)
        part = glance(value)
        if key != part.key:
            raise Refused("WRONG_KEY")
        entry = self.get(part.tenant, part.section) or Entry(part.tenant, part.section)
        held = entry.parts.get(part.number)
        if held is not None and not supersedes(part, held):
            return False
        with self._lock:
            self._forget(held)
            self._uncounted.add(part)
            self._put(entry.with_part(part))
        return True

    def get(self, tenant: str, section: str) -> Entry | None:
        """The section's entry; None when nothing is known of it."""
        return self._tenants.get(tenant, {}).get(section)

    def sections(self, tenant: str) -> list[Entry]:
        """A district's entries by section id; empty for an unknown district."""
        with self._lock:
            found = list(self._tenants.get(tenant, {}).values())
        return sorted(found, key=lambda entry: entry.section)

    def __len__(self) -> int:
        """Sections, of all districts."""
        return self._sections

    def totals(self, budget_seconds: float) -> tuple[Counts, int]:
        """Rows by state over all sections, and how many records are not counted yet: counting stops at the
        budget, and goes on the next time.
        """
        deadline = time.monotonic() + budget_seconds
        with self._lock:
            waiting = list(self._uncounted)
        for part in waiting:
            self._count(part)
            if time.monotonic() > deadline:
                break
        with self._lock:
            return dict(self._totals), len(self._uncounted)

    def _count(self, part: Part) -> None:
        counts = part.counts()
        with self._lock:
            if part in self._uncounted:  # not replaced meanwhile
                self._uncounted.remove(part)
                self._totals.update(counts)

    def _remove(self, key: bytes | None) -> bool:
        tenant, section, number = _ids(key)
        with self._lock:
            entry = self.get(tenant, section)
            held = entry.parts.get(number) if entry else None
            if entry is None or held is None:
                return False
            self._forget(held)
            self._put(entry.without_part(number))
        return True

    def _put(self, entry: Entry) -> None:
        sections = self._tenants.setdefault(entry.tenant, {})
        self._sections -= entry.section in sections
        if entry.parts:
            sections[entry.section] = entry
            self._sections += 1
        else:
            sections.pop(entry.section, None)
        if not sections:
            del self._tenants[entry.tenant]

    def _forget(self, held: Part | None) -> None:
        """Take what was counted of a part out of the totals."""
        if held is None:
            return
        if held in self._uncounted:
            self._uncounted.remove(held)
        else:
            self._totals.subtract(held.counts())


def _ids(key: bytes | None) -> tuple[str, str, int]:
    try:
        tenant, section, *rest = keys.key_parts(key or b"")
        return tenant, section, int(rest[0]) if rest else 0
    except ValueError:
        raise Refused("WRONG_KEY") from None
