"""Districts and items to judge."""

from dataclasses import replace

from schemas.district import (
    DayOff,
    DistrictConfig,
    Limits,
    MarkingPeriod,
    School,
    SisCategory,
    SisConnection,
)
from schemas.gradebook import ItemChanged, ItemKind, SectionBound, Sis
from streams.rules.district_view import DistrictView


def period(first: str, last: str, title: str = "Q", *, locked: bool = False) -> MarkingPeriod:
    return MarkingPeriod(id=title, title=title, first_day=first, last_day=last, locked=locked)


def off(first: str, last: str, title: str = "Holiday") -> DayOff:
    return DayOff(first_day=first, last_day=last, title=title)


def school(
    *periods: MarkingPeriod, days_off: tuple[DayOff, ...] = (), days: tuple[int, ...] = (1, 2, 3, 4, 5)
) -> School:
    return School(id="high", title="High", marking_periods=periods, days_off=days_off, school_days=days)


CONNECTION = SisConnection(
    kind=Sis.ESCHOOLPLUS,
    base_url="https://sis.example.org",
    auth="oauth2",
    key_ref="env:KEY",
    secret_ref="env:SECRET",
    concurrency=8,
    rate_per_second=None,
    allow_private_addresses=False,
    options={},
)
#: Autumn 2025: Q1 locked, Q2 open, a winter break.
SCHOOL = school(
    period("2025-09-02", "2025-11-07", "Q1", locked=True),
    period("2025-11-10", "2026-01-23", "Q2"),
    days_off=(off("2025-12-22", "2026-01-02", "Winter break"),),
)
DISTRICT = DistrictConfig(
    tenant="lakeside",
    title="Lakeside",
    entitled=True,
    time_zone="America/New_York",
    source="test",
    updated_at=0,
    sis=CONNECTION,
    schools=(SCHOOL,),
    categories=(SisCategory(id="LAB", title="Labs"), SisCategory(id="HW", title="Work", sis_section="s-1")),
    limits=Limits(),
    policies={},
)
VIEW = DistrictView.of(DISTRICT)
BINDING = SectionBound(sis=Sis.ESCHOOLPLUS, sis_section="s-1", school="high")
MAPPING = {"labs": "LAB", "work": "HW", "gone": "OLD"}
ITEM = ItemChanged(
    item="7", kind=ItemKind.ASSIGNMENT, title="Nutrition Bar", category="labs", due="2025-11-24", points=10.0
)


def with_sis(kind: Sis) -> DistrictView:
    return DistrictView.of(replace(DISTRICT, sis=replace(CONNECTION, kind=kind, options={})))
