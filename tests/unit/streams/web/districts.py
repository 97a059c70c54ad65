"""A district with categories, as an administrator's file states it."""

from collections.abc import Mapping

from schemas.district import DayOff, DistrictConfig, Limits, MarkingPeriod, School, SisCategory, SisConnection
from schemas.gradebook import Sis


def district(
    tenant: str, everywhere: Mapping[str, str], own: Mapping[str, tuple[str, str]] = {}
) -> DistrictConfig:
    """`own`: category id -> title and the one SIS section that has it."""
    return DistrictConfig(
        tenant=tenant,
        title="North",
        entitled=True,
        time_zone="America/New_York",
        source="test",
        updated_at=1,
        sis=SisConnection(
            kind=Sis.ESCHOOLPLUS,
            base_url="https://sis.example",
            auth="oauth2",
            key_ref="env:K",
            secret_ref="env:S",
            concurrency=1,
            rate_per_second=None,
            allow_private_addresses=False,
            options={},
        ),
        schools=(
            School(
                id="high",
                title="High",
                marking_periods=(
                    MarkingPeriod(id="q2", title="Q2", first_day="2026-11-10", last_day="2027-01-29"),
                ),
                days_off=(DayOff(first_day="2026-11-26", last_day="2026-11-27", title="Thanksgiving"),),
                school_days=(1, 2, 3, 4, 5),
            ),
        ),
        categories=(
            *(SisCategory(id=name, title=title) for name, title in everywhere.items()),
            *(SisCategory(id=name, title=title, sis_section=at) for name, (title, at) in own.items()),
        ),
        limits=Limits(),
        policies={},
    )
