"""Named policies of a district: what each may be, its default first."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final

DUE_ON_DAY_OFF: Final = "due_on_day_off"

#: Policy -> the values it may have; the first is used when a district says nothing.
POLICIES: Mapping[str, tuple[str, ...]] = MappingProxyType({DUE_ON_DAY_OFF: ("refuse", "allow")})

#: Policies that are a number: the most of its kind that one run may do without an approval. Policy -> its default.
#: A section has 20 to 30 items, so that all of one at once meets none of them.
NUMBERS: Mapping[str, int] = MappingProxyType(
    {"brake_creates": 100, "brake_overwrites": 100, "brake_deletes": 30}
)
#: The word for a number without an end.
OFF: Final = "off"
#: The least and the most such a number may be.
LEAST, MOST = 1, 100_000


def chosen(policies: Mapping[str, str], name: str) -> str:
    """The district's choice; the default when it made none, or one that is not known."""
    allowed = POLICIES[name]
    value = policies.get(name, allowed[0])
    return value if value in allowed else allowed[0]


def number_of(policies: Mapping[str, str], name: str) -> int | None:
    """The district's number, None when it is off; the default when it stated none, or one that is none."""
    value = policies.get(name, "")
    if value == OFF:
        return None
    # int() takes digits of every script, and as many as there are
    known = (
        value.isascii() and value.isdigit() and len(value) <= len(str(MOST)) and LEAST <= int(value) <= MOST
    )
    return int(value) if known else NUMBERS[name]


@dataclass(frozen=True)
class Brake:
    """How much of each kind a run may do without an approval; None: any number."""

    creates: int | None
    overwrites: int | None
    deletes: int | None

    @classmethod
    def of(cls, policies: Mapping[str, str]) -> "Brake":
        """The brake of a district with these policies."""
        return cls(*(number_of(policies, name) for name in NUMBERS))

    @cached_property
    def least(self) -> int:
        """A run of no more items than this is never held."""
        return min(
            (one for one in (self.creates, self.overwrites, self.deletes) if one is not None),
            default=sys.maxsize,
        )
