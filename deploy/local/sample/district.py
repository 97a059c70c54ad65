"""A sample district's configuration: the calendar and categories of its simulated SIS, and where that listens."""

from collections.abc import Iterator

from deploy.local.sample.calendar import DAYS_OFF, PERIODS, SCHOOL_DAYS, TIME_ZONE
from deploy.local.sample.districts import SampleDistrict
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


def district(sample: SampleDistrict) -> DistrictConfig:
    """What district.toml says."""
    return DistrictConfig(
        tenant=sample.tenant,
        title=sample.title,
        entitled=True,
        time_zone=TIME_ZONE,
        source="python -m deploy.local.sample",
        updated_at=0,
        sis=_connection(sample),
        schools=(_school(sample),),
        categories=tuple(_categories(sample)),
        limits=Limits(title_max=sample.door.title_max),
        policies={},
    )


def _connection(sample: SampleDistrict) -> SisConnection:
    door = sample.door
    key, secret = door.references
    return SisConnection(
        kind=sample.sis,
        base_url=door.base_url(sample.tenant, sample.port),
        auth=door.auth,
        key_ref=key,
        secret_ref=secret,
        concurrency=8,
        rate_per_second=None,
        allow_private_addresses=True,
        options=door.options,
    )


def _categories(sample: SampleDistrict) -> Iterator[SisCategory]:
    """Of the district; where every teacher has categories of her own, of each section."""
    if sample.sis is not Sis.POWERSCHOOL:
        yield from (SisCategory(id=one.id, title=one.title) for one in sample.categories)
        return
    for section in sample.sections:
        for one in sample.offered(section):
            wire = sample.wire_category(section, one.id)
            yield SisCategory(id=wire, title=one.title, sis_section=section.sis_section)


def _school(sample: SampleDistrict) -> School:
    return School(
        id=sample.school,
        sis_school=sample.sis_school,
        title=sample.school_title,
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
