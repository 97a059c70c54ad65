"""How the simulated eSchoolPLUS starts: the same school, its calendar, categories and enrolments; no assignment."""

from typing import Any

from deploy.local.sample.calendar import DAYS_OFF, PERIODS, TIME_ZONE, Period
from deploy.local.sample.events import TENANT
from deploy.local.sample.plan import school

SIS_SCHOOL = "1200"
CATEGORIES = {
    "HW": "Homework",
    "CLASS": "Classwork",
    "QUIZ": "Quizzes",
    "TEST": "Tests",
    "LAB": "Labs",
    "PROJ": "Projects",
    "PART": "Participation",
}
#: The secret of a simulator on this machine; a real one is never in a file of ours.
KEY, SECRET = f"OneRoster_{TENANT.upper()}_1", "sample-secret"


def seed() -> dict[str, Any]:
    """The seed of `python -m tests.simulators eschoolplus --seed`."""
    return {
        "code": TENANT,
        "timezone": TIME_ZONE,
        "auth": {"oauth1": {"consumer_key": KEY, "secret": SECRET, "signature_methods": ["HMAC-SHA256"]}},
        "limits": {"title_cap": 50, "page_size": 100},
        "schools": [{"sourcedId": SIS_SCHOOL, "title": "Cedar Ridge School"}],
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
        "categories": [{"sourcedId": name, "title": title} for name, title in CATEGORIES.items()],
        "classes": [
            {
                "sourcedId": section.sis_section,
                "title": section.title,
                "school": SIS_SCHOOL,
                "teachers": [section.teacher],
                "students": [seat.sis_id for seat in section.seats if not (seat.dropped or seat.newcomer)],
            }
            for section in school()
        ],
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
