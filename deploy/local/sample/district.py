"""The sample district's configuration: the calendar and categories of the simulated SIS, and where it listens."""

from deploy.local.sample.calendar import DAYS_OFF, PERIODS, SCHOOL_DAYS, TIME_ZONE
from deploy.local.sample.events import SCHOOL, TENANT
from deploy.local.sample.sis import CATEGORIES, SIS_SCHOOL
from schemas.district import (
    DayOff,
    DistrictConfig,
    Limits,
    MarkingPeriod,
    School,
    SisCategory,
    SisConnection,
)
from schemas.gradebook import Sis

#: Where `make up` puts the simulated SIS.
PORT = 18360
KEY_VARIABLE, SECRET_VARIABLE = "GRADEBOOK_SYNC_SAMPLE_KEY", "GRADEBOOK_SYNC_SAMPLE_SECRET"


def base_url(port: int) -> str:
    """The district's address in the simulator."""
    return f"http://127.0.0.1:{port}/plus360api/v1/{TENANT}"


def district() -> DistrictConfig:
    """What district.toml says."""
    return DistrictConfig(
        tenant=TENANT,
        title="Lakeside School District (sample)",
        entitled=True,
        time_zone=TIME_ZONE,
        source="python -m deploy.local.sample",
        updated_at=0,
        sis=_connection(),
        schools=(_school(),),
        categories=tuple(SisCategory(id=name, title=title) for name, title in CATEGORIES.items()),
        limits=Limits(title_max=50),
        policies={},
    )


def _connection() -> SisConnection:
    return SisConnection(
        kind=Sis.ESCHOOLPLUS,
        base_url=base_url(PORT),
        auth="oauth1-hmac-sha256",
        key_ref=f"env:{KEY_VARIABLE}",
        secret_ref=f"env:{SECRET_VARIABLE}",
        concurrency=8,
        rate_per_second=None,
        allow_private_addresses=True,
        options={},
    )


def _school() -> School:
    return School(
        id=SCHOOL,
        sis_school=SIS_SCHOOL,
        title="Cedar Ridge School",
        marking_periods=tuple(
            MarkingPeriod(
                id=period.id,
                title=period.title,
                first_day=period.first.isoformat(),
                last_day=period.last.isoformat(),
                locked=period.locked,
            )
            for period in PERIODS
        ),
        days_off=tuple(
            DayOff(first_day=off.first.isoformat(), last_day=off.last.isoformat(), title=off.title)
            for off in DAYS_OFF
        ),
        school_days=SCHOOL_DAYS,
    )
