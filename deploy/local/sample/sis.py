"""How a simulated SIS starts: the same school, its calendar, categories and enrolments; no assignment."""

from typing import Any

from deploy.local.sample.calendar import DAYS_OFF, PERIODS, TIME_ZONE, Period
from deploy.local.sample.districts import SampleCategory, SampleDistrict
from deploy.local.sample.plan import PlannedSection
from schemas.gradebook import Sis


def seed(sample: SampleDistrict) -> dict[str, Any]:
    """The seed of `python -m tests.simulators SYSTEM --seed`."""
    return {
        "code": sample.tenant,
        "timezone": TIME_ZONE,
        "auth": dict(sample.door.seed_auth),
        **({"limits": dict(sample.door.limits)} if sample.door.limits else {}),
        **_named(sample),
        "schools": [{"sourcedId": sample.sis_school, "title": sample.school_title}],
        "terms": [
            {
                "sourcedId": "year",
                "title": "2025-26",
                "firstDay": PERIODS[0].first.isoformat(),
                "lastDay": PERIODS[-1].last.isoformat(),
                "schoolYear": "2026",
            }
        ],
        "gradingPeriods": [_period(period) for period in PERIODS],
        "holidays": [{"date": day.isoformat(), "title": off.title} for off in DAYS_OFF for day in off.days()],
        "categories": [_category(one) for one in sample.categories],
        "classes": [_class(sample, section) for section in sample.sections],
    }


def _named(sample: SampleDistrict) -> dict[str, Any]:
    """Ids that a system does not take from the seed. PowerSchool numbers each teacher's copy of a category."""
    match sample.sis:
        case Sis.POWERSCHOOL:
            numbers = {
                f"{section.teacher}\n{one.id}": int(sample.wire_category(section, one.id))
                for section in sample.sections
                for one in sample.categories
            }
            return {"numbers": numbers}
        case Sis.AERIES:
            return {"codes": {one.id: one.id for one in sample.categories}}
    return {}


def _category(one: SampleCategory) -> dict[str, Any]:
    return {"sourcedId": one.id, "title": one.title, **({} if one.active else {"active": False})}


def _class(sample: SampleDistrict, section: PlannedSection) -> dict[str, Any]:
    return {
        "sourcedId": section.sis_section,
        "title": section.title,
        "school": sample.sis_school,
        **({} if section.offered is None else {"categories": list(section.offered)}),
        "teachers": [section.teacher],
        "students": [seat.sis_id for seat in section.seats if not (seat.dropped or seat.newcomer)],
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "sourcedId": period.id,
        "title": period.title,
        "firstDay": period.first.isoformat(),
        "lastDay": period.last.isoformat(),
        "schoolYear": "2026",
        "locked": period.locked,
        "parent": "year",
    }
