"""What Aeries says about itself: categories, marking periods, days off; and the self-test."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from adapters.aeries.client import (
    CALENDAR,
    LIST_ITEMS,
    READ_GRADEBOOK,
    READ_SCORES,
    TERMS,
    Client,
)
from adapters.aeries.mapping import day
from adapters.checks import Probe, findings
from adapters.contract import Directory, Finding
from adapters.days import a_day, spans
from adapters.errors import Misconfigured, Refused
from schemas.district import DayOff, MarkingPeriod, SisCategory

#: Codes of days without pupils [D:AER-SCH]: which of the five those are is [I].
CLOSED: Mapping[str, str] = {"@": "Out of session", "#": "Holiday", "$": "Staff development"}

Find = Callable[[str], str]


def marking_periods(client: Client, school: str) -> tuple[MarkingPeriod, ...]:
    """The shortest terms: a year or a half that holds others says nothing more than they do."""
    terms = [
        MarkingPeriod(
            id=str(row.get("TermCode") or ""),
            title=str(row.get("TermDescription") or row.get("TermCode") or ""),
            first_day=day(row.get("StartDate")),
            last_day=day(row.get("EndDate")),
        )
        for row in client.terms(school)
    ]
    known = [one for one in terms if one.id and one.first_day and one.last_day]
    return tuple(
        sorted(
            (one for one in known if not any(_holds(one, other) for other in known)),
            key=lambda one: (one.first_day, one.id),
        )
    )


def _holds(whole: MarkingPeriod, part: MarkingPeriod) -> bool:
    inside = whole.first_day <= part.first_day and part.last_day <= whole.last_day
    return inside and (whole.first_day, whole.last_day) != (part.first_day, part.last_day)


def days_off(client: Client, school: str) -> tuple[DayOff, ...]:
    """Closed days of the calendar."""
    codes = {
        a_day(str(row.get("CalendarDate") or "")): str(row.get("HolidayCode") or "").strip()
        for row in client.calendar(school)
    }
    return spans({day: CLOSED[code] for day, code in codes.items() if day and code in CLOSED})


def categories(client: Client, gradebook: str, section: str) -> tuple[SisCategory, ...]:
    """The categories of a section's gradebook; their Code is what an item carries."""
    rows = client.categories(gradebook)
    return tuple(
        SisCategory(
            id=str(row["Code"]), title=str(row.get("Description") or row["Code"]), sis_section=section
        )
        for row in rows
        if row.get("Code") not in (None, "")
    )


def read(client: Client, find: Find, sections: Sequence[str], schools: Sequence[str]) -> Directory:
    """All of it. A school is left out where nothing is told of it: no terms, or a calendar that may not be read."""
    periods = {school: told for school in schools if (told := marking_periods(client, school))}
    closed = {}
    for school in schools:
        try:
            closed[school] = days_off(client, school)
        except (Misconfigured, Refused) as error:
            if isinstance(error, Misconfigured) and error.whole_district:
                raise
    found = [one for section in sections for one in categories(client, find(section), section)]
    return Directory(categories=tuple(found), marking_periods=periods, days_off=closed)


def check(client: Client, find: Find, schools: Sequence[str], section: str | None) -> Sequence[Finding]:
    """Terms of a school, which need the certificate alone, its calendar; then what a delivery reads of a section."""
    probes: list[tuple[str, Probe]] = []
    for school in schools[:1]:
        probes += [(TERMS, partial(client.terms, school)), (CALENDAR, partial(client.calendar, school))]
    if section is not None:
        probes += [
            (READ_GRADEBOOK, lambda: client.categories(find(section))),
            (LIST_ITEMS, lambda: client.assignments(find(section))),
            # no assignment has number 0: "there is none" says that reading is allowed
            (READ_SCORES, lambda: client.scores(find(section), "0")),
        ]
    return findings(probes)
