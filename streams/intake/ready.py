"""A section's share of the records that the short way makes, and what the rules say of an item's fields.

`Ready` is made once per binding, mapping, roster and district configuration. The rules judge category, due date and
points each by itself, so their verdicts are kept each by itself: few values make many items. Those of the due date
and of the points are the same for every section of a school.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from fastavro import parse_schema, schemaless_reader

from schemas import shape, splice
from schemas.gradebook import CategoryMapping, RosterEntry, SectionBound, Sis, SyncMode
from schemas.registry import current_schema
from schemas.state import SectionState
from streams.intake.route import listed_students
from streams.rules.category import mapping_of, sis_category
from streams.rules.district_view import DistrictView
from streams.rules.verdict import due_day, section_problems, value_problems

_ITEM = shape.resolve(current_schema("ItemChanged"))
_CHANGE_HEADER = splice.header("GradebookChange")
_DESIRED_HEADER, _RESULT_HEADER = splice.header("DesiredItem"), splice.header("SyncResult")
_VERDICTS_KEPT = 512


def _schema(*names: str) -> Any:
    fields = [{"name": name, "type": shape.field_type(_ITEM, name)} for name in names]
    return parse_schema({"type": "record", "name": "Asked", "fields": fields})


_CATEGORY, _DUE, _VALUE = _schema("category"), _schema("due"), _schema("points", "published")


class Verdicts(dict[bytes, bytes | None]):
    """Encoded fields, and the bytes that a desired item gets for them; None where the rules refuse."""

    def __init__(self, schema: Any, judge: Callable[..., bytes | None]) -> None:
        super().__init__()
        self._schema = schema
        self._judge = judge

    def __missing__(self, encoded: bytes) -> bytes | None:
        fields: Any = schemaless_reader(io.BytesIO(encoded), self._schema, None)
        if len(self) >= _VERDICTS_KEPT:
            self.clear()
        verdict = self[encoded] = self._judge(**fields)
        return verdict


@dataclass(slots=True)
class Ready:
    """A bound section's share. Of the verdicts, `categories` and `days` give the SIS category and the local due date
    as encoded, `values` (points, and whether it is published) nothing to send.
    """

    view: DistrictView
    mode: SyncMode
    change_prefix: bytes
    desired_prefix: bytes
    result_prefix: bytes
    binding: bytes
    students: bytes
    sis: bytes
    title_max: int
    categories: Verdicts
    days: Verdicts
    values: Verdicts

    @classmethod
    def of(
        cls, tenant: str, name: str, state: SectionState, binding: SectionBound, view: DistrictView
    ) -> "Ready":
        """The share of a section with that state and binding."""
        place = splice.string(tenant) + splice.string(name)
        return cls(
            view=view,
            mode=binding.mode,
            change_prefix=_CHANGE_HEADER + place,
            desired_prefix=_DESIRED_HEADER + place,
            result_prefix=_RESULT_HEADER + place,
            binding=splice.string(binding.school)
            + splice.string(binding.sis_section)
            + splice.optional(binding.sis_teacher),
            students=encoded_students(listed_students(state.roster)),
            sis=splice.SOME + splice.symbol(list(Sis).index(binding.sis)),
            title_max=view.title_max,
            categories=_categories(state, binding, view),
            days=_days(view, binding.school),
            values=_values(view),
        )


def _categories(state: SectionState, binding: SectionBound, view: DistrictView) -> Verdicts:
    # what is wrong with the section is wrong with every item of it
    mapping = () if section_problems(binding, view) else state.mapping
    return _mapped(mapping, view.categories(binding.sis_section))


# a department's sections are often mapped alike
@lru_cache(maxsize=4_096)
def _mapped(mapping: tuple[CategoryMapping, ...], known: frozenset[str]) -> Verdicts:
    targets = mapping_of(mapping)

    def judge(category: str | None) -> bytes | None:
        target = sis_category(category, targets, known)
        return splice.string(target) if isinstance(target, str) else None

    return Verdicts(_CATEGORY, judge)


@lru_cache(maxsize=4_096)
def _days(view: DistrictView, school: str) -> Verdicts:
    def judge(due: str | int | None) -> bytes | None:
        day = due_day(due, school, view)
        return splice.string(day.isoformat()) if isinstance(day, date) else None

    return Verdicts(_DUE, judge)


@lru_cache(maxsize=4_096)
def _values(view: DistrictView) -> Verdicts:
    def judge(points: float | None, published: bool) -> bytes | None:
        return None if value_problems(published, points, view) else b""

    return Verdicts(_VALUE, judge)


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
