"""A district as the administrator and its SIS describe it."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.gradebook import Sis


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkingPeriod:
    """A grading period of a school."""

    id: str
    title: str
    first_day: str
    last_day: str
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A day or span without school."""

    first_day: str
    last_day: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """One school of the district."""

    id: str
    sis_school: str | None = None
    title: str
    marking_periods: tuple[MarkingPeriod, ...]
    days_off: tuple[DayOff, ...]
    school_days: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SisCategory:
    """A gradebook category of the SIS."""

    id: str
    title: str
    sis_section: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SisConnection:
    """How to reach the district's SIS. Secrets are references, never values."""

    kind: Sis
    base_url: str
    auth: str
    token_url: str | None = None
    key_ref: str
    secret_ref: str
    concurrency: int
    rate_per_second: float | None
    allow_private_addresses: bool
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the SIS takes; null: the system's own default."""

    title_max: int | None = None
    points_max: float | None = None
    whole_points: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictConfig:
    """One district. Key: tenant."""

    tenant: str
    title: str
    entitled: bool
    time_zone: str
    source: str
    updated_at: int
    sis: SisConnection
    schools: tuple[School, ...]
    categories: tuple[SisCategory, ...]
    limits: Limits
    policies: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictDirectory:
    """What the SIS tells of one place of a district: of a section its categories, of a school its marking periods and
    days off, of the district (neither is named) the categories good everywhere.

    Key: tenant/section/ID, tenant/school/ID, tenant/district. `sis` and `base_url` say who was asked, `sis_teacher`
    about whose gradebook of the section.
    """

    tenant: str
    sis: Sis
    base_url: str
    sis_section: str | None = None
    sis_teacher: str | None = None
    sis_school: str | None = None
    read_at: int
    categories: tuple[SisCategory, ...] = ()
    marking_periods: tuple[MarkingPeriod, ...] = ()
    days_off: tuple[DayOff, ...] = ()
