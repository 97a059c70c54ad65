"""A section's category mapping: what it is, what it could be, and whether a new one fits. Pure."""

import hashlib
from collections.abc import Iterable
from typing import Any

from schemas.district import DistrictConfig, SisCategory
from schemas.gradebook import CategoryMapping
from schemas.results import StatusRow
from schemas.state import SectionState

_UNMAPPED = frozenset({"CATEGORY_REQUIRED", "CATEGORY_NOT_IN_SIS"})


def etag(state: SectionState) -> str:
    """Stands for exactly this mapping of the section."""
    name = f"{state.mapping_version}/{state.mapping_event}"
    return f'"m-{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"'


def sis_categories(district: DistrictConfig | None, sis_section: str | None) -> list[SisCategory]:
    """What the section may use, by title; empty when the district's categories are not known."""
    rows = district.categories if district is not None else ()
    usable = {row.id: row for row in rows if row.sis_section in (None, sis_section)}
    return sorted(usable.values(), key=lambda row: (row.title.casefold(), row.id))


def unmapped(rows: Iterable[StatusRow]) -> list[str]:
    """LMS categories that items wait for, as far as the log names them."""
    waiting = (row.params.get("category") for row in rows if not row.deleted and row.code in _UNMAPPED)
    return sorted({category for category in waiting if category})


def problems(mapping: Iterable[CategoryMapping], usable: Iterable[SisCategory]) -> list[dict[str, Any]]:
    """Why it cannot be saved: a category mapped twice, or to one the section does not have. Empty: it can."""
    known = {row.id for row in usable}
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for row in mapping:
        if row.category in seen:
            found.append({"category": row.category, "code": "MAPPED_TWICE"})
        elif known and row.sis_category not in known:
            found.append({"category": row.category, "code": "CATEGORY_NOT_IN_SIS"})
        seen.add(row.category)
    return found


def described(
    state: SectionState | None, district: DistrictConfig | None, rows: Iterable[StatusRow]
) -> dict[str, Any]:
    """The answer's fields (models.Mapping)."""
    binding = None if state is None else state.binding
    usable = sis_categories(district, None if binding is None else binding.sis_section)
    mapping = () if state is None else state.mapping
    return {
        "bound": binding is not None,
        "sis": None if binding is None else binding.sis.lower(),
        "mode": None if binding is None else binding.mode.lower(),
        "categories": [
            {"category": row.category, "sis_category": row.sis_category, "name": row.name} for row in mapping
        ],
        "sis_categories": [{"id": row.id, "title": row.title} for row in usable],
        "unmapped": [name for name in unmapped(rows) if name not in {row.category for row in mapping}],
    }
