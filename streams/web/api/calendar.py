"""The section's calendar as the rules see it: what an administrator stated and what the SIS told, put together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from schemas.district import School
from streams.web.answers import REFUSALS
from streams.web.models import Calendar
from streams.web.reading import TheSection

router = APIRouter(
    prefix="/v1/districts/{tenant}/sections/{section}", tags=["configuration"], responses=REFUSALS
)


@router.get("/calendar", response_model=Calendar)
async def calendar(at: TheSection, response: Response) -> dict[str, Any]:
    """Marking periods, days off and school days of the section's school, and the district's time zone."""
    response.headers["Cache-Control"] = "private, no-cache"
    district = at.here.districts.get(at.tenant)
    binding = None if at.state is None else at.state.binding
    schools = {school.id: school for school in (district.schools if district else ())}
    school = None if binding is None else schools.get(binding.school)
    return {
        "district": None if district is None else district.title,
        "entitled": None if district is None else district.entitled,
        "time_zone": None if district is None else district.time_zone,
        "school": None if school is None else _described(school),
    }


def _described(school: School) -> dict[str, Any]:
    return {
        "id": school.id,
        "title": school.title,
        "school_days": list(school.school_days),
        "marking_periods": [
            {
                "id": one.id,
                "title": one.title,
                "first_day": one.first_day,
                "last_day": one.last_day,
                "locked": one.locked,
            }
            for one in school.marking_periods
        ],
        "days_off": [
            {"title": one.title, "first_day": one.first_day, "last_day": one.last_day}
            for one in school.days_off
        ],
    }
