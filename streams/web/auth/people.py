"""The people who ask, as their token names them. What a teacher may see is never in the token (access.py)."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a token may speak as. PUBLISHER is a machine of the LMS: it hands in changes and reads nothing."""

    TEACHER = "teacher"
    DISTRICT_ADMIN = "district_admin"
    OPERATOR = "operator"
    PUBLISHER = "publisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody signed in. `tenants` None: every district (operators and publishers only). `section`: a launch link
    opened this section and no other. `expires`, `until`: seconds since the epoch; a session of ours cannot be made
    longer than `until` by a launch link of its own.
    """

    id: str
    role: Role
    tenants: frozenset[str] | None
    expires: float
    section: tuple[str, str] | None = None
    until: float | None = None

    def of_tenant(self, tenant: str) -> bool:
        """Whether that district is theirs at all."""
        return self.tenants is None or tenant in self.tenants

    @property
    def oversees(self) -> bool:
        """Sees whole districts, not the sections of one roster."""
        return self.role in (Role.DISTRICT_ADMIN, Role.OPERATOR)
