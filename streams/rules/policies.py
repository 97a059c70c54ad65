"""Named policies of a district: what each may be, its default first."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DUE_ON_DAY_OFF: Final = "due_on_day_off"

#: Policy -> the values it may have; the first is used when a district says nothing.
POLICIES: Mapping[str, tuple[str, ...]] = MappingProxyType({DUE_ON_DAY_OFF: ("refuse", "allow")})


def chosen(policies: Mapping[str, str], name: str) -> str:
    """The district's choice; the default when it made none, or one that is not known."""
    allowed = POLICIES[name]
    value = policies.get(name, allowed[0])
    return value if value in allowed else allowed[0]
