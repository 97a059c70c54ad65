"""A problem is a value: a code of the error catalog and what its text needs. Codes stand in the order shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

DISTRICT_UNKNOWN: Final = "DISTRICT_UNKNOWN"
DISTRICT_NOT_ENTITLED: Final = "DISTRICT_NOT_ENTITLED"
SECTION_NOT_BOUND: Final = "SECTION_NOT_BOUND"
SECTION_WRONG_SIS: Final = "SECTION_WRONG_SIS"
SCHOOL_UNKNOWN: Final = "SCHOOL_UNKNOWN"
ITEM_UNPUBLISHED: Final = "ITEM_UNPUBLISHED"
TITLE_EMPTY: Final = "TITLE_EMPTY"
TITLE_UNREADABLE: Final = "TITLE_UNREADABLE"
TITLE_TOO_LONG: Final = "TITLE_TOO_LONG"
POINTS_MISSING: Final = "POINTS_MISSING"
POINTS_INVALID: Final = "POINTS_INVALID"
POINTS_TOO_HIGH: Final = "POINTS_TOO_HIGH"
POINTS_NOT_WHOLE: Final = "POINTS_NOT_WHOLE"
CATEGORY_REQUIRED: Final = "CATEGORY_REQUIRED"
CATEGORY_NOT_IN_SIS: Final = "CATEGORY_NOT_IN_SIS"
DUE_DATE_MISSING: Final = "DUE_DATE_MISSING"
DUE_DATE_INVALID: Final = "DUE_DATE_INVALID"
DUE_DATE_OUTSIDE_MARKING_PERIOD: Final = "DUE_DATE_OUTSIDE_MARKING_PERIOD"
#: About one score, never about the item.
SCORE_INVALID: Final = "SCORE_INVALID"

#: Every code about an item, first checked first shown.
ORDER: Final = (
    DISTRICT_UNKNOWN, DISTRICT_NOT_ENTITLED, SECTION_NOT_BOUND, SECTION_WRONG_SIS, SCHOOL_UNKNOWN,
    ITEM_UNPUBLISHED, TITLE_EMPTY, TITLE_UNREADABLE, TITLE_TOO_LONG,
    POINTS_MISSING, POINTS_INVALID, POINTS_TOO_HIGH, POINTS_NOT_WHOLE,
    CATEGORY_REQUIRED, CATEGORY_NOT_IN_SIS,
    DUE_DATE_MISSING, DUE_DATE_INVALID, DUE_DATE_OUTSIDE_MARKING_PERIOD,
)  # fmt: skip
_PLACE = {code: place for place, code in enumerate(ORDER)}
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an item cannot be synced. `params` are the words its catalog text needs, never a student's data."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, first shown first."""
    return tuple(sorted(problems, key=lambda problem: _PLACE[problem.code]))


def shown(text: str) -> str:
    """A foreign text as a parameter may carry it: one readable line of at most 40 characters."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:_SHOWN])
    return clean if len(text) <= _SHOWN else clean[:-1] + "…"


def number(value: float) -> str:
    """A number as a person writes it: 10, not 10.0."""
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)
